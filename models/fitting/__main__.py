"""What images say about their labels: `python -m models.fitting --model NAME.onnx --folder DIR`.

The hand rig is fitted to depth images, once from the labels and once from the poses that the network gives around the
labels' reference point. A label that the image confirms stays where it is. `--synthetic` does the same with frames of
the frozen test set, whose labels are the truth: how far the fit moves those says how far it can be believed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tqdm import tqdm

from models.data.record import LabelledFrame
from models.evaluation.ensemble import PoseNet, load_pose_networks
from models.evaluation.frames import folder_frames
from models.fitting.label_check import FrameCheck, check_frame, format_checks, summary
from models.runtime import DEVICES, RuntimeModelError


def chosen_frames(options: argparse.Namespace) -> list[LabelledFrame]:
    """Labelled frames, evenly spaced over the folder or the first hands of the test set.

    Raises ValueError with one line where the folder is broken.
    """
    if options.folder is not None:
        frames = list(folder_frames(options.folder))
        count = min(options.frames, len(frames))
        return [frames[(2 * i + 1) * len(frames) // (2 * count)] for i in range(count)]
    from models.data.synthetic.testset import hand_frames

    return list(hand_frames(options.frames))


def checked(network: PoseNet, frames: Sequence[LabelledFrame]) -> list[FrameCheck]:
    """All frames that can be measured; on a terminal a bar shows how far they are."""
    checks = (check_frame(network, labelled) for labelled in tqdm(frames, unit=" frames", disable=None))
    return [check for check in checks if check is not None]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Returns the exit status: 0 done, 1 failed."""
    parser = argparse.ArgumentParser(
        prog="python -m models.fitting", description="Fit the hand rig to depth images, from labels and from poses."
    )
    parser.add_argument("--model", type=Path, required=True, help="an exported pose network, its card beside it")
    data = parser.add_mutually_exclusive_group(required=True)
    data.add_argument("--folder", type=Path, help="depth images, camera.json and joints.csv")
    data.add_argument("--synthetic", action="store_true", help="frames of the frozen test set")
    parser.add_argument("--frames", type=int, default=16, metavar="N", help="how many (default 16, about 20 s each)")
    parser.add_argument("--device", choices=DEVICES, default="auto", help="of the network")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures there as well")
    options = parser.parse_args(arguments)
    if options.frames < 1:
        parser.error("--frames: expected one or more")
    try:
        network = load_pose_networks([options.model], options.device)
        checks = checked(network, chosen_frames(options))
        if not checks:
            raise ValueError(f"{options.folder}: there is no hand to measure")
        if options.json is not None:
            figures = {**asdict(summary(checks)), "each_frame": [asdict(check) for check in checks]}
            options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        print(format_checks(checks, network.card.name, str(options.folder or "synthetic frames")))
    except (ValueError, OSError, RuntimeModelError) as error:
        print(f"models.fitting: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
