"""Errors of the reference point: where segmentation alone puts it, and after each step of refinement."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.core.crops import center_of_mass
from models.core.skeleton import ReferencePoint, hand_reference_point
from models.core.types import Cube, DepthFrame
from models.data.record import LabelledFrame
from models.reading.hand import read_cube
from models.reading.networks import PoseNet
from models.reading.refine import ROUNDS, SEGMENT_M, refine, segmented_center
from models.runtime import ReferenceNetwork

WITHIN_MM = 20.0


@dataclass(frozen=True, slots=True)
class Stage:
    """Distances to the true reference point after one step: mean, median, 99th percentile, share within 20 mm."""

    mean_error_mm: float
    median_error_mm: float
    p99_error_mm: float
    within_20_mm: float


@dataclass(frozen=True, slots=True)
class ReferenceReport:
    """stages: by name, "centre of mass" first. presence: share of hands that are seen as such after refinement.

    absence: share of frames with a body but no hand in which the nearest part of the body is seen as no hand; None
    without such frames.
    """

    model: str
    device: str
    data: str
    frames: int
    stages: dict[str, Stage]
    presence: float
    bodies: int
    absence: float | None


def evaluate_reference(
    network: ReferenceNetwork,
    hands: Iterable[LabelledFrame],
    bodies: Iterable[LabelledFrame],
    data: str,
    pose_network: PoseNet | None = None,
    point: ReferencePoint = hand_reference_point,
    segment_m: float = SEGMENT_M,
) -> ReferenceReport:
    """Refine the centre of mass of each hand, and look at what is nearest in each frame without one.

    A pose network adds two stages: the reference point of its own pose, and that point again after the frame was read
    a second time around it, as the tracker does with a new hand.
    point: the reference point of joints. segment_m: edge of the cube that the centre of mass is taken in.
    Raises ValueError where no frame shows a hand.
    """
    errors: dict[str, list[float]] = {}
    presence: list[float] = []
    for labelled in hands:
        if labelled.joints_cam_m is None:
            continue
        truth, frame = point(labelled.joints_cam_m), labelled.frame
        center = segmented_center(frame, truth, segment_m)
        if center is None:
            continue
        places = {"centre of mass": center}
        for number in range(ROUNDS):
            (sighting,) = refine(network, frame, [center], rounds=1)
            center = sighting.center_cam_m
            places[f"refined {number + 1}x"] = center
        presence.append(sighting.presence)
        if pose_network is not None:
            own = pose_reference(pose_network, labelled, center, point)
            places["pose network"] = own
            places["read again"] = pose_reference(pose_network, labelled, own, point)
        for name, place in places.items():
            errors.setdefault(name, []).append(1000 * float(np.linalg.norm(place - truth)))
    if not errors:
        raise ValueError(f"{data}: there is no hand to measure")
    absence = [_nearest_is_no_hand(network, labelled.frame) for labelled in bodies]
    return ReferenceReport(
        model=network.card.name,
        device=network.device,
        data=data,
        frames=len(presence),
        stages={name: _stage(np.array(values)) for name, values in errors.items()},
        presence=float(np.mean(np.array(presence) > 0.5)),
        bodies=len(absence),
        absence=float(np.mean(absence)) if absence else None,
    )


def pose_reference(
    network: PoseNet, labelled: LabelledFrame, center_cam_m: NDArray, point: ReferencePoint = hand_reference_point
) -> NDArray[np.float64]:
    """The reference point (3,) of the pose that the network sees around a guess; the guess where it sees too little."""
    reading = read_cube(network, labelled.frame, Cube(center_cam_m, network.card.size_m), labelled.hand)
    return center_cam_m if reading is None else point(reading.joints_cam_m)


def _nearest_is_no_hand(network: ReferenceNetwork, frame: DepthFrame) -> bool:
    """Whether the network denies a hand at the middle of the frame's nearest part, one 25 cm cube deep and wide."""
    depth = frame.depth_m()
    near = depth > 0
    if not near.any():
        return True
    nearest = np.percentile(depth[near], 1)
    v, u = np.unravel_index(np.argmin(np.where(near & (depth >= nearest), depth, np.inf)), depth.shape)
    z, camera = float(depth[v, u]), frame.camera
    start = np.array([(u - camera.ppx) * z / camera.fx, (v - camera.ppy) * z / camera.fy, z])
    mass = center_of_mass(frame.raw, frame.depth_units, camera, Cube(start, SEGMENT_M))
    center = start if mass is None else mass
    (sighting,) = refine(network, frame, [center])
    return sighting.presence <= 0.5


def _stage(errors_mm: NDArray) -> Stage:
    return Stage(
        float(errors_mm.mean()),
        float(np.median(errors_mm)),
        float(np.percentile(errors_mm, 99)),
        float((errors_mm <= WITHIN_MM).mean()),
    )


def format_reference(report: ReferenceReport) -> str:
    """The report as lines for people."""
    lines = [
        f"{report.model} on {report.device}: {report.data}, {report.frames} hands; distance to the reference point"
    ]
    for name, stage in report.stages.items():
        lines.append(
            f"{name:16s} mean {stage.mean_error_mm:5.1f} mm, median {stage.median_error_mm:5.1f} mm, "
            f"99 % within {stage.p99_error_mm:5.1f} mm, within 20 mm {100 * stage.within_20_mm:.1f} %"
        )
    lines.append(f"hands seen as hands: {100 * report.presence:.1f} %")
    if report.absence is not None:
        lines.append(f"bodies without a raised hand seen as no hand: {100 * report.absence:.1f} % of {report.bodies}")
    return "\n".join(lines)
