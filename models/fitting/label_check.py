"""Labels and poses held against fits to the image: which of them the image confirms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.core.metrics import aligned_errors_mm, joint_errors_mm
from models.core.skeleton import HAND, REFERENCE_POINTS, WITHOUT_WRIST
from models.data.record import LabelledFrame
from models.evaluate.pose import require_hand_joints
from models.fitting.image_fit import GENERATIONS, UNSURE, FittedHand, ImageFit
from models.reading.hand import read_around
from models.reading.networks import PoseNet

AGREE_MM = 8.0
"""Two fits that end this near to each other, wherever they started, are what the image says."""
COUNTED = [joint for joint, name in enumerate(HAND.joints) if name not in UNSURE]


@dataclass(frozen=True, slots=True)
class HandFigures:
    """A hand of the rig held against image, labels and poses, in millimetres; of one frame, or means of several.

    off_image_mm: mean clamped depth difference of a pixel. to_labels_mm, to_poses_mm: mean distance to the joints of
    the rig at the labels, and of the rig at the poses; without the wrist and the thumb's CMC. error_mm, pa_error_mm:
    what `models.evaluate` would print for this hand: against the labels themselves, without the wrist.
    """

    off_image_mm: float
    to_labels_mm: float
    to_poses_mm: float
    error_mm: float
    pa_error_mm: float


@dataclass(frozen=True, slots=True)
class Check:
    """The rig brought as near to labels and poses as it goes, and fitted to the image from there.

    Of one frame, or means of several; of means the better fit is `Means.better`, which chose in each frame.

    labels_off_rig_mm, poses_off_rig_mm: how near the rig came. poses_error_mm, poses_pa_error_mm: what
    `models.evaluate` says of the poses, without the wrist. fits_apart_mm: between the two fits.
    """

    at_labels: HandFigures
    at_poses: HandFigures
    from_labels: HandFigures
    from_poses: HandFigures
    labels_off_rig_mm: float
    poses_off_rig_mm: float
    poses_error_mm: float
    poses_pa_error_mm: float
    fits_apart_mm: float

    @property
    def better(self) -> HandFigures:
        """The fit that explains the image better, wherever it started."""
        return min(self.from_labels, self.from_poses, key=lambda fit: fit.off_image_mm)


@dataclass(frozen=True, slots=True)
class Means:
    """Means over `frames` checks; better: over each frame's better fit."""

    frames: int
    mean: Check
    better: HandFigures


class FittedFrame:
    """A frame with a labelled hand: its image, the network's joints around the labels' palm, the rig at both.

    at_labels, at_poses: parameters of the rig brought as near as it goes (models/fitting/image_fit.py).
    """

    def __init__(self, labelled: LabelledFrame, labels_cam_m: NDArray, poses_cam_m: NDArray) -> None:
        """Raises ValueError with the frame's name where the rig cannot take the labels."""
        self.labels_cam_m, self.poses_cam_m = labels_cam_m, poses_cam_m
        self._image, self._model = ImageFit(labelled), FittedHand(left=labelled.hand == "left")
        try:
            self.at_labels, self.at_poses = (self._model.nearest(joints) for joints in (labels_cam_m, poses_cam_m))
        except (ValueError, np.linalg.LinAlgError) as error:
            raise ValueError(f"{labelled.name}: the rig cannot take these joints ({error})") from error
        self._starts_cam_m = [self.joints_cam_m(start) for start in (self.at_labels, self.at_poses)]

    def fitted(self, start: NDArray, generations: int = GENERATIONS) -> NDArray[np.float64]:
        """The parameters of the fit to the image that starts at those given."""
        return self._image.fitted(self._model, start, generations)

    def joints_cam_m(self, parameters: NDArray) -> NDArray[np.float64]:
        """The rig's joints (21, 3) there, metres, camera frame."""
        return self._model.placed(parameters).joints_cam_m

    def figures(self, parameters: NDArray) -> HandFigures:
        """The rig there held against image, labels and poses."""
        hand = self._model.placed(parameters)
        to_labels, to_poses = (apart_mm(hand.joints_cam_m, joints) for joints in self._starts_cam_m)
        off_image = self._image.residual_mm(hand)
        return HandFigures(off_image, to_labels, to_poses, *headline_mm(hand.joints_cam_m, self.labels_cam_m))


def opened(network: PoseNet, labelled: LabelledFrame) -> FittedFrame | None:
    """A frame ready to be fitted; None without a hand, or with too little of it.

    Raises ValueError with the frame's name where the labels are no hand, or the network's joints are not the hand's.
    """
    labels, card = labelled.joints_cam_m, network.card
    require_hand_joints(card)
    if labels is None:
        return None
    center_cam_m = REFERENCE_POINTS[card.reference_point](labels)
    reading = read_around(network, labelled.frame, center_cam_m, labelled.hand)
    return None if reading is None else FittedFrame(labelled, labels, reading.joints_cam_m)


def check_frame(network: PoseNet, labelled: LabelledFrame, generations: int = GENERATIONS) -> Check | None:
    """Fits one frame from its labels and from the network's pose; None and errors as `opened`."""
    frame = opened(network, labelled)
    if frame is None:
        return None
    from_labels, from_poses = (frame.fitted(start, generations) for start in (frame.at_labels, frame.at_poses))
    error_mm, pa_error_mm = headline_mm(frame.poses_cam_m, frame.labels_cam_m)
    return Check(
        at_labels=frame.figures(frame.at_labels),
        at_poses=frame.figures(frame.at_poses),
        from_labels=frame.figures(from_labels),
        from_poses=frame.figures(from_poses),
        labels_off_rig_mm=apart_mm(frame.joints_cam_m(frame.at_labels), frame.labels_cam_m),
        poses_off_rig_mm=apart_mm(frame.joints_cam_m(frame.at_poses), frame.poses_cam_m),
        poses_error_mm=error_mm,
        poses_pa_error_mm=pa_error_mm,
        fits_apart_mm=apart_mm(frame.joints_cam_m(from_labels), frame.joints_cam_m(from_poses)),
    )


def apart_mm(joints_cam_m: NDArray, others_cam_m: NDArray) -> float:
    """Mean distance of joints (21, 3) that the rig and real data sets define alike."""
    return float(joint_errors_mm(joints_cam_m, others_cam_m)[COUNTED].mean())


def headline_mm(joints_cam_m: NDArray, labels_cam_m: NDArray) -> tuple[float, float]:
    """Mean error and mean aligned error without the wrist, as in models/evaluate/pose.py."""
    found, truth = joints_cam_m[None, WITHOUT_WRIST], labels_cam_m[None, WITHOUT_WRIST]
    return float(joint_errors_mm(found, truth).mean()), float(aligned_errors_mm(found, truth).mean())


def mean_of(checks: Sequence[Check]) -> Means:
    """The means over frames, one at least."""
    columns: dict[str, Any] = {}
    for field in fields(Check):
        values = [getattr(check, field.name) for check in checks]
        columns[field.name] = mean_hand(values) if isinstance(values[0], HandFigures) else float(np.mean(values))
    return Means(len(checks), Check(**columns), mean_hand([check.better for check in checks]))


def mean_hand(hands: Sequence[HandFigures]) -> HandFigures:
    return HandFigures(*np.mean([astuple(hand) for hand in hands], axis=0).tolist())


def agreeing(checks: Sequence[Check]) -> list[Check]:
    """Those whose two fits end within `AGREE_MM` of each other."""
    return [check for check in checks if check.fits_apart_mm <= AGREE_MM]


def format_checks(checks: Sequence[Check], unseen: int, model: str, data: str) -> str:
    """The means over frames as lines for people; `unseen` more frames could not be measured."""
    means, decided = mean_of(checks), agreeing(checks)
    mean = means.mean
    rows = [
        ("rig at the labels", mean.at_labels),
        ("rig at the poses", mean.at_poses),
        ("fit from labels", mean.from_labels),
        ("fit from poses", mean.from_poses),
        ("the better of them", means.better),
    ]
    if decided:
        rows.append((f"where they agree ({len(decided)})", mean_of(decided).better))
    names = ("off the image", "to the labels", "to the poses", "mean error", "PA")
    lines = [
        f"{model}: {data}, {len(checks)} frames; means in mm",
        f"{'':22s}" + "".join(f"{name:>15s}" for name in names),
        *(f"{name:22s}" + "".join(f"{value:15.1f}" for value in astuple(hand)) for name, hand in rows),
        f"{'the poses themselves':22s}{'':45s}{mean.poses_error_mm:15.1f}{mean.poses_pa_error_mm:15.1f}",
        "distances to the rig at labels and poses without the wrist and the thumb's CMC; mean error and PA against the",
        "labels as they are, without the wrist",
        f"the rig comes within {mean.labels_off_rig_mm:.1f} mm of the labels and {mean.poses_off_rig_mm:.1f} mm of the"
        f" poses; the two fits are {mean.fits_apart_mm:.1f} mm apart, and agree where that is at most {AGREE_MM:g}",
    ]
    if unseen:
        lines.append(f"{unseen} more frames show too little of a hand and are not counted")
    return "\n".join(lines)
