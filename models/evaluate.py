"""Measure an exported pose network: `python -m models.evaluate --model NAME.onnx --folder DIR` or `--synthetic N`.

The network gets the reference point of the truth, so the figures are about the pose alone, as in the literature. Real
data sets place the wrist differently: the headline and PA (after the best similarity alignment) leave it out.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from models.core.camera import MIRROR
from models.core.metrics import aligned_errors_mm, joint_errors_mm, success_rates
from models.core.skeleton import HAND, WITHOUT_WRIST, hand_reference_point
from models.core.types import Cube
from models.core.voxels import cube_to_cam, occupancy, points_in_cube
from models.data.image_folder import read_depth_png, read_folder
from models.data.pose_csv import read_poses
from models.runtime import DEVICES, PoseNetwork, RuntimeModelError

THRESHOLDS_MM = (20, 30, 40, 50)


@dataclass(frozen=True, slots=True)
class Example:
    """One hand: points (N, 3) around it, its joints (21, 3) and the reference point (3,), camera frame, metres."""

    points_cam_m: NDArray[np.float32]
    joints_cam_m: NDArray[np.float64]
    reference_cam_m: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Report:
    """Errors in millimetres over `frames` hands. "without_wrist" and PA are over the other 20 joints.

    joint_mm: mean a joint, by name. within: share of hands whose worst joint (without the wrist) is within each limit.
    """

    model: str
    device: str
    data: str
    frames: int
    mean_mm: float
    median_mm: float
    without_wrist_mm: float
    without_wrist_median_mm: float
    pa_without_wrist_mm: float
    confidence: float
    joint_mm: dict[str, float]
    within: dict[str, float]


def folder_examples(folder: Path, cube_m: float) -> Iterator[Example]:
    """The labelled frames of a folder in the project's format; left hands come mirrored to right ones.

    Raises ValueError with one line where the folder, its joints.csv or an image is broken.
    """
    source = read_folder(folder)
    poses = read_poses(folder / "joints.csv")
    frames = [number for number in sorted(poses) if 0 <= number < len(source.paths)]
    if not frames:
        raise ValueError(f"{folder / 'joints.csv'}: has no tracked hand for any image of the folder")
    for number in tqdm(frames, unit=" frames", disable=None):
        pose = poses[number]
        raw = read_depth_png(source.paths[number], source.camera)
        reference = hand_reference_point(pose.joints_cam_m)
        points = points_in_cube(raw, source.depth_units, source.camera, Cube(reference, cube_m))
        sign = MIRROR if pose.hand == "left" else np.ones(3)
        yield Example((points * sign).astype(np.float32), pose.joints_cam_m * sign, reference * sign)


def synthetic_examples(count: int, seed: int) -> Iterator[Example]:
    """`count` rendered hands with the reference point off as a tracker's would be."""
    from models.data.synthetic.samples import SampleMaker

    maker = SampleMaker(seed)
    for _ in tqdm(range(count), unit=" frames", disable=None):
        sample = maker.pose_sample()
        yield Example(sample.points_cam_m, sample.joints_cam_m, sample.reference_cam_m)


def evaluate(network: PoseNetwork, examples: Iterator[Example], data: str) -> Report:
    """Run the network over all examples. Raises ValueError where there are none, or the joints are not the hand's."""
    card = network.card
    if card.joints != HAND.joints:
        raise ValueError(
            f"model {card.name}: gives {len(card.joints)} joints that are not the hand's {len(HAND.joints)}"
        )
    found, truth, confidence = [], [], []
    for example in examples:
        cube = Cube(example.reference_cam_m, card.size_m)
        estimate = network.infer(occupancy(example.points_cam_m, cube, card.input_resolution))
        found.append(cube_to_cam(estimate.joints_cube, cube))
        truth.append(example.joints_cam_m)
        confidence.append(estimate.confidence.mean())
    if not found:
        raise ValueError(f"{data}: there is nothing to evaluate")
    return _report(network, data, np.stack(found), np.stack(truth), float(np.mean(confidence)))


def _report(network: PoseNetwork, data: str, found: NDArray, truth: NDArray, confidence: float) -> Report:
    errors = joint_errors_mm(found, truth)
    fingers = errors[:, WITHOUT_WRIST]
    aligned = aligned_errors_mm(found[:, WITHOUT_WRIST], truth[:, WITHOUT_WRIST])
    shares = success_rates(fingers, np.array(THRESHOLDS_MM))
    return Report(
        model=network.card.name,
        device=network.device,
        data=data,
        frames=len(errors),
        mean_mm=float(errors.mean()),
        median_mm=float(np.median(errors)),
        without_wrist_mm=float(fingers.mean()),
        without_wrist_median_mm=float(np.median(fingers)),
        pa_without_wrist_mm=float(aligned.mean()),
        confidence=confidence,
        joint_mm={name: float(value) for name, value in zip(HAND.joints, errors.mean(axis=0))},
        within={f"{limit} mm": float(share) for limit, share in zip(THRESHOLDS_MM, shares)},
    )


def format_report(report: Report) -> str:
    """The report as lines for people."""
    shares = ", ".join(f"{limit} {100 * share:.1f} %" for limit, share in report.within.items())
    lines = [
        f"{report.model} on {report.device}: {report.data}, {report.frames} hands, reference point given",
        f"without the wrist  mean {report.without_wrist_mm:.2f} mm, median {report.without_wrist_median_mm:.2f} mm, "
        f"PA {report.pa_without_wrist_mm:.2f} mm",
        f"all joints         mean {report.mean_mm:.2f} mm, median {report.median_mm:.2f} mm",
        f"worst joint within {shares}",
        f"mean confidence    {report.confidence:.2f}",
        "mean a joint, mm",
    ]
    names, values = list(report.joint_mm), list(report.joint_mm.values())
    lines.append(f"  {names[0]:8s}{values[0]:8.1f}")
    for start in range(1, len(names), 4):
        finger = names[start].split("_")[0]
        parts = (f"{n.split('_')[1]:>4s}{v:6.1f}" for n, v in zip(names[start : start + 4], values[start : start + 4]))
        lines.append(f"  {finger:8s}  " + "  ".join(parts))
    return "\n".join(lines)


def parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m models.evaluate", description="Measure an exported pose network.")
    parser.add_argument("--model", required=True, type=Path, help="an exported .onnx file with its card beside it")
    data = parser.add_mutually_exclusive_group(required=True)
    data.add_argument("--folder", type=Path, help="depth images, camera.json and joints.csv")
    data.add_argument("--synthetic", type=int, metavar="N", help="that many rendered hands")
    parser.add_argument("--seed", type=int, default=90_001, help="of the rendered hands (default %(default)s)")
    parser.add_argument("--device", choices=DEVICES, default="auto")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures there as well")
    options = parser.parse_args(arguments)
    if options.synthetic is not None and options.synthetic < 1:
        parser.error("--synthetic: expected one or more")
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Returns the exit status: 0 done, 1 failed."""
    options = parse_arguments(arguments)
    try:
        network = PoseNetwork(options.model, options.device)
        if options.folder is not None:
            data, examples = str(options.folder), folder_examples(options.folder, network.card.size_m)
        else:
            data = f"synthetic, seed {options.seed}"
            examples = synthetic_examples(options.synthetic, options.seed)
        report = evaluate(network, examples, data)
        print(format_report(report))
        if options.json is not None:
            options.json.write_text(json.dumps(asdict(report), indent=1) + "\n", encoding="utf-8")
    except (ValueError, OSError, RuntimeModelError) as error:
        print(f"models.evaluate: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
