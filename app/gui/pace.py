"""How much of its time the window may spend on the 3D view: poses come first where the processor does not do both."""

from __future__ import annotations

from collections import deque

FREELY, SPARINGLY = 0.85, 0.4
"""Shares of the time for new pictures: where tracking keeps up with the source, and where it is far behind."""
LOOKS = 8
"""About two seconds."""
FEW_DROPPED, MANY_DROPPED = 4, 16
"""Frames dropped within LOOKS. Of 60, the first of a new hand may cost some; from the second number on pictures get
least. In between they give way by as much as tracking is behind: a Kinect's pictures cost tracking 3 of 30 frames a
second whether anything is drawn or not."""


class Pace:
    """Says when the next picture is due. Call `look` a few times a second."""

    def __init__(self) -> None:
        self._dropped: deque[int] = deque([0], maxlen=LOOKS + 1)
        self._next_s = 0.0

    @property
    def share(self) -> float:
        behind = (self._dropped[-1] - self._dropped[0] - FEW_DROPPED) / (MANY_DROPPED - FEW_DROPPED)
        return FREELY + min(max(behind, 0.0), 1.0) * (SPARINGLY - FREELY)

    def look(self, dropped: int) -> None:
        """dropped: how many frames of the source tracking has skipped since the start of this source."""
        if dropped < self._dropped[-1]:
            self._dropped.clear()
        self._dropped.append(dropped)

    def is_due(self, now_s: float) -> bool:
        return now_s >= self._next_s

    def took(self, began_s: float, ended_s: float) -> None:
        """A picture was drawn."""
        self._next_s = began_s + (ended_s - began_s) / self.share
