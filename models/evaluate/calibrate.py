"""python -m models.evaluate.calibrate: what a network's confidence means in millimetres, written onto its card.

Fitted on every second hand of the third synthetic set, checked on the others. Frames 2k and 2k + 1 of that set show one
hand, so they are on the same side of the split.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.command import run_command
from models.core.devices import DEVICES
from models.core.joint_sd import JointSd
from models.core.metrics import joint_errors_mm
from models.core.skeleton import HAND, hand_reference_point
from models.core.text import one_line
from models.data.record import Digest, LabelledFrame
from models.evaluate.frames import watched_frames
from models.evaluate.pose import require_hand_joints
from models.evaluate.sd_fit import Coverage, coverage, fit_sd
from models.outputs import refuse_inputs
from models.reading.hand import read_around, second_look
from models.reading.networks import PoseNet
from models.runtime import PoseNetwork, RuntimeModelError, put_on_card

FEWEST_FRAMES = 80
"""Fewer show too few errors of each joint."""
FIFTHS = 5


@dataclass(frozen=True, slots=True)
class Readings:
    """Of N hands that were read: confidence and error (N, J), the latter in mm, and which half they are of (N,)."""

    confidence: NDArray[np.float64]
    error_mm: NDArray[np.float64]
    held_out: NDArray[np.bool_]


def read_all(network: PoseNet, frames: Iterable[LabelledFrame]) -> Readings:
    """Reads frames as `models.evaluate` does. Raises ValueError where no hand of one half can be read."""
    require_hand_joints(network.card)
    confidence, error_mm, held_out = [], [], []
    for index, labelled in enumerate(frames):
        assert labelled.joints_cam_m is not None
        reading = read_around(network, labelled.frame, hand_reference_point(labelled.joints_cam_m), labelled.hand)
        if reading is None:
            continue
        reading = second_look(network, labelled.frame, reading)
        confidence.append(reading.confidence)
        error_mm.append(joint_errors_mm(reading.joints_cam_m, labelled.joints_cam_m))
        held_out.append(index // 2 % 2 == 1)
    if len(set(held_out)) < 2:
        raise ValueError(f"{network.card.name}: there are too few hands to read")
    return Readings(np.array(confidence), np.array(error_mm), np.array(held_out))


def calibrate(readings: Readings) -> tuple[JointSd, Coverage, list[str]]:
    """The calibration by one half, how well it holds on the other, and that in lines for people."""
    other = readings.held_out
    calibration = fit_sd(readings.confidence[~other], readings.error_mm[~other])
    deviations_mm, error_mm = calibration.of(readings.confidence[other]), readings.error_mm[other]
    held = coverage(calibration, deviations_mm, error_mm)
    lines = [
        f"fitted on {np.sum(~other)} frames, checked on {np.sum(other)} of other hands",
        f"the regions are balls of {calibration.within_68:.2f} and {calibration.within_95:.2f} standard deviations "
        "(of a Gaussian 1.87 and 2.80)",
        "                   in 68 %  in 95 %   off by, told (mm along an axis, root mean square)",
        _line("all joints", held),
    ]
    fifths = np.digitize(deviations_mm, np.quantile(deviations_mm, np.arange(1, FIFTHS) / FIFTHS))
    for place in range(FIFTHS):
        of_fifth = coverage(calibration, deviations_mm[fifths == place], error_mm[fifths == place])
        lines.append(_line(f"fifth {place + 1} by sd", of_fifth))
    for joint, name in enumerate(HAND.joints):
        lines.append(_line(name, coverage(calibration, deviations_mm[:, joint], error_mm[:, joint])))
    return calibration, held, lines


def _line(name: str, held: Coverage) -> str:
    shares = f"{100 * held.within_68:6.1f} % {100 * held.within_95:6.1f} %"
    return f"{name:18s} {shares}   {held.real_rms_mm:6.1f} {held.told_rms_mm:6.1f}"


def write_card(path: Path, calibration: JointSd, measured: dict[str, Any]) -> None:
    """Put a calibration, and what was measured of it, onto a card; the rest of the card stays."""
    put_on_card(path, joint_sd={**calibration.as_card(), "measured": measured})


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Returns the exit status: 0 done, 1 failed."""
    from models.data.synthetic.testset import TEST_FRAMES, TEST_SEED, hand_frames  # takes a second to compile

    parser = argparse.ArgumentParser(
        prog="python -m models.evaluate.calibrate",
        description="Write onto a pose network's card what its confidence means in millimetres.",
    )
    parser.add_argument("--model", required=True, type=Path, help="an exported .onnx file; its card is changed")
    parser.add_argument(
        "--frames", type=int, default=TEST_FRAMES, metavar="N", help="the first N frames (default %(default)s)"
    )
    parser.add_argument("--device", choices=DEVICES, default="auto", help="default: auto")
    options = parser.parse_args(arguments)
    if options.frames < FEWEST_FRAMES:
        parser.error(f"--frames: expected {FEWEST_FRAMES} or more")
    digest = Digest()
    try:
        refuse_inputs([(options.model.with_suffix(".json"), "--model")], [])
        network = PoseNetwork(options.model, options.device)
        frames = hand_frames(options.frames, TEST_SEED, "foreign")
        calibration, held, lines = calibrate(read_all(network, watched_frames(frames, digest)))
        measured = {key: round(value, 4) for key, value in asdict(held).items()}
        card = options.model.with_suffix(".json")
        write_card(card, calibration, {**measured, "set": "foreign", "frames": options.frames, "digest": str(digest)})
        print(
            "\n".join([f"{network.card.name} on {network.device}: foreign frames, seed {TEST_SEED}", *lines, str(card)])
        )
    except (ValueError, OSError, RuntimeModelError) as error:
        print(f"models.evaluate.calibrate: {one_line(error)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(run_command("models.evaluate.calibrate", main))
