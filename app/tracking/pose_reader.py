"""What the pose network reads at a place, taken for a right hand, a left hand or both."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.tracking.result import Stopwatch
from models.core.types import Cube, DepthFrame, Handedness, Pose
from models.reading.hand import Expectation, HandReading, Look, read, second_look
from models.reading.networks import PoseNet
from models.reading.volume import volume_of

# Log-odds of a right hand for each unit of advantage, from networks that do not tell sides: of single synthetic frames
# nine in ten are more confident on the right side.
ADVANTAGE_WEIGHT = 10.0
# A network is never surer than this of a side in one frame.
MOST_CERTAIN = 0.999


@dataclass(frozen=True, slots=True)
class PosesBySide:
    """Poses by the side they were read for, of one place, and the readings that they come from.

    right_log_odds: above zero for a right hand, below for a left one. None where the frame says nothing about it: only
    one side was read, by a network that does not tell sides.
    """

    poses: dict[Handedness, Pose]
    readings: dict[Handedness, HandReading]
    right_log_odds: float | None

    @property
    def confidence(self) -> float:
        """That of the more confident pose."""
        return max(pose.confidence for pose in self.poses.values())


class PoseReader:
    """Asks the pose network about cubes of frames."""

    def __init__(self, pose_net: PoseNet) -> None:
        self._pose_net = pose_net

    def read(
        self,
        frame: DepthFrame,
        cube: Cube,
        sides: Sequence[Handedness],
        watch: Stopwatch,
        expectation: Expectation | None = None,
    ) -> PosesBySide | None:
        """Poses of what is in a cube; None where there is too little to see or no side gives numbers."""
        volume = volume_of(frame, cube, self._pose_net.card.input_resolution)
        watch.lap("voxelise_ms")
        if not volume.shows_enough:
            return None
        readings = read(self._pose_net, [Look(volume, side, expectation) for side in sides])
        watch.lap("network_ms")
        poses: dict[Handedness, Pose] = {}
        kept: dict[Handedness, HandReading] = {}
        spoken: list[float] = []
        for reading in readings:
            if (pose := _pose(reading)) is not None:
                poses[pose.hand], kept[pose.hand] = pose, reading
                if reading.side_probability is not None:
                    spoken.append(_log_odds(reading.side_probability) * (1 if pose.hand == "right" else -1))
        if not poses:
            return None
        return PosesBySide(poses, kept, float(np.mean(spoken)) if spoken else _advantage(poses))

    def read_again(
        self, frame: DepthFrame, reading: HandReading, watch: Stopwatch, expectation: Expectation | None = None
    ) -> Pose | None:
        """The pose of a doubtful reading after a second look."""
        pose = _pose(second_look(self._pose_net, frame, reading, expectation))
        watch.lap("network_ms")
        return pose


def _pose(reading: HandReading) -> Pose | None:
    confidence = float(np.mean(reading.confidence))
    if not np.isfinite(reading.joints_cam_m).all() or not np.isfinite(confidence):
        return None
    side, cube = reading.look.side, reading.look.volume.cube
    return Pose(reading.joints_cam_m, reading.confidence, confidence, side, cube, reading.joint_sd_mm)


def _log_odds(probability: float) -> float:
    certain = min(max(probability, 1 - MOST_CERTAIN), MOST_CERTAIN)
    return math.log(certain / (1 - certain))


def _advantage(poses: dict[Handedness, Pose]) -> float | None:
    """Log-odds of a right hand from how much more confident its pose is; None where only one side was read."""
    if len(poses) < 2:
        return None
    right, left = poses["right"].confidence, poses["left"].confidence
    return ADVANTAGE_WEIGHT * (right - left) / max(right + left, 1e-9)
