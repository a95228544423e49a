"""Labels and poses held against fits to the image: which of them the image confirms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields

import numpy as np

from models.core.metrics import joint_errors_mm
from models.core.skeleton import HAND, REFERENCE_POINTS
from models.core.types import Cube
from models.data.record import LabelledFrame
from models.data.synthetic.scene import PlacedHand
from models.evaluation.ensemble import PoseNet
from models.evaluation.pose import pose_of_hand, require_hand_joints
from models.fitting.image_fit import GENERATIONS, UNSURE, FittedHand, ImageFit

AGREE_MM = 8.0
"""Two fits that end this near to each other, wherever they started, are what the image says."""
COUNTED = [joint for joint, name in enumerate(HAND.joints) if name not in UNSURE]


@dataclass(frozen=True, slots=True)
class Check:
    """Of one frame, or means of several. Distances are means over all joints but the wrist and the thumb's CMC.

    ..._image_mm: mean clamped depth difference of a pixel, of the rig brought as near to the labels or the poses as it
    goes (`labels`, `poses`), and of the rig fitted to the image from there (`from_labels`, `from_poses`).
    labels_off_rig_mm, poses_off_rig_mm: how near the rig came. All other distances are between hands of the rig.
    """

    labels_image_mm: float
    poses_image_mm: float
    from_labels_image_mm: float
    from_poses_image_mm: float
    labels_off_rig_mm: float
    poses_off_rig_mm: float
    labels_to_poses_mm: float
    labels_to_from_labels_mm: float
    labels_to_from_poses_mm: float
    poses_to_from_labels_mm: float
    poses_to_from_poses_mm: float
    from_labels_to_from_poses_mm: float

    @property
    def verdict(self) -> Verdict:
        """By the fit that explains the image better, wherever it started."""
        if self.from_labels_image_mm < self.from_poses_image_mm:
            return Verdict(self.from_labels_image_mm, self.labels_to_from_labels_mm, self.poses_to_from_labels_mm)
        return Verdict(self.from_poses_image_mm, self.labels_to_from_poses_mm, self.poses_to_from_poses_mm)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A fit held against labels and poses: how far off the image it is, and they from it; of one frame, or means."""

    image_mm: float
    labels_mm: float
    poses_mm: float


@dataclass(frozen=True, slots=True)
class Verdicts:
    """frames: how many the means are over. mean: None where there is none."""

    frames: int
    mean: Verdict | None


def verdicts(checks: Iterable[Check]) -> Verdicts:
    """Means over the better fit of each frame."""
    each = [check.verdict for check in checks]
    if not each:
        return Verdicts(0, None)
    return Verdicts(len(each), Verdict(*(float(value) for value in np.mean([astuple(v) for v in each], axis=0))))


def agreeing(checks: Iterable[Check]) -> list[Check]:
    """Those whose two fits end within `AGREE_MM` of each other."""
    return [check for check in checks if check.from_labels_to_from_poses_mm <= AGREE_MM]


def check_frame(network: PoseNet, labelled: LabelledFrame, generations: int = GENERATIONS) -> Check | None:
    """Fits one frame from its labels and from the network's pose; None without a hand, or too little of it.

    Raises ValueError with the frame's name where the labels are no hand, or the network's joints are not the hand's.
    """
    labels, card = labelled.joints_cam_m, network.card
    require_hand_joints(card)
    if labels is None:
        return None
    poses = pose_of_hand(network, labelled, Cube(REFERENCE_POINTS[card.reference_point](labels), card.size_m))
    if poses is None:
        return None
    image, model = ImageFit(labelled), FittedHand(left=labelled.hand == "left")
    try:
        nearest = [model.nearest(joints) for joints in (labels, poses)]
    except (ValueError, np.linalg.LinAlgError) as error:
        raise ValueError(f"{labelled.name}: the rig cannot take these joints ({error})") from error
    at_labels, at_poses = (model.placed(start) for start in nearest)
    from_labels, from_poses = (model.placed(image.fitted(model, start, generations)) for start in nearest)

    def apart_mm(hand: PlacedHand, other: PlacedHand) -> float:
        return float(joint_errors_mm(hand.joints_cam_m, other.joints_cam_m)[COUNTED].mean())

    return Check(
        labels_image_mm=image.residual_mm(at_labels),
        poses_image_mm=image.residual_mm(at_poses),
        from_labels_image_mm=image.residual_mm(from_labels),
        from_poses_image_mm=image.residual_mm(from_poses),
        labels_off_rig_mm=float(joint_errors_mm(at_labels.joints_cam_m, labels)[COUNTED].mean()),
        poses_off_rig_mm=float(joint_errors_mm(at_poses.joints_cam_m, poses)[COUNTED].mean()),
        labels_to_poses_mm=apart_mm(at_labels, at_poses),
        labels_to_from_labels_mm=apart_mm(at_labels, from_labels),
        labels_to_from_poses_mm=apart_mm(at_labels, from_poses),
        poses_to_from_labels_mm=apart_mm(at_poses, from_labels),
        poses_to_from_poses_mm=apart_mm(at_poses, from_poses),
        from_labels_to_from_poses_mm=apart_mm(from_labels, from_poses),
    )


def mean_of(checks: Sequence[Check]) -> Check:
    """The means over frames."""
    return Check(*(float(np.mean([getattr(check, field.name) for check in checks])) for field in fields(Check)))


def format_checks(checks: Sequence[Check], unseen: int, model: str, data: str) -> str:
    """The means over frames as lines for people; `unseen` more frames could not be measured."""
    mean, better, decided = mean_of(checks), verdicts(checks), verdicts(agreeing(checks))
    assert better.mean is not None
    rows = [
        ("rig at the labels", mean.labels_image_mm, 0.0, mean.labels_to_poses_mm),
        ("rig at the poses", mean.poses_image_mm, mean.labels_to_poses_mm, 0.0),
        ("fit from labels", mean.from_labels_image_mm, mean.labels_to_from_labels_mm, mean.poses_to_from_labels_mm),
        ("fit from poses", mean.from_poses_image_mm, mean.labels_to_from_poses_mm, mean.poses_to_from_poses_mm),
        ("the better of them", *astuple(better.mean)),
    ]
    if decided.mean is not None:
        rows.append((f"where they agree ({decided.frames})", *astuple(decided.mean)))
    lines = [
        f"{model}: {data}, {len(checks)} frames; means in mm, distances without the wrist and the thumb's CMC",
        f"{'':22s} {'off the image':>15s} {'to the labels':>15s} {'to the poses':>15s}",
        *(f"{name:22s} {image:15.1f} {labels:15.1f} {poses:15.1f}" for name, image, labels, poses in rows),
        f"the rig comes within {mean.labels_off_rig_mm:.1f} mm of the labels and {mean.poses_off_rig_mm:.1f} mm of the"
        f" poses; the two fits are {mean.from_labels_to_from_poses_mm:.1f} mm apart, and agree where that is at most"
        f" {AGREE_MM:g}",
    ]
    if unseen:
        lines.append(f"{unseen} more frames show too little of a hand and are not counted")
    return "\n".join(lines)
