"""What images say about their labels: `python -m models.fitting --model NAME.onnx --folder DIR`.

The hand rig is fitted to depth images, once from the labels and once from the poses that the network gives around the
labels' reference point. A label that the image confirms stays where it is. `--synthetic` does the same with rendered
hands, whose labels are the truth: how far the fit moves those says how far it can be believed. `--follow FIRST LAST`
follows the hand through these frames instead, there and back, where single images leave several explanations.
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

from models.command import run_command
from models.core.devices import DEVICES
from models.core.text import one_line
from models.data.record import LabelledFrame
from models.evaluate.ensemble import load_pose_networks
from models.evaluate.frames import folder_frames
from models.fitting.follow import follow, format_followed, mean_followed
from models.fitting.label_check import Check, agreeing, check_frame, format_checks, mean_of
from models.outputs import refuse_inputs, write_whole
from models.reading.networks import PoseNet
from models.runtime import RuntimeModelError


def chosen_frames(options: argparse.Namespace) -> Iterator[LabelledFrame]:
    """Labelled frames, evenly spaced over the folder, or of the second synthetic set: hands as thick as real ones.

    Raises ValueError with one line where the folder is broken.
    """
    if options.folder is not None:
        return folder_frames(options.folder, options.frames, options.follow)
    from models.data.synthetic.testset import hand_frame

    # frames 2k and 2k + 1 show one hand, right and left: each hand once, sides in turn
    return (hand_frame(2 * hand + hand % 2, test_set="stretched") for hand in range(options.frames))


def _checked(network: PoseNet, frames: Iterable[LabelledFrame], name: str) -> tuple[str, dict[str, Any]]:
    """The figures of each frame alone, for people and for programs."""
    checks: dict[str, Check] = {}
    unseen = 0
    for labelled in frames:
        check = check_frame(network, labelled)
        if check is None:
            unseen += 1
        else:
            checks[labelled.name or f"frame {labelled.frame.frame_id}"] = check
    if not checks:
        raise ValueError(f"{name}: there is no hand to measure")
    found = list(checks.values())
    decided = agreeing(found)
    figures = {
        **asdict(mean_of(found)),
        "where_fits_agree": asdict(mean_of(decided)) if decided else None,
        "unseen": unseen,
        "each_frame": {frame: asdict(check) for frame, check in checks.items()},
    }
    return format_checks(found, unseen, network.card.name, name), figures


def _followed(network: PoseNet, frames: Iterable[LabelledFrame], name: str) -> tuple[str, dict[str, Any]]:
    """The figures of a film, for people and for programs."""
    found = follow(network, list(frames))
    if not found:
        raise ValueError(f"{name}: there is no hand to measure")
    each = {frame: asdict(figures) for frame, figures in found.items()}
    return format_followed(found, network.card.name, name), {"mean": asdict(mean_followed(found)), "each_frame": each}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Returns the exit status: 0 done, 1 failed."""
    parser = argparse.ArgumentParser(
        prog="python -m models.fitting", description="Fit the hand rig to depth images, from labels and from poses."
    )
    parser.add_argument("--model", type=Path, required=True, help="an exported pose network, its card beside it")
    data = parser.add_mutually_exclusive_group(required=True)
    data.add_argument("--folder", type=Path, help="depth images, camera.json and joints.csv")
    data.add_argument("--synthetic", action="store_true", help="frames of the second synthetic test set")
    parser.add_argument(
        "--follow", type=int, nargs=2, metavar=("FIRST", "LAST"), help="follow the hand through frames of the folder"
    )
    parser.add_argument("--frames", type=int, default=16, metavar="N", help="how many (default 16, about 15 s each)")
    parser.add_argument("--device", choices=DEVICES, default="auto", help="of the network")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures there as well")
    options = parser.parse_args(arguments)
    if options.frames < 1:
        parser.error("--frames: expected one or more")
    if options.follow and options.folder is None:
        parser.error("--follow: needs --folder, the film that is followed")
    name = "synthetic frames" if options.folder is None else str(options.folder)
    try:
        if options.json is not None:
            folder = options.folder.iterdir() if options.folder is not None and options.folder.is_dir() else ()
            refuse_inputs([(options.json, "--json")], [options.model, options.model.with_suffix(".json"), *folder])
        network = load_pose_networks([options.model], options.device)
        frames = chosen_frames(options)
        if options.follow:
            text, figures = _followed(network, frames, name)
        else:
            text, figures = _checked(network, tqdm(frames, total=options.frames, unit=" frames", disable=None), name)
        print(text)
        if options.json is not None:
            write_whole(options.json, (json.dumps(figures, indent=1) + "\n").encode())
    except (ValueError, OSError, RuntimeModelError) as error:
        print(f"models.fitting: {one_line(error)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(run_command("models.fitting", main))
