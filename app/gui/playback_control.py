"""Playback from the window: turns the bar's wishes into the session's calls, and shows what plays."""

from __future__ import annotations

from app.gui.playback_bar import PlaybackBar
from app.gui.session import Session
from app.gui.session_types import SessionView
from app.pipeline import Phase
from app.tracking.played import PlayedTrack


class PlaybackControl:
    """Wires one bar to one session. speed: of the command line, with which every source begins."""

    def __init__(self, bar: PlaybackBar, session: Session, speed: float) -> None:
        self._bar, self._session, self._first_speed = bar, session, speed
        self._generation = 0
        self._place = 0
        self._part: tuple[int, int] | None = None
        self._count = 0
        self._plays_on = False
        self._track: tuple[PlayedTrack | None, int] = (None, 0)
        bar.stepped.connect(self._step)
        bar.jumped.connect(self._jump)
        bar.sought.connect(self._seek)
        bar.speed_chosen.connect(self._set_speed)
        bar.marked.connect(self._mark)
        bar.strip.sought.connect(self._seek)
        bar.strip.grabbed.connect(self._grab)
        bar.strip.released.connect(self._release)
        bar.show_speed(speed)

    # -- showing --------------------------------------------------------------------------------------------------

    def look(self, view: SessionView) -> None:
        """Show where the source is. Call with every look at the session."""
        if view.state.phase is Phase.OPENING:
            return  # mostly for less than a tenth of a second: the bar does not come and go
        info = view.info
        usable = info is not None and info.is_seekable and view.state.phase is not Phase.FAILED
        self._bar.show_usable(usable)
        if info is None or not usable:
            return
        self._count = info.frame_count or 1
        if view.generation != self._generation:
            self._generation, self._part, self._plays_on = view.generation, None, False
            self._bar.show_speed(self._first_speed)
        self._bar.show_size(self._count, info.fps)
        self._fps = info.fps
        if view.latest is not None and view.latest.frame.index is not None:
            self._place = view.latest.frame.index
            self._bar.show_place(self._place, view.latest.frame.frame_id, self._part)
        if view.played is not None and self._track != (view.played, view.played.version):
            self._track = view.played, view.played.version
            self._bar.strip.show_track(view.played.strip())

    # -- doing ----------------------------------------------------------------------------------------------------

    def _step(self, count: int) -> None:
        self._session.set_paused(True)
        if (playback := self._session.playback) is not None:
            playback.step(count)

    def _jump(self, seconds: float) -> None:
        if (playback := self._session.playback) is not None:
            playback.step(round(seconds * self._fps))

    def _seek(self, index: int) -> None:
        if (playback := self._session.playback) is not None:
            playback.seek(index)

    def _grab(self) -> None:
        """While the mouse holds the strip, the frame under it is shown and nothing plays on."""
        self._plays_on = self._session.view().state.phase is Phase.RUNNING
        self._session.set_paused(True)

    def _release(self) -> None:
        if self._plays_on:
            self._session.set_paused(False)

    def _set_speed(self, speed: float) -> None:
        if (playback := self._session.playback) is not None:
            playback.set_speed(speed)
            self._bar.show_speed(speed)

    def _mark(self, end: str) -> None:
        """Loop from or to the frame that is shown; an end on the wrong side of it goes to the end of the file."""
        first, last = self._part or (0, self._count - 1)
        if end == "from":
            self._part = self._place, last if last >= self._place else self._count - 1
        elif end == "to":
            self._part = first if first <= self._place else 0, self._place
        else:
            self._part = None
        if (playback := self._session.playback) is not None:
            playback.set_part(self._part)
