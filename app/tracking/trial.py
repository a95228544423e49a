"""A hand that left stays gone: what is found soon afterwards is shown once it is sure, or has lasted.

A body without its hand is looked at more than anything else, and now and then a fold of a sleeve or a chin is taken for
a hand for a frame or two.
"""

from __future__ import annotations

from models.reading.verdict import Verdict

AFTER_S = 3.0
"""So long after a hand was seen last, a new one is on trial. A first hand is shown at once."""
FRAMES = 5
"""A hand on trial that was read so often in a row is shown, sure or not: a sixth of a second at 30 fps."""


class Trial:
    """Remembers when a hand left, and how long a new one has lasted."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Another scene: no hand was there before."""
        self._left_s: float | None = None
        self._to_go = 0

    def leave(self, seen_s: float) -> None:
        """The hand is given up; it was seen last at this time. One that was on trial was none."""
        if not self._to_go:
            self._left_s = seen_s
        self._to_go = 0

    def begin(self, now_s: float) -> None:
        """A new hand is found."""
        if self._left_s is not None and 0 <= now_s - self._left_s < AFTER_S:
            self._to_go = FRAMES

    def shows(self, verdict: Verdict) -> bool:
        """Whether the hand of this frame is to be shown. Called once for each frame with a hand."""
        if verdict is Verdict.TRACKED:
            self._to_go = 0
        elif self._to_go:
            self._to_go -= 1
        return self._to_go == 0

    @property
    def is_on(self) -> bool:
        """Whether a hand is on trial."""
        return self._to_go > 0
