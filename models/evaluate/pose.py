"""Errors of a pose network that is told where the hand is: the reference point and the side of the truth.

The literature reports pose networks this way. How exact the whole program is, which has to find the hand first, the
program itself tells (`main.py SOURCE --headless`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.core.camera import MIRROR
from models.core.metrics import aligned_errors_mm, joint_errors_mm, success_curve
from models.core.skeleton import HAND, WITHOUT_WRIST, Skeleton, hand_reference_point, palm_axes
from models.core.types import Handedness
from models.data.record import LabelledFrame
from models.evaluate.drawn import DrawnFrame, drawn
from models.evaluate.extremes import Extremes
from models.evaluate.surface import Behind, behind_figures, behind_lines, behind_surface_mm
from models.evaluate.tiles import Comparison
from models.reading.hand import HandReading, Look, read, read_around, second_look
from models.reading.networks import PoseNet
from models.reading.volume import MIN_POINTS
from models.runtime import ModelCard

PRINTED_MM = (20, 30, 40, 50)
CURVE_MM = 80


FLIP_DEG = 60.0
"""A palm that is turned by more than this is read from the wrong side."""


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """The headline's mean error, the share of flipped palms and of sides told right, over `frames` hands."""

    frames: int
    mean_error_mm: float
    flips: float
    side_accuracy: float | None


@dataclass(frozen=True, slots=True)
class PoseReport:
    """Errors in millimetres over `frames` hands; `unseen` more had too few points and are not counted.

    joints: which joints the headline counts. The headline is mean_error_mm, median_error_mm (over joints) and
    pa_error_mm (after the best similarity alignment). all_joints_error_mm: mean over all 21 joints.
    without_offsets_mm: the headline's mean without each joint's median offset in palm axes, which is what definitions
    of joints differ by. flips: share of hands whose palm is turned by more than `FLIP_DEG`.
    per_joint_mm: mean of each joint. per_joint_offset_mm: median (prediction - truth), to the thumb's side, to the
    fingers and out of the palm; a joint that a data set defines differently shows here.
    behind_surface_mm: how far the fingers' joints lie behind the measured surface, by kind.
    per_group: by camera, subject or recipe. per_hand_mm: headline mean by side.
    success_worst_joint, success_mean: share of hands whose worst headline joint, or whose mean, is within each limit.
    side_accuracy: share of frames whose side the network tells by itself, None where it cannot.
    best_frames, worst_frames: a few with the smallest and the largest headline error.
    """

    model: str
    device: str
    data: str
    frames: int
    unseen: int
    joints: str
    mean_error_mm: float
    median_error_mm: float
    pa_error_mm: float
    without_offsets_mm: float
    all_joints_error_mm: float
    flips: float
    per_joint_mm: dict[str, float]
    per_joint_offset_mm: dict[str, tuple[float, float, float]]
    behind_surface_mm: dict[str, Behind]
    per_group: dict[str, GroupFigures]
    per_hand_mm: dict[str, float]
    success_worst_joint: dict[str, float]
    success_mean: dict[str, float]
    confidence: float
    side_accuracy: float | None
    best_frames: tuple[DrawnFrame, ...] = ()
    worst_frames: tuple[DrawnFrame, ...] = ()


def require_hand_joints(card: ModelCard) -> None:
    """Raises ValueError where a network's joints are not the hand's."""
    if card.joints != HAND.joints:
        theirs = f"{len(card.joints)} joints that are not the hand's {len(HAND.joints)}"
        raise ValueError(f"model {card.name}: gives {theirs}")


def evaluate_pose(
    network: PoseNet, frames: Iterable[LabelledFrame], data: str, wrist: bool = True, apart: str = ""
) -> PoseReport:
    """Run the network over all frames that show a hand; doubtful readings get a second look, as in the program.

    wrist: whether the headline counts it. apart: a group of frames that has its own figures and counts nowhere else.
    Raises ValueError where no frame can be measured, or the network's joints are not the hand's.
    """
    require_hand_joints(network.card)
    found: list[NDArray] = []
    truth: list[NDArray] = []
    kinds: list[tuple[str, str]] = []
    confidence: list[float] = []
    sides: list[bool] = []
    behind: list[tuple[NDArray, NDArray]] = []
    unseen = 0
    counted = slice(None) if wrist else WITHOUT_WRIST
    extremes: Extremes[Comparison] = Extremes()
    for index, labelled in enumerate(frames):
        if labelled.joints_cam_m is None:
            continue
        reading = read_around(network, labelled.frame, hand_reference_point(labelled.joints_cam_m), labelled.hand)
        if reading is None:
            unseen += 1
            continue
        if reading.side_probability is not None:
            sides.append(_side_told(network, reading))
        reading = second_look(network, labelled.frame, reading)
        sign = MIRROR if labelled.hand == "left" else np.ones(3)
        # All is kept as of right hands: left ones through the mirror.
        found.append(reading.joints_cam_m * sign)
        truth.append(labelled.joints_cam_m * sign)
        kinds.append((labelled.group, labelled.hand))
        confidence.append(float(np.mean(reading.confidence)))
        error_mm = float(joint_errors_mm(found[-1], truth[-1])[counted].mean())
        frame = labelled.frame
        behind.append((behind_surface_mm(labelled.joints_cam_m, frame), behind_surface_mm(reading.joints_cam_m, frame)))
        extremes.add(error_mm, index, comparison(labelled, index, reading.joints_cam_m, HAND))
    if not found:
        raise ValueError(f"{data}: there is no hand to measure")
    report = _report(network, data, np.stack(found), np.stack(truth), kinds, confidence, sides, counted, apart)
    return replace(
        report,
        unseen=unseen,
        behind_surface_mm=behind_figures(*zip(*behind)),
        best_frames=drawn(extremes.best()),
        worst_frames=drawn(extremes.worst()),
    )


def _side_told(network: PoseNet, reading: HandReading) -> bool:
    """Whether the network takes the hand for one of its side more than for one of the other; it must tell sides."""
    other: Handedness = "left" if reading.look.side == "right" else "right"
    (mirrored,) = read(network, [Look(reading.look.volume, other)])
    assert reading.side_probability is not None
    assert mirrored.side_probability is not None
    return reading.side_probability > mirrored.side_probability


def comparison(labelled: LabelledFrame, index: int, found_cam_m: NDArray, skeleton: Skeleton) -> Comparison:
    """What is drawn of the frame at a place among the frames of an evaluation; joints (J, 3), metres, camera frame."""
    assert labelled.joints_cam_m is not None
    group = f", {labelled.group}" if labelled.group else ""
    name = labelled.name or f"frame {index}{group}"
    return Comparison(name, skeleton, found_cam_m, labelled.joints_cam_m, labelled.frame.camera, labelled.frame)


def _report(
    network: PoseNet,
    data: str,
    found: NDArray,
    truth: NDArray,
    kinds: list[tuple[str, str]],
    confidence: list[float],
    sides: list[bool],
    counted: slice | list[int],
    apart: str,
) -> PoseReport:
    groups, hands = np.array(kinds).T
    told = np.array(sides) if sides else None
    per_group = {
        str(name): _group_figures(found, truth, told, groups == name, counted) for name in dict.fromkeys(groups) if name
    }
    kept = groups != apart if apart else np.ones(len(found), dtype=bool)
    found, truth, hands = found[kept], truth[kept], hands[kept]
    errors = joint_errors_mm(found, truth)
    headline = errors[:, counted]
    offsets = np.einsum("nij,nkj->nki", palm_axes(truth), found - truth) * 1000
    typical = np.median(offsets, axis=0)
    return PoseReport(
        model=network.card.name,
        device=network.device,
        data=data,
        frames=len(found),
        unseen=0,
        joints="all joints" if counted == slice(None) else "without the wrist",
        mean_error_mm=float(headline.mean()),
        median_error_mm=float(np.median(headline)),
        pa_error_mm=float(aligned_errors_mm(found[:, counted], truth[:, counted]).mean()),
        without_offsets_mm=float(np.linalg.norm(offsets - typical, axis=2)[:, counted].mean()),
        all_joints_error_mm=float(errors.mean()),
        flips=float(flipped(found, truth).mean()),
        per_joint_mm={name: float(value) for name, value in zip(HAND.joints, errors.mean(axis=0))},
        per_joint_offset_mm={name: (float(x), float(y), float(z)) for name, (x, y, z) in zip(HAND.joints, typical)},
        behind_surface_mm={},
        per_group=per_group,
        per_hand_mm={str(h): float(headline[hands == h].mean()) for h in np.unique(hands)},
        success_worst_joint=success_curve(headline, CURVE_MM),
        success_mean=success_curve(headline.mean(axis=1, keepdims=True), CURVE_MM),
        confidence=float(np.mean(np.array(confidence)[kept])),
        side_accuracy=None if told is None else float(told[kept].mean()),
    )


def _group_figures(
    found: NDArray, truth: NDArray, told: NDArray | None, which: NDArray[np.bool_], counted: slice | list[int]
) -> GroupFigures:
    return GroupFigures(
        frames=int(which.sum()),
        mean_error_mm=float(joint_errors_mm(found[which], truth[which])[:, counted].mean()),
        flips=float(flipped(found[which], truth[which]).mean()),
        side_accuracy=None if told is None else float(told[which].mean()),
    )


def flipped(found: NDArray, truth: NDArray) -> NDArray[np.bool_]:
    """Of which right hands (N, 21, 3) the palm's normal is off by more than `FLIP_DEG`: (N,)."""
    cosine = (palm_axes(found)[:, 2] * palm_axes(truth)[:, 2]).sum(axis=-1)
    return np.asarray(cosine < np.cos(np.radians(FLIP_DEG)))


def _group_line(name: str, group: GroupFigures) -> str:
    side = "" if group.side_accuracy is None else f", side right {100 * group.side_accuracy:.0f} %"
    return f"{name}: mean {group.mean_error_mm:.2f} mm, wrong side of the palm {100 * group.flips:.0f} %{side}"


def format_pose(report: PoseReport) -> str:
    """The report as lines for people."""
    shares = ", ".join(f"{limit} mm {100 * report.success_worst_joint[str(limit)]:.1f} %" for limit in PRINTED_MM)
    lines = [
        f"{report.model} on {report.device}: {report.data}, {report.frames} hands, reference point and side given",
        f"{report.joints}: mean {report.mean_error_mm:.2f} mm, median {report.median_error_mm:.2f} mm, "
        f"PA {report.pa_error_mm:.2f} mm (all joints: mean {report.all_joints_error_mm:.2f} mm)",
        f"without each joint's median offset: mean {report.without_offsets_mm:.2f} mm",
        f"palms read from the wrong side: {100 * report.flips:.1f} %",
        f"worst joint within {shares}",
        *(f"{hand} hands: mean {error:.2f} mm" for hand, error in report.per_hand_mm.items()),
        *(_group_line(name, group) for name, group in report.per_group.items()),
        f"mean confidence {report.confidence:.2f}",
    ]
    if report.side_accuracy is not None:
        lines.append(f"side told right in {100 * report.side_accuracy:.1f} % of single frames")
    if report.unseen:
        lines.append(f"{report.unseen} more hands have fewer than {MIN_POINTS} measured points and are not counted")
    lines.append("joint        mean error   median offset to thumb's side, fingers, out of the palm (mm)")
    for name, error in report.per_joint_mm.items():
        offset = "  ".join(f"{value:6.1f}" for value in report.per_joint_offset_mm[name])
        lines.append(f"{name:12s} {error:8.1f}     {offset}")
    lines += behind_lines(report.behind_surface_mm)
    return "\n".join(lines)
