"""A filter on joints: calm when the hand is still, and not late when it moves.

Each joint has a place and a speed, as in a Kalman filter of constant speed, so that an even movement costs no delay
(g-h filter with the gains of Benedict and Bordner, IRE Trans. Automatic Control 7(4), 1962):

    off    = new - (place + speed dt)
    place  = place + speed dt + g off
    speed  = speed + h off / dt          h = g^2 / (2 - g)

The gain g lies between a still hand's and a moving one's. What tells them apart is whether the joints keep being off to
the same side (after Trigg and Leach, Operational Research Quarterly 18(1), 1967): noise points each way in turn. The
hand as a whole is asked, whose noise is less than a joint's, and each joint, for fingers that move alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

STILL_GAIN, MOVING_GAIN = 0.12, 0.9
"""A still hand's joints shake by a third of what they do unfiltered; a moving hand's noise cannot be seen."""
MEMORY = 0.35
"""The share of the newest frame in the mean of how far joints are off."""
STILL_EVIDENCE, MOVING_EVIDENCE = 10.0, 50.0
"""A hand is still up to the first, and moves for sure from the second on; noise alone is 1 on average."""
SLOWED = 0.3
"""A still hand loses this share of its speed in a frame."""
NOISE_MEMORY, START_NOISE_M, NOISE_RANGE_M = 0.05, 0.0016, (0.001, 0.004)
"""The noise along an axis is measured, slowly and within a range: cameras differ, and so do hands far and near."""
TOGETHER = 3
"""Neighbouring joints err together: so many of them tell as much as one."""
FRAME_S = 1 / 30
"""All shares above are those of a frame of 30 a second."""
LONGEST_GAP_S = 0.5
"""After a longer time nothing is known of a joint."""


class SteadyFilter:
    """Filters the points (J, 3) of one hand, metres. It does not depend on the axes."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the past: the next points pass unchanged."""
        self._last: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None  # the two newest inputs
        self._places = self._speeds = self._drift = np.zeros((0, 3))
        self._noise_m2 = START_NOISE_M**2
        self._time_s = 0.0

    def filter(self, points: NDArray[Any], time_s: float) -> NDArray[np.float64]:
        """Smoothed points (J, 3); points at the last time again, earlier, or long after it, start afresh."""
        new: NDArray[np.float64] = np.array(points, dtype=np.float64)
        dt = time_s - self._time_s
        if self._last is None or new.shape != self._places.shape or not 0 < dt <= LONGEST_GAP_S:
            self.reset()
            self._last, self._places, self._time_s = (new, new), new.copy(), time_s
            self._speeds, self._drift = np.zeros_like(new), np.zeros_like(new)
            return np.array(new)
        frames = dt / FRAME_S
        self._measure_noise(new, frames)
        predicted = self._places + dt * self._speeds
        off = new - predicted
        moving = self._moving(off, frames)
        gain = _share(STILL_GAIN + moving * (MOVING_GAIN - STILL_GAIN), frames)
        self._places = predicted + gain * off
        self._speeds += gain**2 / (2 - gain) / dt * off
        self._speeds *= 1 - (1 - moving) * _share(SLOWED, frames)
        self._time_s = time_s
        return np.array(self._places)

    def _measure_noise(self, new: NDArray[np.float64], frames: float) -> None:
        """From how far the joints are from going straight on, a second difference: it has six times their variance."""
        assert self._last is not None
        before, last = self._last
        self._last = last, new
        bent = ((new - 2 * last + before) ** 2).sum(axis=1)
        # Of the squared length of normal noise in space the median is 0.79 times the mean, which is three variances.
        seen_m2 = np.clip(np.median(bent) / (6 * 3 * 0.79), NOISE_RANGE_M[0] ** 2, NOISE_RANGE_M[1] ** 2)
        self._noise_m2 += float(_share(NOISE_MEMORY, frames) * (seen_m2 - self._noise_m2))

    def _moving(self, off: NDArray[np.float64], frames: float) -> NDArray[np.float64]:
        """How surely each joint moves (J, 1): 0 still, 1 moving."""
        memory = float(_share(MEMORY, frames))
        self._drift += memory * (off - self._drift)
        joint_m2 = 3 * self._noise_m2
        hand_m2 = joint_m2 / max(len(off) / TOGETHER, 1)
        calmed = memory / (2 - memory)  # of a mean of many frames the variance, against that of one
        own = (self._drift**2).sum(axis=1, keepdims=True) / (calmed * joint_m2)
        whole = max((self._drift.mean(axis=0) ** 2).sum() / (calmed * hand_m2), (off.mean(axis=0) ** 2).sum() / hand_m2)
        evidence = np.maximum(own, whole)
        moving: NDArray[np.float64] = np.clip(
            (evidence - STILL_EVIDENCE) / (MOVING_EVIDENCE - STILL_EVIDENCE), 0.0, 1.0
        )
        return moving


def _share(a_frame: float | NDArray[np.float64], frames: float) -> float | NDArray[np.float64]:
    """The share that is taken in a time of so many frames, where in one frame it is `a_frame`."""
    return 1 - (1 - a_frame) ** frames
