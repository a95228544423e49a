"""One Euro filter on joints (Casiez, Roussel, Vogel, CHI 2012): calm when the hand is still, quick when it moves."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

# The joints of a still hand tremble by a few millimetres at 5 to 10 Hz, mostly from noise of the depth image. 1.5 Hz is
# well below that.
MIN_CUTOFF_HZ = 1.5
# At half a metre a second the cutoff is 11.5 Hz, a lag of under half a frame at 30 fps.
CUTOFF_HZ_PER_M_S = 20.0
SPEED_CUTOFF_HZ = 2.0


class OneEuroFilter:
    """Filters points (J, 3); the speed of a whole point sets its cutoff, so the filter does not depend on the axes."""

    def __init__(
        self,
        min_cutoff_hz: float = MIN_CUTOFF_HZ,
        beta: float = CUTOFF_HZ_PER_M_S,
        speed_cutoff_hz: float = SPEED_CUTOFF_HZ,
    ) -> None:
        if min_cutoff_hz <= 0 or speed_cutoff_hz <= 0 or beta < 0:
            raise ValueError(
                f"filter: expected cutoffs above zero and beta >= 0, got {min_cutoff_hz}, {speed_cutoff_hz} and {beta}"
            )
        self._min_cutoff_hz, self._beta, self._speed_cutoff_hz = min_cutoff_hz, beta, speed_cutoff_hz
        self.reset()

    def reset(self) -> None:
        """Forget the past: the next points pass unchanged."""
        self._points: NDArray[np.float64] | None = None
        self._velocity: NDArray[np.float64] | None = None
        self._time_s = 0.0

    def filter(self, points: NDArray[Any], time_s: float) -> NDArray[np.float64]:
        """Smoothed points (J, 3) in the unit of the input; points at the last time again, or earlier, start afresh."""
        new: NDArray[np.float64] = np.array(points, dtype=np.float64)
        dt = time_s - self._time_s
        if self._points is None or self._velocity is None or dt <= 0 or self._points.shape != new.shape:
            self._points, self._velocity, self._time_s = new, np.zeros_like(new), time_s
            return np.array(new)
        speed_weight = _weight(self._speed_cutoff_hz, dt)
        self._velocity += speed_weight * ((new - self._points) / dt - self._velocity)
        speed = np.linalg.norm(self._velocity, axis=-1, keepdims=True)
        cutoff = self._min_cutoff_hz + self._beta * speed
        smoothed: NDArray[np.float64] = self._points + _weight(cutoff, dt) * (new - self._points)
        self._points, self._time_s = smoothed, time_s
        return np.array(smoothed)


def _weight(cutoff_hz: float | NDArray[Any], dt_s: float) -> NDArray[Any] | float:
    """Share of the new value that a first-order low-pass of `cutoff_hz` takes after `dt_s`."""
    return 1 / (1 + 1 / (2 * math.pi * cutoff_hz * dt_s))
