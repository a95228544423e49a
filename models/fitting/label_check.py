"""Labels and poses held against fits to the image: which of them the image confirms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from models.core.metrics import joint_errors_mm
from models.core.skeleton import WITHOUT_WRIST, hand_reference_point
from models.core.types import Cube
from models.data.record import LabelledFrame
from models.evaluation.ensemble import PoseNet
from models.evaluation.pose import pose_of_hand
from models.fitting.image_fit import FittedHand, ImageFit


@dataclass(frozen=True, slots=True)
class FrameCheck:
    """Millimetres; of several frames the means. Distances are over all joints but the wrist.

    ..._image: mean clamped depth difference of a pixel to the rig, brought as near to the labels or the network's poses
    as it goes, and fitted to the image from there.
    """

    labels_image: float
    poses_image: float
    from_labels_image: float
    from_poses_image: float
    labels_to_poses: float
    labels_to_from_labels: float
    labels_to_from_poses: float
    poses_to_from_labels: float
    poses_to_from_poses: float
    between_fits: float


def check_frame(network: PoseNet, labelled: LabelledFrame) -> FrameCheck | None:
    """Fits one frame from its labels and from the network's pose; None where the network sees too little."""
    labels = labelled.joints_cam_m
    if labels is None:
        return None
    poses = pose_of_hand(network, labelled, Cube(hand_reference_point(labels), network.card.size_m))
    if poses is None:
        return None
    image, model = ImageFit(labelled), FittedHand(left=labelled.hand == "left")
    nearest = [model.nearest(joints) for joints in (labels, poses)]
    fitted = [image.fitted(model, start) for start in nearest]
    at_labels, at_poses, from_labels, from_poses = (model.placed(parameters) for parameters in (*nearest, *fitted))
    return FrameCheck(
        labels_image=image.residual_mm(at_labels),
        poses_image=image.residual_mm(at_poses),
        from_labels_image=image.residual_mm(from_labels),
        from_poses_image=image.residual_mm(from_poses),
        labels_to_poses=_apart_mm(labels, poses),
        labels_to_from_labels=_apart_mm(labels, from_labels.joints_cam_m),
        labels_to_from_poses=_apart_mm(labels, from_poses.joints_cam_m),
        poses_to_from_labels=_apart_mm(poses, from_labels.joints_cam_m),
        poses_to_from_poses=_apart_mm(poses, from_poses.joints_cam_m),
        between_fits=_apart_mm(from_labels.joints_cam_m, from_poses.joints_cam_m),
    )


def _apart_mm(joints_m: NDArray, others_m: NDArray) -> float:
    return float(joint_errors_mm(joints_m, others_m)[WITHOUT_WRIST].mean())


def summary(checks: Sequence[FrameCheck]) -> FrameCheck:
    """The means over frames."""
    return FrameCheck(*(float(np.mean([getattr(c, f.name) for c in checks])) for f in fields(FrameCheck)))


def format_checks(checks: Sequence[FrameCheck], model: str, data: str) -> str:
    """The means over frames as lines for people."""
    mean = summary(checks)
    return "\n".join(
        [
            f"{model}: {data}, {len(checks)} frames, means in mm; distances without the wrist",
            "                   off the image   to the labels   to the poses",
            f"labels             {mean.labels_image:13.1f} {0:15.1f} {mean.labels_to_poses:14.1f}",
            f"poses              {mean.poses_image:13.1f} {mean.labels_to_poses:15.1f} {0:14.1f}",
            f"fit from labels    {mean.from_labels_image:13.1f} {mean.labels_to_from_labels:15.1f}"
            f" {mean.poses_to_from_labels:14.1f}",
            f"fit from poses     {mean.from_poses_image:13.1f} {mean.labels_to_from_poses:15.1f}"
            f" {mean.poses_to_from_poses:14.1f}",
            f"the two fits are {mean.between_fits:.1f} mm apart",
        ]
    )
