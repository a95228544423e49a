"""What folders, recordings and the simulated camera share: pace, pause, loop, and a close that wakes the reader."""

from __future__ import annotations

import math
import threading
import time
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.sources.base import EndOfStream, Source, SourceInfo
from models.core.types import DepthFrame

MAX_GAP_S = 1.0
"""Timestamps further apart than this are taken for a jump of the camera's clock, not for a wait."""


@dataclass(frozen=True, slots=True)
class PendingFrame:
    """A frame that is known but perhaps not decoded yet: `load` gives its (H, W) uint16 pixels.

    depth_units: metres a raw unit of this frame; None for those of the source's info.
    Skipped frames are never loaded, so a late reader catches up at little cost. PacedSource fills in the rest: due_s,
    when to hand it out, on the source's own clock, and restarts, as in DepthFrame.
    """

    frame_id: int
    timestamp_ms: float
    load: Callable[[], NDArray[np.uint16]]
    depth_units: float | None = None
    due_s: float = 0.0
    restarts: int = 0


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


class PacedSource(Source):
    """A source that has its frames at hand and decides itself when each is due.

    Subclasses give `_start`, `_next`, `_rewind` and `_stop`; only one thread at a time runs them. `_next` returns the
    next frame, or None at the end; where it waits for something it must give up soon after `_closing` is set.
    speed: multiplies the pace of `realtime`, means nothing without it. Raises ValueError unless it is above zero.
    """

    def __init__(
        self,
        realtime: bool,
        speed: float = 1.0,
        loop: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        if not (math.isfinite(speed) and speed > 0):
            raise ValueError(f"speed: expected a number above zero, got {speed}")
        self._realtime, self._speed, self._loop = realtime, speed, loop
        self._can_pause = True
        self._monotonic = monotonic
        self._reading = threading.Lock()  # held while the subclass's hooks run
        self._changed = threading.Condition()  # guards the clock and what follows
        self._clock = Clock(monotonic)
        self._closing = True
        self._changes = 0
        self._info: SourceInfo | None = None  # from here on only the reading thread's
        self._pending: PendingFrame | None = None
        self._ahead: PendingFrame | None = None
        self._last_ms: float | None = None
        self._last_due_s: float | None = None
        self._restarts = -1  # the first start is none

    # -- what subclasses give -----------------------------------------------------------------------------------------

    @abstractmethod
    def _start(self) -> SourceInfo: ...

    @abstractmethod
    def _next(self) -> PendingFrame | None: ...

    @abstractmethod
    def _rewind(self) -> None: ...

    @abstractmethod
    def _stop(self) -> None:
        """Free what `_start` took; does nothing where there is nothing."""

    # -- Source -------------------------------------------------------------------------------------------------------

    def open(self) -> SourceInfo:
        with self._reading:
            self._forget()
            with self._changed:
                self._closing = False
            try:
                self._info = self._start()
                self._restarts += 1
            except BaseException:
                self._forget()
                raise
            return self._info

    def read(self, timeout_s: float = 5.0) -> DepthFrame | None:
        deadline_s = self._monotonic() + timeout_s
        with self._reading:
            while True:
                with self._changed:
                    seen = self._changes
                wait_s = self._seconds_to_wait()
                if wait_s <= 0:
                    return self._hand_out()
                with self._changed:
                    left_s = deadline_s - self._monotonic()
                    if left_s <= 0:
                        return None
                    if self._changes == seen:  # otherwise look again: a pause or a close came in between
                        self._changed.wait(min(wait_s, left_s))

    def close(self) -> None:
        with self._changed:
            self._closing = True
            self._changes += 1
            self._changed.notify_all()
        with self._reading:
            self._forget()

    def set_paused(self, paused: bool) -> None:
        with self._changed:
            if self._can_pause:
                self._clock.set_paused(paused)
                self._changes += 1
                self._changed.notify_all()

    @property
    def is_paused(self) -> bool:
        with self._changed:
            return self._clock.is_paused

    def set_loop(self, loop: bool) -> None:
        self._loop = loop

    # -- pacing, in the reading thread --------------------------------------------------------------------------------

    def _forget(self) -> None:
        self._info, self._pending, self._ahead, self._last_ms, self._last_due_s = None, None, None, None, None
        self._stop()

    def _seconds_to_wait(self) -> float:
        """Seconds until `_pending` is due, endless while paused; raises EndOfStream at the end and once closed."""
        with self._changed:
            if self._closing or self._info is None:
                raise EndOfStream
            if self._clock.is_paused:
                return math.inf
        self._pending = self._pending or self._fetch()
        if self._pending is None:
            raise EndOfStream
        if not self._realtime:
            return 0.0
        now_s = self._now_s()
        while now_s - self._pending.due_s > self._period_s():  # late: is there a newer one that is due as well?
            self._ahead = self._ahead or self._fetch()
            if self._ahead is None or self._ahead.due_s > now_s:
                break
            self._pending, self._ahead = self._ahead, None
        return self._pending.due_s - now_s

    def _fetch(self) -> PendingFrame | None:
        frame = self._next()
        if frame is None and self._loop and not self._closing:
            self._rewind()
            self._restarts += 1
            self._last_ms = None
            frame = self._next()
        if frame is None:
            return None
        gap_s = self._period_s()
        if self._last_ms is not None and 0 < frame.timestamp_ms - self._last_ms <= 1000 * MAX_GAP_S:
            gap_s = (frame.timestamp_ms - self._last_ms) / 1000 / self._speed
        due_s = self._now_s() if self._last_due_s is None else self._last_due_s + gap_s
        self._last_ms, self._last_due_s = frame.timestamp_ms, due_s
        return replace(frame, due_s=due_s, restarts=self._restarts)

    def _period_s(self) -> float:
        assert self._info is not None
        return 1.0 / (self._info.fps * self._speed)

    def _now_s(self) -> float:
        with self._changed:
            return self._clock.now_s()

    def _hand_out(self) -> DepthFrame:
        frame, info = self._pending, self._info
        assert frame is not None
        assert info is not None
        self._pending, self._ahead = self._ahead, None
        return DepthFrame(
            raw=frame.load(),
            depth_units=info.depth_units if frame.depth_units is None else frame.depth_units,
            camera=info.camera,
            frame_id=frame.frame_id,
            timestamp_ms=frame.timestamp_ms,
            arrival_s=time.monotonic(),
            restarts=frame.restarts,
        )
