"""How often, and how soon, a camera that was lost is opened again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from app.errors import SourceCrashedError, SourceError


@dataclass(frozen=True, slots=True)
class Patience:
    """The first try comes after first_s, each further one after twice the time, up to longest_s.

    tries: how many there are before it is given up; crashes: the same where each try ends in a crash or hang of the
    reader process. steady_s: a camera that has delivered for so long begins anew.
    """

    first_s: float = 1.0
    longest_s: float = 10.0
    tries: int = 1000
    crashes: int = 5
    steady_s: float = 10.0


WINDOW_PATIENCE = Patience()
"""Almost three hours: whoever takes the camera away brings it back."""
HEADLESS_PATIENCE = Patience(tries=10)
"""About a minute: a run that nobody watches has to end."""


class Reopening:
    """Counts the tries of one source. One thread at a time. clock: monotonic seconds."""

    def __init__(self, patience: Patience, clock: Callable[[], float] = time.monotonic) -> None:
        self._patience, self._clock = patience, clock
        self._since_s: float | None = None
        self._tries = self._crashes = 0

    @property
    def tries(self) -> int:
        return self._tries

    def delivered(self) -> None:
        """A frame came."""
        if not self._tries:
            return
        now_s = self._clock()
        self._since_s = now_s if self._since_s is None else self._since_s
        if now_s - self._since_s >= self._patience.steady_s:
            self._tries, self._crashes, self._since_s = 0, 0, None

    def lost(self, error: SourceError) -> float | None:
        """Seconds to wait before the next try; None: it is given up."""
        self._since_s = None
        self._crashes += isinstance(error, SourceCrashedError)
        if self._tries >= self._patience.tries or self._crashes > self._patience.crashes:
            return None
        wait_s = min(self._patience.longest_s, self._patience.first_s * 2.0 ** min(self._tries, 20))
        self._tries += 1
        return wait_s

    def line(self, error: SourceError) -> str:
        """What to say while it is tried."""
        return f"{error} (try {self._tries} of {self._patience.tries})"

    def given_up(self, error: SourceError) -> str:
        """What to say at the end."""
        return f"{error}; it was opened again {self._tries} times"
