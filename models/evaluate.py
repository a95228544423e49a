"""Measure an exported network: `python -m models.evaluate --model NAME.onnx` on the frozen synthetic test set.

`--folder DIR` measures on real frames instead. Pose networks get the reference point of the truth, as in the
literature; reference networks start from the hand's centre of mass. Real data sets place the wrist differently: for
folders the headline and PA (after the best similarity alignment) leave it out.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tqdm import tqdm

from models.data.record import LabelledFrame
from models.evaluation.ensemble import PoseEnsemble
from models.evaluation.frames import folder_frames
from models.evaluation.pose import evaluate_pose, format_pose
from models.evaluation.reference import evaluate_reference, format_reference
from models.runtime import DEVICES, PoseNetwork, ReferenceNetwork, RuntimeModelError, load_card


def measure(options: argparse.Namespace) -> tuple[str, dict[str, Any]]:
    """What the options ask for: lines for people, and figures for JSON.

    Raises ValueError or RuntimeModelError with one line where the model or the data cannot be used.
    """
    # The synthetic hands take a second to import and to compile, which folders need not wait for.
    from models.data.synthetic.testset import Digest, body_frames, hand_frames

    digest = Digest()

    def watched(frames: Iterable[LabelledFrame]) -> Iterator[LabelledFrame]:
        for labelled in tqdm(frames, unit=" frames", disable=None):
            digest.add(labelled)
            yield labelled

    bodies: Iterable[LabelledFrame] = ()
    if options.folder is not None:
        data, frames = str(options.folder), folder_frames(options.folder)
    else:
        data = f"{options.synthetic} synthetic frames, seed {options.seed}"
        frames = hand_frames(options.synthetic, options.seed)
        bodies = body_frames(options.bodies, options.seed)
    if load_card(options.model[0]).kind == "pose":
        networks = [PoseNetwork(path, options.device) for path in options.model]
        together = networks[0] if len(networks) == 1 else PoseEnsemble(networks)
        report = evaluate_pose(together, watched(frames), data, wrist=options.folder is None)
        text = format_pose(report)
    else:
        network = ReferenceNetwork(options.model[0], options.device)
        pose = PoseNetwork(options.pose_model, options.device) if options.pose_model else None
        report = evaluate_reference(network, watched(frames), watched(bodies), data, pose)
        text = format_reference(report)
    return f"{text}\nfingerprint of the frames: {digest}", {**asdict(report), "digest": str(digest)}


def parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m models.evaluate", description="Measure an exported pose or reference network."
    )
    parser.add_argument(
        "--model",
        required=True,
        type=Path,
        nargs="+",
        help="an exported .onnx file with its card beside it; several pose networks are averaged",
    )
    data = parser.add_mutually_exclusive_group()
    data.add_argument("--folder", type=Path, help="depth images, camera.json and joints.csv")
    data.add_argument(
        "--synthetic", type=int, metavar="N", help="the first N frames of the synthetic test set (default: 2000)"
    )
    parser.add_argument("--seed", type=int, help="of another synthetic test set")
    parser.add_argument(
        "--bodies",
        type=int,
        default=200,
        metavar="N",
        help="frames without a hand, for reference networks (default 200)",
    )
    parser.add_argument("--pose-model", type=Path, help="measure its reference point as well, after the refinement")
    parser.add_argument("--device", choices=DEVICES, default="auto")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures there as well")
    options = parser.parse_args(arguments)
    for name in ("synthetic", "bodies"):
        value = getattr(options, name)
        if value is not None and value < (1 if name == "synthetic" else 0):
            parser.error(f"--{name}: expected {'one' if name == 'synthetic' else 'zero'} or more")
    if options.folder is None:
        from models.data.synthetic.testset import TEST_FRAMES, TEST_SEED

        options.synthetic = TEST_FRAMES if options.synthetic is None else options.synthetic
        options.seed = TEST_SEED if options.seed is None else options.seed
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Returns the exit status: 0 done, 1 failed."""
    options = parse_arguments(arguments)
    try:
        text, figures = measure(options)
        print(text)
        if options.json is not None:
            options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    except (ValueError, OSError, RuntimeModelError) as error:
        print(f"models.evaluate: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
