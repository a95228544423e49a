"""A clock that can be held."""

from __future__ import annotations

from collections.abc import Callable


class Clock:
    """Monotonic seconds that stand still while paused. Not thread-safe: the source's lock guards it."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lost_s = 0.0
        self._paused_at_s: float | None = None

    @property
    def is_paused(self) -> bool:
        return self._paused_at_s is not None

    def now_s(self) -> float:
        now_s = self._monotonic() if self._paused_at_s is None else self._paused_at_s
        return now_s - self._lost_s

    def set_paused(self, paused: bool) -> None:
        if paused and self._paused_at_s is None:
            self._paused_at_s = self._monotonic()
        elif not paused and self._paused_at_s is not None:
            self._lost_s += self._monotonic() - self._paused_at_s
            self._paused_at_s = None
