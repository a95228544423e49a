"""Which hand is it? Evidence summed over a track, because a hand does not change its side while it is followed."""

from __future__ import annotations

import numpy as np

from models.core.types import Handedness

# The most that one frame may add. It is little, because frames that follow each other make the same mistake.
MOST_A_FRAME = 2.0
# The sum stops here: 30 clear frames, a second, bring it back to zero, so that the track can go over to the other hand
# at any time. It is not less, because a turning hand can look like the other one for half a second.
MOST_EVIDENCE = 60.0
# The answer changes only where the evidence for the other side is worth a clear frame.
SWITCH_EVIDENCE = 2.0
# The pose network reads both sides until the answer is settled. Afterwards networks that tell sides speak in every
# frame; of others every third frame is read from the other side, too, which keeps an early mistake from lasting.
FIRST_FRAMES, SETTLED_EVIDENCE, RECHECK_FRAMES = 6, 8.0, 3

BOTH: tuple[Handedness, ...] = ("right", "left")


class SideEstimate:
    """Sums log-odds of a right hand; `fixed` answers the same whatever it sees."""

    def __init__(self, fixed: Handedness | None = None) -> None:
        self._fixed = fixed
        self.reset()

    def reset(self) -> None:
        """Forget: another hand may come."""
        self._frames = self._silent = 0
        self._evidence = 0.0
        self._side: Handedness = "right"

    @property
    def evidence(self) -> float:
        """The log-odds of a right hand, all that is known taken together."""
        return self._evidence

    def sides_to_read(self, new_hand: bool = False) -> tuple[Handedness, ...]:
        """The sides worth a pass of the pose network in this frame; of a new hand nothing is known yet."""
        if self._fixed:
            return (self._fixed,)
        unsettled = self._frames < FIRST_FRAMES or abs(self.evidence) < SETTLED_EVIDENCE
        if new_hand or unsettled or self._silent >= RECHECK_FRAMES - 1:
            return BOTH
        return (self._side,)

    @property
    def is_settled(self) -> bool:
        """Whether the side is known well enough to hold a frame that contradicts it against the frame."""
        return self._fixed is not None or abs(self.evidence) >= SETTLED_EVIDENCE

    def update(self, right_log_odds: float | None) -> Handedness:
        """The side after one more frame, which speaks for a right hand with these log-odds, or not at all (None)."""
        self._frames += 1
        self._silent = self._silent + 1 if right_log_odds is None else 0
        added = np.clip(right_log_odds or 0.0, -MOST_A_FRAME, MOST_A_FRAME)
        self._evidence = float(np.clip(self._evidence + added, -MOST_EVIDENCE, MOST_EVIDENCE))
        needed = 0.0 if self._frames <= FIRST_FRAMES else SWITCH_EVIDENCE
        if self.evidence > needed:
            self._side = "right"
        elif self.evidence < -needed:
            self._side = "left"
        return self._fixed or self._side
