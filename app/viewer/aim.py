"""What the view looks at: the first cloud, the first hand, and then the hand wherever it goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from models.core.types import Pose

Point = NDArray[np.float64]

HAND_HALF_HEIGHT_M = 0.19
CLOUD_HALF_HEIGHT_M = 0.45
_CLOUD_DEPTH_M = 0.5
_MARGIN_M = 0.08
"""Beside two hands: their joints lie inside of them."""
_WIDE = 1.35
"""Width of a view for its height, about; a wider one shows more."""
_SETTLE_S = 0.3
_LONGEST_STEP_S = 0.2
_DEAD_ZONE_M = 0.025


class Viewpoint(Enum):
    """Where a view stands: degrees to the right of the depth camera's axis, and above it; whether it frames the hand.

    ASIDE is the first one: from the camera itself the view would only repeat the depth image. FRONT looks straight at
    the hand, along the camera's axis; CAMERA does so from the camera's own place, however far off the hand is.
    """

    ASIDE = (27.0, 14.0, True)
    CAMERA = (0.0, 0.0, False)
    FRONT = (0.0, 0.0, True)
    SIDE = (85.0, 5.0, True)
    TOP = (0.0, 80.0, True)

    @property
    def frames_hand(self) -> bool:
        return self.value[2]

    def toward_eye(self) -> Point:
        """Unit vector (3,) from what is looked at to the eye, camera frame."""
        right, up = np.radians(self.value[:2])
        return np.array([np.sin(right) * np.cos(up), -np.sin(up), -np.cos(right) * np.cos(up)])

    def upward(self) -> Point:
        """Unit vector (3,) that stands upright in the view, at a right angle to the one to the eye."""
        right, up = np.radians(self.value[:2])
        return np.array([-np.sin(right) * np.sin(up), -np.cos(up), np.cos(right) * np.sin(up)])


@dataclass(frozen=True, slots=True)
class Focus:
    """A point (3,) in the camera frame, metres, and how much around it the view should show."""

    center_cam_m: Point
    half_height_m: float


def hands_focus(poses: Sequence[Pose]) -> Focus:
    """The middle of the box around all joints of one hand or two, and so much around it that both are in the view."""
    joints = np.concatenate([pose.joints_cam_m for pose in poses])
    low, high = joints.min(axis=0), joints.max(axis=0)
    width_m = float(high[0] - low[0]) + 2 * _MARGIN_M if len(poses) > 1 else 0.0
    return Focus((low + high) / 2, max(HAND_HALF_HEIGHT_M, width_m / 2 / _WIDE))


def cloud_focus(points_cam_m: NDArray) -> Focus:
    """The nearest half metre of a cloud (N, 3); N above zero."""
    near_m = float(np.percentile(points_cam_m[:, 2], 5))
    close = points_cam_m[points_cam_m[:, 2] < near_m + _CLOUD_DEPTH_M]
    return Focus(np.median(close, axis=0).astype(np.float64), CLOUD_HALF_HEIGHT_M)


def from_camera(focus: Focus, half_field: float) -> Focus:
    """What is looked at from the camera's own place, straight ahead. half_field: of the view, radians, upright."""
    ahead_m = max(float(focus.center_cam_m[2]), 0.1)
    return Focus(np.array([0.0, 0.0, ahead_m]), ahead_m * float(np.tan(half_field)))


class HandFollower:
    """Turns the jumps of a hand into a calm movement of the view; small ones move nothing."""

    def __init__(self) -> None:
        self._anchor: Point | None = None
        self._time_s = 0.0

    def forget(self, center: Point | None = None) -> None:
        """Start over, from `center` where the view already looks there."""
        self._anchor = None if center is None else np.array(center, dtype=np.float64)

    def shift(self, center: Point, time_s: float) -> Point:
        """How far (3,), metres, the view should move now that the hand is at `center` at a monotonic time."""
        step_s = min(max(time_s - self._time_s, 0.0), _LONGEST_STEP_S)
        self._time_s = time_s
        if self._anchor is None:
            self._anchor = np.array(center, dtype=np.float64)
        away = center - self._anchor
        distance_m = float(np.linalg.norm(away))
        if distance_m <= _DEAD_ZONE_M:
            return np.zeros(3)
        share = (1.0 - np.exp(-step_s / _SETTLE_S)) * (1.0 - _DEAD_ZONE_M / distance_m)
        self._anchor = self._anchor + share * away
        return share * away


def looked_at(T_view_camera: NDArray, last_cam_m: Point) -> Point:  # noqa: N803  frames are in the name
    """The point (3,) that a view looks at after turning, zooming or moving, given the one before.

    open3d does not tell it. It is the point of the line of sight that is nearest to the last one: turning and zooming
    keep it on that line, and moving shifts it across.
    """
    rotation, eye = T_view_camera[:3, :3], -T_view_camera[:3, :3].T @ T_view_camera[:3, 3]
    forward = rotation[2]
    return eye + forward * float((last_cam_m - eye) @ forward)
