"""Which hand is it? Evidence gathered over frames, so that one doubtful frame does not flip the skeleton."""

from __future__ import annotations

import math

from models.core.types import Handedness

# A frame's weight: the mean of the first frames, then a window of about this many.
WINDOW_FRAMES = 12
# The other side must be this likely on average before the answer changes.
SWITCH_PROBABILITY = 0.65
# The pose network reads both sides until the answer is settled, and now and then afterwards.
SETTLED_FRAMES, SETTLED_PROBABILITY = 6, 0.8
RECHECK_FRAMES = 15
# Log-odds of a right hand for each unit of the pose network's advantage: 0.1, a clear case, gives 0.88.
ADVANTAGE_WEIGHT = 20.0
# No single answer of a network counts for more than this.
MOST_CERTAIN = 0.95

BOTH: tuple[Handedness, ...] = ("right", "left")


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

    def sides_to_read(self, new_hand: bool = False) -> tuple[Handedness, ...]:
        """The sides worth a pass of the pose network in this frame; of a new hand nothing is known yet."""
        if self._fixed:
            return (self._fixed,)
        doubtful = self._count < SETTLED_FRAMES or 1 - SETTLED_PROBABILITY < self._right < SETTLED_PROBABILITY
        if new_hand or doubtful or self._count % RECHECK_FRAMES == 0:
            return BOTH
        return (self._side,)

    def update(self, right: float, right_advantage: float = 0.0) -> Handedness:
        """The side after one more frame.

        right: the reference network's probability of a right hand. right_advantage: how much more confident the pose
        network is when it reads a right hand, -1..1.
        """
        right = min(max(right, 1 - MOST_CERTAIN), MOST_CERTAIN)
        log_odds = math.log(right / (1 - right)) + ADVANTAGE_WEIGHT * right_advantage
        right = min(max(1 / (1 + math.exp(-log_odds)), 1 - MOST_CERTAIN), MOST_CERTAIN)
        self._count += 1
        self._right += (right - self._right) / min(self._count, WINDOW_FRAMES)
        if self._count == 1:
            self._side = "right" if right >= 0.5 else "left"
        elif self._right > SWITCH_PROBABILITY:
            self._side = "right"
        elif self._right < 1 - SWITCH_PROBABILITY:
            self._side = "left"
        return self._fixed or self._side
