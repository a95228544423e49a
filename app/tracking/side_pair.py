"""The sides of two hands that are followed at once: they belong to one person, unless both clearly are of one side."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from app.tracking.side import BOTH, MOST_EVIDENCE, SETTLED_EVIDENCE, SideEstimate
from models.core.types import Handedness

# Two hands of the same side belong to two people. Both must have shown it for long: a turning hand looks like the
# other one for half a second, which is at most half of the evidence that there can be.
TWO_PEOPLE = 2 / 3 * MOST_EVIDENCE


class PairedSide(SideEstimate):
    """The side of one of two hands. What speaks for the right side of one speaks for the left side of the other.

    A hand that comes back after it was hidden gets its old side from the one that was seen all the time. partner: the
    other hand's; None while no other hand counts.
    """

    def __init__(self, fixed: Handedness | None = None) -> None:
        self.partner: PairedSide | None = None
        self._held: float | None = None
        super().__init__(fixed)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Within, what the partner shows counts as it is now: both may be asked in any order, or at once."""
        self._held = self._of_partner()
        try:
            yield
        finally:
            self._held = None

    def _of_partner(self) -> float:
        return self.partner._evidence if self.partner else 0.0

    @property
    def evidence(self) -> float:
        own, other = self._evidence, self._of_partner() if self._held is None else self._held
        if min(abs(own), abs(other)) >= TWO_PEOPLE and own * other > 0:
            return own
        return own - other

    def sides_to_read(self, new_hand: bool = False) -> tuple[Handedness, ...]:
        """The sides worth a pass of the pose network: beside a hand whose side is settled, the other one only."""
        sides = super().sides_to_read(new_hand)
        if sides != BOTH or self.partner is None or abs(self.evidence) < SETTLED_EVIDENCE:
            return sides
        return ("right",) if self.evidence > 0 else ("left",)
