"""Which hand is it? Evidence gathered over frames, so that one doubtful frame does not flip the skeleton."""

from __future__ import annotations

from models.core.types import Handedness

# A frame's weight: the mean of the first frames, then a window of about this many.
WINDOW_FRAMES = 12
# The other side must be this likely on average before the answer changes.
SWITCH_PROBABILITY = 0.65


class SideEstimate:
    """Averages the probability of a right hand; `fixed` answers the same whatever it sees."""

    def __init__(self, fixed: Handedness | None = None) -> None:
        self._fixed = fixed
        self.reset()

    def reset(self) -> None:
        """Forget: another hand may come."""
        self._count = 0
        self._right = 0.5
        self._side: Handedness = "right"

    def update(self, right: float) -> Handedness:
        """The side after one more frame in which a right hand had probability `right` (0..1)."""
        self._count += 1
        self._right += (right - self._right) / min(self._count, WINDOW_FRAMES)
        if self._count == 1:
            self._side = "right" if right >= 0.5 else "left"
        elif self._right > SWITCH_PROBABILITY:
            self._side = "right"
        elif self._right < 1 - SWITCH_PROBABILITY:
            self._side = "left"
        return self._fixed or self._side
