"""Stand-ins for the synthetic hands: a few points around known joints, made in microseconds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class FakePose:
    points_cam_m: np.ndarray
    joints_cam_m: np.ndarray
    reference_cam_m: np.ndarray


@dataclass(frozen=True)
class FakeReference:
    crop: np.ndarray
    points: np.ndarray
    presence: bool


class FakeSampler:
    """Hands that are clouds of points right at their joints; crops whose mean depth is the offset."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.made = 0
        self._rng = np.random.default_rng(seed)

    def pose_sample(self) -> FakePose:
        self.made += 1
        reference = np.array([0.02, -0.03, 0.5]) + self._rng.normal(0, 0.05, 3)
        joints = reference + self._rng.uniform(-0.08, 0.08, (21, 3))
        points = joints[self._rng.integers(0, 21, 400)] + self._rng.normal(0, 0.004, (400, 3))
        return FakePose(points.astype(np.float32), joints, reference)

    def reference_sample(self) -> FakeReference:
        self.made += 1
        offset = self._rng.uniform(-0.2, 0.2, 3).astype(np.float32)
        points = np.vstack([offset, offset + self._rng.uniform(-0.2, 0.2, (21, 3))]).astype(np.float32)
        crop = np.clip(self._rng.normal(offset[2], 0.1, (1, 48, 48)), -1, 1).astype(np.float32)
        return FakeReference(crop, points, bool(self._rng.random() < 0.6))
