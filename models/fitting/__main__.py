"""What images say about their labels: `python -m models.fitting --model NAME.onnx --folder DIR`.

The hand rig is fitted to depth images, once from the labels and once from the poses that the network gives around the
labels' reference point. A label that the image confirms stays where it is. `--synthetic` does the same with rendered
hands, whose labels are the truth: how far the fit moves those says how far it can be believed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from tqdm import tqdm

from models.data.record import LabelledFrame
from models.evaluation.ensemble import load_pose_networks
from models.evaluation.frames import folder_frames
from models.fitting.label_check import Check, agreeing, check_frame, format_checks, mean_of
from models.runtime import DEVICES, RuntimeModelError


def chosen_frames(options: argparse.Namespace) -> Iterator[LabelledFrame]:
    """Labelled frames, evenly spaced over the folder, or of the second synthetic set: hands as thick as real ones.

    Raises ValueError with one line where the folder is broken.
    """
    if options.folder is not None:
        return folder_frames(options.folder, options.frames)
    from models.data.synthetic.testset import hand_frame

    # frames 2k and 2k + 1 show one hand, right and left: each hand once, sides in turn
    return (hand_frame(2 * hand + hand % 2, stretched=True) for hand in range(options.frames))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Returns the exit status: 0 done, 1 failed."""
    parser = argparse.ArgumentParser(
        prog="python -m models.fitting", description="Fit the hand rig to depth images, from labels and from poses."
    )
    parser.add_argument("--model", type=Path, required=True, help="an exported pose network, its card beside it")
    data = parser.add_mutually_exclusive_group(required=True)
    data.add_argument("--folder", type=Path, help="depth images, camera.json and joints.csv")
    data.add_argument("--synthetic", action="store_true", help="frames of the second synthetic test set")
    parser.add_argument("--frames", type=int, default=16, metavar="N", help="how many (default 16, about 15 s each)")
    parser.add_argument("--device", choices=DEVICES, default="auto", help="of the network")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures there as well")
    options = parser.parse_args(arguments)
    if options.frames < 1:
        parser.error("--frames: expected one or more")
    name = "synthetic frames" if options.folder is None else str(options.folder)
    try:
        network = load_pose_networks([options.model], options.device)
        checks: dict[str, Check] = {}
        unseen = 0
        for labelled in tqdm(chosen_frames(options), total=options.frames, unit=" frames", disable=None):
            check = check_frame(network, labelled)
            if check is None:
                unseen += 1
            else:
                checks[labelled.name or f"frame {labelled.frame.frame_id}"] = check
        if not checks:
            raise ValueError(f"{name}: there is no hand to measure")
        found = list(checks.values())
        print(format_checks(found, unseen, network.card.name, name))
        if options.json is not None:
            decided = agreeing(found)
            figures = {
                **asdict(mean_of(found)),
                "where_fits_agree": asdict(mean_of(decided)) if decided else None,
                "unseen": unseen,
                "each_frame": {frame: asdict(check) for frame, check in checks.items()},
            }
            options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    except (ValueError, OSError, RuntimeModelError) as error:
        print(f"models.fitting: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
