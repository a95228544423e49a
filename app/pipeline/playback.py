"""Steers a recording or folder while it plays: where it goes on, how fast, and which part."""

from __future__ import annotations

import math
import threading

from app.sources.base import Source


class Playback:
    """Passes wishes on to the source, and wakes whoever waits at its end. Every method may be called from any thread.

    Sources that cannot be sought ignore all of it.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._moved = threading.Event()
        self._takes_every_frame = False

    def seek(self, index: int) -> None:
        """Show the frame at this place, from 0, at once, and go on behind it; also at the end and while paused."""
        self._source.seek(index)
        self._moved.set()

    def step(self, count: int) -> None:
        """Show the frame so many places behind the last one, before it where negative."""
        self._source.step(count)
        self._moved.set()

    def set_speed(self, speed: float) -> None:
        """Multiply the pace; infinite: as fast as frames are tracked, and every frame. ValueError unless above zero."""
        self._source.set_speed(speed)
        self._takes_every_frame = math.isinf(speed)

    def set_part(self, part: tuple[int, int] | None) -> None:
        """Play from the first to the last of these places over and over; None: the whole."""
        self._source.set_part(part)

    @property
    def takes_every_frame(self) -> bool:
        """Whether the reader has to wait for the tracker."""
        return self._takes_every_frame

    def frame_came(self) -> None:
        """The source has given a frame: whatever was asked for before is done, or the source still knows of it."""
        self._moved.clear()

    def wait_at_end(self) -> None:
        """Return once another frame was asked for, or `wake` was called."""
        self._moved.wait()
        self._moved.clear()

    def wake(self) -> None:
        self._moved.set()
