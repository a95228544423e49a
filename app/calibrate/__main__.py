"""Calibrate a pose network: `python -m app.calibrate --write`.

Synthetic frames of three sets go through the whole tracker, each by itself. On half of them a logistic regression
learns when a pose is right (docs/accuracy.md); the figures are of the other half. `--write` puts the result into the
network's card, where the tracker looks for it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tqdm import tqdm

from app.calibrate.fit import FALSE_SHARE, RIGHT_SHARE, figures, fitted
from app.calibrate.samples import FRAMES, Sample, judged, set_frame
from app.errors import AppError
from app.settings import TrackerSettings
from app.tracking.build import build_tracker, model_path
from models.command import run_command
from models.core.devices import DEVICES
from models.core.text import one_line
from models.outputs import refuse_inputs
from models.reading.verdict import CARD_KEY, WITHIN_MM, Calibration
from models.runtime import put_on_card


def gathered(model: str, device: str, share: float) -> list[Sample]:
    """The first `share` of each set's frames, tracked."""
    tracker = build_tracker(TrackerSettings(), model, device, precision="f32")
    places = [(name, index) for name, count in FRAMES.items() for index in range(max(round(share * count), 1))]
    return [
        judged(tracker, name, index, set_frame(name, index))
        for name, index in tqdm(places, unit=" frames", disable=None)
    ]


def report(samples: Sequence[Sample], calibration: Calibration) -> str:
    """The calibration and what it does on these samples, by set and over all, as lines for people."""
    lines = [
        f"calibration: {json.dumps(asdict(calibration))}",
        f"right: a mean joint error within {WITHIN_MM:.0f} mm. Of frames that the fit did not see:",
        "set          frames  poses  right  tracked  right of tracked  right ones tracked  no hand, tracked",
    ]
    kept = True
    for name in [*dict.fromkeys(sample.test_set for sample in samples), "all"]:
        f = figures([sample for sample in samples if name in (sample.test_set, "all")], calibration)
        kept = kept and f.keeps(RIGHT_SHARE, FALSE_SHARE)
        shares = _percent(f.tracked_right, f.tracked), _percent(f.tracked_right, f.right)
        lines.append(
            f"{name:12s} {f.frames:6d} {f.posed:6d} {f.right:6d} {f.tracked:8d} {shares[0]:>17s} {shares[1]:>19s} "
            f"{f'{f.false_frames} of {f.without_hand}':>17s}"
        )
    promise = f"at least {RIGHT_SHARE:.0%} of tracked right, at most {FALSE_SHARE:.0%} of frames without a hand tracked"
    return "\n".join([*lines, f"{promise}: {'holds' if kept else 'DOES NOT HOLD'}"])


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def write_card(model: Path, calibration: Calibration) -> Path:
    """Put the calibration into the card beside a network's file; the card's path."""
    card = model.with_suffix(".json")
    put_on_card(card, **{CARD_KEY: asdict(calibration)})
    return card


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Returns the exit status: 0 done, 1 failed."""
    parser = argparse.ArgumentParser(prog="python -m app.calibrate", description=__doc__.split("\n\n")[1])
    parser.add_argument("--model", default="auto", help="auto, compact, full or an .onnx file (default: auto)")
    parser.add_argument("--device", choices=DEVICES, default="auto")
    parser.add_argument("--share", type=float, default=1.0, help="of each set's frames, to try it out (default: 1)")
    parser.add_argument("--write", action="store_true", help="put the calibration into the network's card")
    options = parser.parse_args(arguments)
    if not 0 < options.share <= 1:
        parser.error(f"--share: expected a share above 0 and at most 1, got {options.share}")
    try:
        if options.write:
            refuse_inputs([(model_path(options.model).with_suffix(".json"), "--model")], [])
        samples = gathered(options.model, options.device, options.share)
        calibration = fitted([sample for sample in samples if sample.is_for_fitting])
        print(report([sample for sample in samples if not sample.is_for_fitting], calibration))
        if options.write:
            print(f"written into {write_card(model_path(options.model), calibration)}")
    except (AppError, ValueError, OSError) as error:
        print(f"app.calibrate: {one_line(error)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(run_command("app.calibrate", main))
