"""What folders, recordings and the simulated camera share: pace, pause, loop, seek, a close that wakes the reader."""

from __future__ import annotations

import math
import threading
import time
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from app.sources.base import EndOfStream, Source, SourceInfo
from app.sources.clock import Clock
from app.sources.pending import PendingFrame
from models.core.types import DepthFrame

MAX_GAP_S = 1.0
"""Timestamps further apart than this are taken for a jump of the camera's clock, not for a wait."""


class PacedSource(Source):
    """A source that has its frames at hand and decides itself when each is due.

    Subclasses give `_start`, `_next`, `_rewind` and `_stop`; only one thread at a time runs them. `_next` returns the
    next frame, or None at the end; where it waits for something it must give up soon after `_closing` is set. Those
    whose SourceInfo is seekable give `_seek`, too.
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
        self._sought: int | None = None
        self._part: tuple[int, int] | None = None
        self._is_repaced = False
        self._shown = -1  # the place of the last frame that was handed out
        self._place = 0  # of the frame that `_next` gives
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

    def _seek(self, index: int) -> None:
        """Make the frame at this place, which is in the file, the next one."""
        raise NotImplementedError

    def _color_of(self, frame: PendingFrame, raw: NDArray[np.uint16]) -> NDArray[np.uint8] | None:
        """The colours (H, W, 3) RGB of a frame with these pixels (H, W), where it has some."""
        return None

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
            self._wake()
        with self._reading:
            self._forget()

    def set_paused(self, paused: bool) -> None:
        with self._changed:
            if self._can_pause:
                self._clock.set_paused(paused)
                self._wake()

    @property
    def is_paused(self) -> bool:
        with self._changed:
            return self._clock.is_paused

    def set_loop(self, loop: bool) -> None:
        self._loop = loop

    def seek(self, index: int) -> None:
        with self._changed:
            self._sought = index
            self._wake()

    def step(self, count: int) -> None:
        with self._changed:
            self._sought = (self._shown if self._sought is None else self._sought) + count
            self._wake()

    def set_speed(self, speed: float) -> None:
        if not speed > 0:
            raise ValueError(f"speed: expected a number above zero, got {speed}")
        with self._changed:
            self._speed, self._is_repaced = speed, True
            self._wake()

    def set_part(self, part: tuple[int, int] | None) -> None:
        if part is not None and not 0 <= part[0] <= part[1]:
            raise ValueError(f"part: expected the places of its first and last frame, got {part}")
        with self._changed:
            self._part = part
            self._wake()

    def _wake(self) -> None:
        """Let a waiting `read` look again; holding `_changed`."""
        self._changes += 1
        self._changed.notify_all()

    # -- pacing, in the reading thread --------------------------------------------------------------------------------

    def _forget(self) -> None:
        self._info, self._pending, self._ahead, self._last_ms, self._last_due_s = None, None, None, None, None
        self._place = 0
        with self._changed:
            self._sought, self._shown = None, -1
        self._stop()

    def _seconds_to_wait(self) -> float:
        """Seconds until `_pending` is due, endless while paused; raises EndOfStream at the end and once closed.

        A frame that was sought is due at once.
        """
        with self._changed:
            if self._closing or self._info is None:
                raise EndOfStream
            sought, self._sought = self._sought, None
            paused, repaced, self._is_repaced = self._clock.is_paused, self._is_repaced, False
        if sought is not None and self._info.is_seekable:
            self._go_to(sought)
            return 0.0
        if paused:
            return math.inf
        self._pending = self._pending or self._fetch()
        if self._pending is None:
            raise EndOfStream
        if not self._realtime or math.isinf(self._speed):
            return 0.0
        if repaced:
            self._pending = self._due_now(self._pending)
        now_s = self._now_s()
        while now_s - self._pending.due_s > self._period_s():  # late: is there a newer one that is due as well?
            self._ahead = self._ahead or self._fetch()
            if self._ahead is None or self._ahead.due_s > now_s:
                break
            self._pending, self._ahead = self._ahead, None
        return self._pending.due_s - now_s

    def _go_to(self, index: int) -> None:
        """Make the frame at this place `_pending`; one that does not follow the last is a new start."""
        assert self._info is not None and self._info.frame_count is not None
        index = min(max(index, 0), self._info.frame_count - 1)
        follows = index == self._shown + 1
        frame = self._pending
        if frame is None or frame.index != index or not follows:
            if self._place != index:
                self._seek(index)
                self._place = index
            frame, self._ahead = self._placed(), None
        if frame is None:
            raise EndOfStream
        self._restarts += not follows
        self._pending = self._due_now(replace(frame, restarts=self._restarts, is_sought=True))

    def _due_now(self, frame: PendingFrame) -> PendingFrame:
        """This frame, due at once; what comes behind it is counted from now on."""
        now_s = self._now_s()
        self._last_ms, self._last_due_s = frame.timestamp_ms, now_s
        if self._ahead is not None:
            self._last_ms, self._last_due_s = self._ahead.timestamp_ms, now_s + self._period_s()
            self._ahead = replace(self._ahead, due_s=self._last_due_s)
        return replace(frame, due_s=now_s)

    def _placed(self) -> PendingFrame | None:
        """The next frame of the file, with its place; None at the end."""
        assert self._info is not None
        frame = self._next()
        if frame is None:
            return None
        place, self._place = self._place, self._place + 1
        return frame if self._info.is_live else replace(frame, index=place)

    def _start_over(self, index: int) -> None:
        self._seek(index) if index else self._rewind()
        self._place, self._last_ms = index, None
        self._restarts += 1

    def _fetch(self) -> PendingFrame | None:
        part = self._part
        frame = None if part is not None and self._place > part[1] else self._placed()
        if frame is None and (self._loop or part is not None) and not self._closing:
            self._start_over(0 if part is None else part[0])
            frame = self._placed()
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
        assert frame is not None and info is not None
        self._pending, self._ahead = self._ahead, None
        if frame.index is not None:
            with self._changed:
                self._shown = frame.index
        raw, is_damaged = frame.pixels(info.camera.shape)
        return DepthFrame(
            raw=raw,
            depth_units=info.depth_units if frame.depth_units is None else frame.depth_units,
            camera=info.camera,
            frame_id=frame.frame_id,
            timestamp_ms=frame.timestamp_ms,
            arrival_s=time.monotonic(),
            restarts=frame.restarts,
            index=frame.index,
            is_sought=frame.is_sought,
            is_damaged=is_damaged,
            color=self._color_of(frame, raw),
        )
