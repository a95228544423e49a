"""What the pose network reads at a place, taken for a right hand, a left hand or both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.tracking.networks import PoseNet
from app.tracking.stopwatch import Stopwatch
from models.core.camera import windowed
from models.core.flying import without_flying_pixels
from models.core.types import Cube, DepthFrame, Handedness, Pose
from models.core.voxels import crop_window, cube_to_cam, occupancy, points_in_cube

# A small hand at the far limit, seen by a 320 x 240 camera, still covers about 150 pixels; fewer show no fingers.
MIN_POINTS = 80


@dataclass(frozen=True, slots=True)
class Reading:
    """Poses by the side they were read for, of one place."""

    poses: dict[Handedness, Pose]

    @property
    def confidence(self) -> float:
        """That of the more confident pose."""
        return max(pose.confidence for pose in self.poses.values())

    @property
    def right_advantage(self) -> float:
        """How much more confident the right hand's pose is, -1..1; 0 where only one side was read."""
        if len(self.poses) < 2:
            return 0.0
        right, left = self.poses["right"].confidence, self.poses["left"].confidence
        return (right - left) / max(right + left, 1e-9)


class PoseReader:
    """Cuts a cube out of a frame and asks the pose network. Left hands go through it mirrored and are mirrored back."""

    def __init__(self, pose_net: PoseNet) -> None:
        self._pose_net = pose_net

    def read(
        self, frame: DepthFrame, center_cam_m: NDArray, sides: Sequence[Handedness], watch: Stopwatch
    ) -> Reading | None:
        """Poses around a centre (3,) metres; None where there is too little to see or no side gives numbers."""
        card = self._pose_net.card
        cube = Cube(center_cam_m, card.size_m)
        points = _points(frame, cube)
        volume = occupancy(points, cube, card.input_resolution) if len(points) >= MIN_POINTS else None
        watch.lap("voxelise_ms")
        if volume is None:
            return None
        poses = {side: pose for side in sides if (pose := self._infer(volume, cube, side)) is not None}
        watch.lap("network_ms")
        return Reading(poses) if poses else None

    def _infer(self, volume: NDArray[np.uint8], cube: Cube, side: Handedness) -> Pose | None:
        estimate = self._pose_net.infer(volume if side == "right" else np.ascontiguousarray(volume[::-1]))
        joints_cube = np.array(estimate.joints_cube, dtype=np.float64)
        confidence = float(np.mean(estimate.confidence))
        if not np.isfinite(joints_cube).all() or not np.isfinite(confidence):
            return None
        if side == "left":
            joints_cube[:, 0] *= -1
        return Pose(cube_to_cam(joints_cube, cube), estimate.confidence, confidence, side, cube)


def _points(frame: DepthFrame, cube: Cube) -> NDArray[np.float32]:
    """The cube's points (N, 3), metres, camera frame, without those that hang between two surfaces."""
    camera = frame.camera
    rows, columns = crop_window(camera, cube)
    window = frame.raw[rows, columns]
    if not window.size:
        return np.empty((0, 3), dtype=np.float32)
    cleaned = without_flying_pixels(window, frame.depth_units, cube.center_cam_m[2] / camera.fx)
    return points_in_cube(cleaned, frame.depth_units, windowed(camera, (rows, columns)), cube)
