"""Errors of a pose network on a public data set, as papers report them: over all joints, and mAP for bodies.

Where the cube is centred decides much of the error, so the report says it: at the true reference point, at precomputed
ones, or where a reference network has moved the centre of mass. A frame counts wherever its cube was put; only frames
with hardly anything measured around the truth are left out, and counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field

import numpy as np
from numpy.typing import NDArray

from models.core.metrics import aligned_errors_mm, joint_errors_mm
from models.core.protocol import OURS, PROTOCOLS, Protocol
from models.core.skeleton import BODY, REFERENCE_POINTS
from models.core.types import Cube
from models.data.dataset import Dataset
from models.data.record import LabelledFrame
from models.evaluate.drawn import DrawnFrame, drawn
from models.evaluate.extremes import Extremes
from models.evaluate.figures import ErrorFigures, error_figures, figure_lines
from models.evaluate.pose import comparison
from models.evaluate.tiles import Comparison
from models.evaluate.written import PredictionRows
from models.reading.hand import HandReading, Look, read
from models.reading.networks import PoseNet
from models.reading.refine import ROUNDS, refine, segmented_center
from models.reading.volume import MIN_POINTS, volume_of
from models.runtime import ModelCard, ReferenceNetwork

Place = Callable[[LabelledFrame], "NDArray[np.float64]"]
"""Where the cube of a frame is centred: (3,), metres, camera frame."""


@dataclass(frozen=True, slots=True)
class DatasetReport(ErrorFigures):
    """Errors over `frames` frames.

    centers: where the cubes were centred, in words. unseen: frames with too little measured around the true reference
    point. skipped: frames that could not be read or are marked as not valid, by reason. pa_error_mm: mean after the
    best similarity alignment. per_group_mm: mean by subject or sequence. confidence: mean over joints and frames.
    best_frames, worst_frames: a few with the smallest and the largest mean error. protocol: see models.core.protocol.
    """

    model: str
    device: str
    data: str
    subject: int | None
    centers: str
    frames: int
    unseen: int
    skipped: dict[str, int]
    pa_error_mm: float
    per_group_mm: dict[str, float]
    confidence: float
    best_frames: tuple[DrawnFrame, ...] = ()
    worst_frames: tuple[DrawnFrame, ...] = ()
    protocol: str = OURS.name


def check_joints(card: ModelCard, dataset: Dataset) -> None:
    """Raises ValueError where a network's joints are not those of a data set."""
    if card.joints != dataset.joints:
        mine, theirs = _some(card.joints), _some(dataset.joints)
        raise ValueError(f"model {card.name}: gives {mine}, but {dataset.name} has {theirs}; train one on it")


def _some(joints: tuple[str, ...]) -> str:
    return f"{len(joints)} joints ({', '.join(joints[:2])}, ...)"


def check_protocol(card: ModelCard, protocol: Protocol) -> None:
    """Raises ValueError where a network's graph decodes otherwise than a protocol asks for."""
    made_for = str(card.details.get("protocol", OURS.name))
    if made_for != protocol.name:
        raise ValueError(
            f"model {card.name}: its graph decodes by the protocol {made_for!r}, not {protocol.name!r}; "
            f"measure its run with --run RUN --protocol {protocol.name}"
        )


def check_reference(card: ModelCard, dataset: Dataset, point: str) -> None:
    """Raises ValueError where a reference network looks for another point, or on another skeleton."""
    finds, skeleton = card.reference_point, str(card.details.get("skeleton", "hand"))
    if (finds, skeleton) != (point, dataset.skeleton.name):
        wanted = f"the {point} of the skeleton {dataset.skeleton.name!r} is needed on {dataset.name}"
        raise ValueError(f"reference network {card.name}: finds the {finds} of {skeleton!r}, but {wanted}")


def make_place(
    dataset: Dataset, point: str, has_centers: bool, reference: ReferenceNetwork | None
) -> tuple[Place, str]:
    """Where cubes are centred, and that in words.

    point: the name of the true reference point. has_centers: whether frames come with precomputed ones, which are then
    taken, or refined where there is a `reference` network. Alone, that starts from the centre of mass around the truth.
    """

    def start(labelled: LabelledFrame) -> NDArray[np.float64]:
        if labelled.center_cam_m is not None:
            return labelled.center_cam_m
        assert labelled.joints_cam_m is not None
        truth = REFERENCE_POINTS[point](labelled.joints_cam_m)
        mass = segmented_center(labelled.frame, truth, dataset.cube_m) if reference is not None else None
        return truth if mass is None else mass

    if reference is None:
        return start, "precomputed reference points" if has_centers else f"true reference points ({point})"
    network = reference

    def refined(labelled: LabelledFrame) -> NDArray[np.float64]:
        return refine(network, labelled.frame, [start(labelled)])[0].center_cam_m

    source = "precomputed reference points" if has_centers else "the centre of mass around the truth"
    return refined, f"{source}, refined {ROUNDS}x by {network.card.name}"


@dataclass(slots=True)
class _Measured:
    """Of each measured frame: joints found and true (J, 3), its group, mean confidence; and how many were unseen."""

    found: list[NDArray] = field(default_factory=list)
    truth: list[NDArray] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    confidence: list[float] = field(default_factory=list)
    unseen: int = 0
    extremes: Extremes[Comparison] = field(default_factory=Extremes)


def answers(
    network: PoseNet, frames: Iterable[LabelledFrame], place: Place, protocol: Protocol
) -> Iterator[tuple[LabelledFrame, HandReading]]:
    """Each frame and what the network reads in it. Wherever the cube was put, it is read."""
    for labelled in frames:
        cube = Cube(place(labelled), network.card.size_m)
        volume = volume_of(labelled.frame, cube, network.card.input_resolution, protocol.keeps_flying)
        yield labelled, read(network, [Look(volume, labelled.hand)])[0]


def _measured(
    network: PoseNet,
    frames: Iterable[LabelledFrame],
    dataset: Dataset,
    place: Place,
    protocol: Protocol,
    rows: PredictionRows | None,
) -> _Measured:
    card, measured = network.card, _Measured()
    point = REFERENCE_POINTS[card.reference_point]
    for index, (labelled, reading) in enumerate(answers(network, frames, place, protocol)):
        if rows is not None:
            rows.add(labelled, reading.joints_cam_m)
        if labelled.joints_cam_m is None:
            continue
        true_cube = Cube(point(labelled.joints_cam_m), card.size_m)
        shows_enough = volume_of(labelled.frame, true_cube, card.input_resolution).shows_enough
        if not (protocol.counts_all or shows_enough):
            measured.unseen += 1
            continue
        # A miss is an error of the place, not a frame to leave out.
        measured.found.append(reading.joints_cam_m)
        measured.truth.append(labelled.joints_cam_m)
        measured.groups.append(labelled.group)
        measured.confidence.append(float(np.mean(reading.confidence)))
        error_mm = float(joint_errors_mm(measured.found[-1], measured.truth[-1]).mean())
        shown = comparison(labelled, index, measured.found[-1], dataset.skeleton)
        measured.extremes.add(error_mm, index, shown)
    return measured


def evaluate_dataset(
    network: PoseNet,
    frames: Iterable[LabelledFrame],
    dataset: Dataset,
    place: Place,
    centers: str,
    data: str,
    subject: int | None = None,
    protocol: Protocol = OURS,
    rows: PredictionRows | None = None,
) -> DatasetReport:
    """Run the network over all labelled frames, each cube centred at `place`; `centers` says in words where that is.

    rows: gets what was found in each frame, whether or not it counts.

    Raises ValueError where no frame can be measured, or the network's joints are not the data set's, or its decoding
    is not the protocol's.
    """
    check_joints(network.card, dataset)
    check_protocol(network.card, protocol)
    measured = _measured(network, frames, dataset, place, protocol, rows)
    if not measured.found:
        raise ValueError(f"{data}: there is no labelled frame to measure")
    found, truth, groups = np.stack(measured.found), np.stack(measured.truth), np.array(measured.groups)
    errors = joint_errors_mm(found, truth)
    return DatasetReport(
        model=network.card.name,
        device=network.device,
        data=data,
        subject=subject,
        centers=centers,
        frames=len(errors),
        unseen=measured.unseen,
        skipped={},
        pa_error_mm=float(aligned_errors_mm(found, truth).mean()),
        per_group_mm={str(group): float(errors[groups == group].mean()) for group in np.unique(groups) if group},
        confidence=float(np.mean(measured.confidence)),
        **asdict(error_figures(errors, dataset.joints, dataset.skeleton is BODY)),
        best_frames=drawn(measured.extremes.best()),
        worst_frames=drawn(measured.extremes.worst()),
        protocol=protocol.name,
    )


def format_dataset(report: DatasetReport) -> str:
    """The report as lines for people."""
    figures, *rest = figure_lines(report)
    left_out = "" if report.subject is None else f", subject or fold {report.subject}"
    lines = [
        f"{report.model} on {report.device}: {report.data}{left_out}, {report.frames} frames",
        f"cubes centred at: {report.centers}",
        f"protocol: {report.protocol} ({PROTOCOLS[report.protocol].words})",
        f"{figures}, PA {report.pa_error_mm:.3f} mm",
        *(f"{group}: mean {error:.3f} mm" for group, error in report.per_group_mm.items()),
        f"mean confidence {report.confidence:.2f}",
        *rest,
    ]
    if report.unseen:
        lines.append(f"{report.unseen} more frames have fewer than {MIN_POINTS} measured points and are not counted")
    return "\n".join(lines)
