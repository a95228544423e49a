"""A hand's bones keep their lengths: what a network finds frame by frame is corrected by what the track has shown."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.core.skeleton import FINGER_MCPS, HAND

# Beside the bones the palm, which is nearly rigid: its knuckles and the root of the thumb keep their distances.
_PALM = [(a, b) for i, a in enumerate(FINGER_MCPS) for b in FINGER_MCPS[i + 1 :]]
_THUMB_CMC = 17
_PAIRS = np.array([*HAND.bones, *_PALM, (_THUMB_CMC, FINGER_MCPS[0]), (_THUMB_CMC, FINGER_MCPS[-1])])
_FROM, _TO = _PAIRS.T
_SIGNS = np.eye(len(HAND.joints))[_TO] - np.eye(len(HAND.joints))[_FROM]
# Of what is remembered of a length, so much is left after a frame: some three seconds at 30 fps.
_MEMORY = 0.99
# Variances in units of a joint's that is not seen at all: of one that is clearly seen, and of a known length.
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
        """Joints (21, 3) metres, moved to where their bones have about the lengths that this hand has shown so far.

        confidence: (21,) in 0..1; joints that are less surely seen move more, and bones between them are learned from
        less. The update of a Kalman filter whose measurements are the lengths, in one step from the joints as found.
        """
        bones_m = joints_m[_TO] - joints_m[_FROM]
        lengths_m = np.maximum(np.linalg.norm(bones_m, axis=1), 1e-6)
        seen = np.minimum(confidence[_FROM], confidence[_TO]) ** 2
        self._weights = _MEMORY * self._weights + seen
        self._sums = _MEMORY * self._sums + seen * lengths_m
        known_m = np.where(self._weights > 0, self._sums / np.maximum(self._weights, 1e-9), lengths_m)
        directions = bones_m / lengths_m[:, None]
        slopes = (_SIGNS[:, :, None] * directions[:, None, :]).reshape(len(_PAIRS), -1)  # of lengths, by coordinates
        variances = np.repeat(1 + _SEEN_VARIANCE - np.clip(confidence, 0, 1), 3)
        gain = np.linalg.solve(
            (slopes * variances) @ slopes.T + _LENGTH_VARIANCE * np.eye(len(_PAIRS)), known_m - lengths_m
        )
        moved: NDArray[np.float64] = joints_m + (variances * (slopes.T @ gain)).reshape(joints_m.shape)
        return moved
