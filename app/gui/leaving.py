"""Hands that are hardly in the picture: what is read of them is a guess and is not shown."""

from __future__ import annotations

import numpy as np

from models.core.camera import project
from models.core.types import Camera, Pose

MOST_OUTSIDE = 0.1
"""Share of the joints that may lie outside of the image before the hand counts as leaving it."""


def leaves_picture(pose: Pose | None, camera: Camera) -> bool:
    """Whether more than a tenth of the joints, seen from the camera, lie outside of its image."""
    if pose is None:
        return False
    if (pose.joints_cam_m[:, 2] <= 0).any():
        return True
    uv = project(pose.joints_cam_m, camera) + 0.5  # pixel centres are at integers
    outside = (uv < 0).any(axis=1) | (uv[:, 0] > camera.width) | (uv[:, 1] > camera.height)
    return bool(np.mean(outside) > MOST_OUTSIDE)
