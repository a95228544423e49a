"""Bones keep their lengths: joints are moved until each bone is about as long as it was in the frames before.

One step of a Kalman filter whose measurements are the lengths of the bones:

    joints + P Hᵀ (H P Hᵀ + R)⁻¹ (remembered lengths - lengths as found)

P is the variance of a joint's coordinate, R that of a remembered length, H the slope of each length by each coordinate.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.core.skeleton import FINGER_MCPS, HAND

# The bones, and distances in the palm that keep their lengths as bones do: between the knuckles, and from two of them
# to the root of the thumb.
_PALM = [(a, b) for i, a in enumerate(FINGER_MCPS) for b in FINGER_MCPS[i + 1 :]]
_THUMB_CMC = 17
_PAIRS = np.array([*HAND.bones, *_PALM, (_THUMB_CMC, FINGER_MCPS[0]), (_THUMB_CMC, FINGER_MCPS[-1])])
_FROM, _TO = _PAIRS.T
_SIGNS = np.eye(len(HAND.joints))[_TO] - np.eye(len(HAND.joints))[_FROM]
# A length that was seen n frames ago counts 0.99^n: after 100 frames, three seconds at 30 fps, about a third.
_MEMORY = 0.99
# P = 1.02 - confidence: 1.02 for a joint that is not seen, 0.02 for one that is clearly seen. R = 0.1. Only their
# ratios count: a hidden joint moves 51 times as easily as a clear one. What this gives: docs/experiments.md.
_SEEN_VARIANCE, _LENGTH_VARIANCE = 0.02, 0.1


class SteadyBones:
    """Learns the lengths of one hand's bones while it is tracked. Used by one thread at a time."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the hand: another one may come."""
        self._weights = np.zeros(len(_PAIRS))
        self._sums = np.zeros(len(_PAIRS))

    def corrected(self, joints_m: NDArray[Any], confidence: NDArray[Any]) -> NDArray[np.float64]:
        """The joints, moved so that the bones have about the lengths that this hand has shown so far.

        joints_m: (21, 3) metres; returned likewise. confidence: (21,) in 0..1. A joint of low confidence moves more.
        A bone counts for the memory with the square of the lower confidence of its two ends.
        """
        bones_m = joints_m[_TO] - joints_m[_FROM]
        lengths_m = np.maximum(np.linalg.norm(bones_m, axis=1), 1e-6)
        seen = np.minimum(confidence[_FROM], confidence[_TO]) ** 2
        self._weights = _MEMORY * self._weights + seen
        self._sums = _MEMORY * self._sums + seen * lengths_m
        known_m = np.where(self._weights > 0, self._sums / np.maximum(self._weights, 1e-9), lengths_m)
        directions = bones_m / lengths_m[:, None]
        slopes = (_SIGNS[:, :, None] * directions[:, None, :]).reshape(len(_PAIRS), -1)  # H: pairs by coordinates
        variances = np.repeat(1 + _SEEN_VARIANCE - np.clip(confidence, 0, 1), 3)
        gain = np.linalg.solve(
            (slopes * variances) @ slopes.T + _LENGTH_VARIANCE * np.eye(len(_PAIRS)), known_m - lengths_m
        )
        moved: NDArray[np.float64] = joints_m + (variances * (slopes.T @ gain)).reshape(joints_m.shape)
        return moved
