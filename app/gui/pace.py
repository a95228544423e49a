"""How much of its time the window may spend on the 3D view: poses come first where the processor does not do both."""

from __future__ import annotations

FREELY, SPARINGLY = 0.85, 0.4
"""Shares of the time for new pictures: where tracking keeps up with the source, and where it does not."""
CALM_LOOKS = 8
"""Tracking has kept up again once so many looks in a row, about two seconds, saw no frame dropped."""


class Pace:
    """Says when the next picture is due. Call `look` a few times a second."""

    def __init__(self) -> None:
        self._dropped = 0
        self._calm = CALM_LOOKS
        self._next_s = 0.0

    @property
    def share(self) -> float:
        return FREELY if self._calm >= CALM_LOOKS else SPARINGLY

    def look(self, dropped: int) -> None:
        """dropped: how many frames of the source tracking has skipped since the start."""
        self._calm = 0 if dropped > self._dropped else self._calm + 1
        self._dropped = dropped

    def is_due(self, now_s: float) -> bool:
        return now_s >= self._next_s

    def took(self, began_s: float, ended_s: float) -> None:
        """A picture was drawn."""
        self._next_s = began_s + (ended_s - began_s) / self.share
