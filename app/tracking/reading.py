"""What the pose network reads at a place, taken for a right hand, a left hand or both."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.tracking.networks import PoseNet
from app.tracking.stopwatch import Stopwatch
from models.core.camera import MIRROR
from models.core.flying import clear_points
from models.core.types import Cube, DepthFrame, Handedness, Pose, frozen_array
from models.core.voxels import cam_to_cube, cube_to_cam, occupancy

if TYPE_CHECKING:
    from models.runtime import PoseEstimate

# A small hand at the far limit, seen by a 320 x 240 camera, still covers about 150 pixels; fewer show no fingers.
MIN_POINTS = 80
# Log-odds of a right hand for each unit of advantage, from networks that do not tell sides: of single synthetic frames
# nine in ten are more confident on the right side.
ADVANTAGE_WEIGHT = 10.0
# A network is never surer than this of a side in one frame.
MOST_CERTAIN = 0.999


@dataclass(frozen=True, slots=True)
class Expectation:
    """Where the joints of the hand that is followed should be by now: (J, 3) metres, camera frame.

    spread_m: how far they may be off along an axis, a standard deviation.
    """

    joints_cam_m: NDArray[np.float64]
    spread_m: float
    hand: Handedness

    def __post_init__(self) -> None:
        joints = frozen_array(self.joints_cam_m, np.float64, (None, 3), "expected joints")
        object.__setattr__(self, "joints_cam_m", joints)

    def in_cube(self, cube: Cube, side: Handedness) -> NDArray[np.float64] | None:
        """What PoseNet.infer expects of the cube read for a side: (J, 4); None for the other side than the hand's."""
        if side != self.hand:
            return None
        joints = cam_to_cube(self.joints_cam_m, cube) * (MIRROR if side == "left" else 1)
        return np.column_stack([joints, np.full(len(joints), self.spread_m / cube.size_m)])


@dataclass(frozen=True, slots=True)
class Reading:
    """Poses by the side they were read for, of one place.

    right_log_odds: how far it speaks for a right hand; None where it does not: one side read by a network that does not
    tell sides.
    """

    poses: dict[Handedness, Pose]
    right_log_odds: float | None

    @property
    def confidence(self) -> float:
        """That of the more confident pose."""
        return max(pose.confidence for pose in self.poses.values())


class PoseReader:
    """Cuts a cube out of a frame and asks the pose network. Left hands go through it mirrored and are mirrored back."""

    def __init__(self, pose_net: PoseNet) -> None:
        self._pose_net = pose_net

    def read(
        self,
        frame: DepthFrame,
        cube: Cube,
        sides: Sequence[Handedness],
        watch: Stopwatch,
        expectation: Expectation | None = None,
    ) -> Reading | None:
        """Poses of what is in a cube; None where there is too little to see or no side gives numbers."""
        card = self._pose_net.card
        points = clear_points(frame.raw, frame.depth_units, frame.camera, cube)
        volume = occupancy(points, cube, card.input_resolution) if len(points) >= MIN_POINTS else None
        watch.lap("voxelise_ms")
        if volume is None:
            return None
        poses: dict[Handedness, Pose] = {}
        spoken: list[float] = []
        for side in sides:
            seen = volume if side == "right" else np.ascontiguousarray(volume[::-1])
            estimate = self._pose_net.infer(seen, expectation.in_cube(cube, side) if expectation else None)
            if (pose := _pose(estimate, cube, side)) is not None:
                poses[side] = pose
                if estimate.right is not None:
                    spoken.append(_log_odds(estimate.right) * (1 if side == "right" else -1))
        watch.lap("network_ms")
        if not poses:
            return None
        return Reading(poses, float(np.mean(spoken)) if spoken else _advantage(poses))


def _pose(estimate: PoseEstimate, cube: Cube, side: Handedness) -> Pose | None:
    joints_cube = np.asarray(estimate.joints_cube, dtype=np.float64) * (MIRROR if side == "left" else 1)
    confidence = float(np.mean(estimate.confidence))
    if not np.isfinite(joints_cube).all() or not np.isfinite(confidence):
        return None
    return Pose(cube_to_cam(joints_cube, cube), estimate.confidence, confidence, side, cube)


def _log_odds(probability: float) -> float:
    certain = min(max(probability, 1 - MOST_CERTAIN), MOST_CERTAIN)
    return math.log(certain / (1 - certain))


def _advantage(poses: dict[Handedness, Pose]) -> float | None:
    """Log-odds of a right hand from how much more confident its pose is; None where only one side was read."""
    if len(poses) < 2:
        return None
    right, left = poses["right"].confidence, poses["left"].confidence
    return ADVANTAGE_WEIGHT * (right - left) / max(right + left, 1e-9)
