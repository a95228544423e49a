"""How fast points move: the slope of the straight line through their places of the last tenth of a second.

    velocity = sum (t - mean t) (place - mean place) / sum (t - mean t)^2

One step back alone would make 60 mm/s of joints that tremble by 2 mm at 30 frames a second; four frames make half of
it. What is said is the velocity in the middle of that time, half a tenth of a second ago at most.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

SPAN_S = 0.105  # a tenth, and what clocks of cameras are off
LONGEST_GAP_S = 0.5


class Motion:
    """Remembers the last places of a set of points. Used by one thread at a time."""

    def __init__(self) -> None:
        self._times_s: list[float] = []
        self._places: list[NDArray[np.float64]] = []

    def velocities(self, points_m: NDArray[Any], time_s: float) -> NDArray[np.float64] | None:
        """Metres a second (N, 3) of points (N, 3) at `time_s`; None for the first, after a gap, or back in time."""
        if self._times_s and not 0 < time_s - self._times_s[-1] <= LONGEST_GAP_S:
            self._times_s, self._places = [], []
        self._times_s.append(time_s)
        self._places.append(np.array(points_m, dtype=np.float64))
        if len(self._times_s) == 1:
            return None
        # Of slow films two frames, of fast ones those of the span.
        while len(self._times_s) > 2 and time_s - self._times_s[0] > SPAN_S:
            del self._times_s[0], self._places[0]
        times = np.array(self._times_s) - np.mean(self._times_s)
        slopes: NDArray[np.float64] = np.tensordot(times, np.stack(self._places), axes=1) / (times @ times)
        return slopes
