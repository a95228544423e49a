"""Figures over any number of frames, in memory that does not grow with them."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.core.metrics import aligned_errors_mm, joint_errors_mm
from models.core.skeleton import HAND, WITHOUT_WRIST, bone_lengths
from models.core.types import Pose

MOST_VALUES = 1 << 16
"""Medians are exact up to so many values, 36 minutes at 30 a second; of more, every second one is kept, then every
fourth and so on."""


@dataclass(frozen=True, slots=True)
class ErrorSummary:
    """Errors in millimetres over the frames that have a pose, sure or unsure, and ground truth.

    mean_error_mm, median_error_mm: over frames, of each frame's mean over all joints; ..._without_wrist_mm: over the
    others. pa_error_mm: after the best similarity alignment, without the wrist. per_joint_mm: mean error of each joint.
    wrong_side: how many of the frames were taken for the other hand.
    """

    frames: int
    mean_error_mm: float
    median_error_mm: float
    mean_error_without_wrist_mm: float
    median_error_without_wrist_mm: float
    pa_error_mm: float
    per_joint_mm: dict[str, float]
    wrong_side: int


@dataclass(frozen=True, slots=True)
class Steadiness:
    """How quietly a skeleton moves, which needs no ground truth.

    shake_mm: |joint(t) - (joint(t - 1) + joint(t + 1)) / 2|, the mean over joints and over frames whose two neighbours
    have a pose of the same hand. Real changes of speed count, too. bone_variation: (standard deviation of a bone's
    length) / (its mean), the mean over bones. None with fewer than two poses.
    """

    shake_mm: float | None
    bone_variation: float | None


class Sample:
    """Numbers, of which mean and median are wanted."""

    def __init__(self) -> None:
        self._values = array("d")
        self._every = 1
        self._sum = 0.0
        self.count = 0

    def add(self, value: float) -> None:
        if self.count % self._every == 0:
            self._values.append(value)
            if len(self._values) >= MOST_VALUES:
                self._values, self._every = self._values[::2], 2 * self._every
        self._sum += value
        self.count += 1

    @property
    def mean(self) -> float | None:
        return self._sum / self.count if self.count else None

    @property
    def median(self) -> float | None:
        return float(np.median(self._values)) if self.count else None


class ErrorTally:
    """Errors of poses against ground truth."""

    def __init__(self) -> None:
        self._all, self._others = Sample(), Sample()
        self._aligned = 0.0
        self._per_joint: NDArray[np.float64] = np.zeros(len(HAND.joints))
        self._wrong_side = 0

    def add(self, pose: Pose, truth: Pose) -> float:
        """Count one frame; its mean error in millimetres."""
        errors: NDArray[np.float64] = joint_errors_mm(pose.joints_cam_m, truth.joints_cam_m)
        others = (pose.joints_cam_m[None, WITHOUT_WRIST], truth.joints_cam_m[None, WITHOUT_WRIST])
        mean_mm = float(errors.mean())
        self._all.add(mean_mm)
        self._others.add(float(errors[WITHOUT_WRIST].mean()))
        self._aligned += float(aligned_errors_mm(*others).mean())
        self._per_joint += errors
        self._wrong_side += pose.hand != truth.hand
        return mean_mm

    def summary(self) -> ErrorSummary | None:
        """None where no frame was counted."""
        frames = self._all.count
        if not frames:
            return None
        return ErrorSummary(
            frames=frames,
            mean_error_mm=self._all.mean or 0.0,
            median_error_mm=self._all.median or 0.0,
            mean_error_without_wrist_mm=self._others.mean or 0.0,
            median_error_without_wrist_mm=self._others.median or 0.0,
            pa_error_mm=self._aligned / frames,
            per_joint_mm={
                joint: round(float(sum_mm) / frames, 2) for joint, sum_mm in zip(HAND.joints, self._per_joint)
            },
            wrong_side=self._wrong_side,
        )


class SteadinessTally:
    """Poses of consecutive frames."""

    def __init__(self) -> None:
        self._before: tuple[Pose | None, Pose | None] = (None, None)
        self._shake = Sample()
        self._count = 0
        self._mean: NDArray[np.float64] = np.zeros(len(HAND.bones))
        self._squares: NDArray[np.float64] = np.zeros(len(HAND.bones))  # sums of squared distances from the mean

    def add(self, pose: Pose | None) -> None:
        """The next frame's pose."""
        first, middle = self._before
        self._before = middle, pose
        if first and middle and pose and first.hand == middle.hand == pose.hand:
            between = (first.joints_cam_m + pose.joints_cam_m) / 2
            self._shake.add(float(joint_errors_mm(middle.joints_cam_m, between).mean()))
        if pose is not None:  # Welford's way: no sums of large numbers are subtracted
            lengths: NDArray[np.float64] = bone_lengths(pose.joints_cam_m[None], HAND.bones)[0]
            self._count += 1
            step = lengths - self._mean
            self._mean += step / self._count
            self._squares += step * (lengths - self._mean)

    def summary(self) -> Steadiness:
        variation = None
        if self._count > 1:
            deviations = np.sqrt(self._squares / self._count)
            variation = float((deviations / np.maximum(self._mean, 1e-9)).mean())
        return Steadiness(self._shake.mean, variation)
