"""Listens whether a window's event loop still beats, and counts the poses and views that it gives."""

from __future__ import annotations

import faulthandler
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import numpy as np

BEAT_MS = 5
LOOK_AFTER_MS = 40
"""For so long the window may not react before it is noted where it is."""
LOOK_EVERY_S = 0.01
OVER_MS = 100
SHOWN = 3
"""Stalls of a part that are printed."""


@dataclass(frozen=True)
class Stall:
    """How late a beat came, how long the main thread itself worked until then, and where it was most of the time."""

    late_ms: float
    own_ms: float
    where: str

    def line(self) -> str:
        return f"{self.late_ms:5.0f} ms, own work {self.own_ms:4.0f} ms: {self.where}"


@dataclass
class Part:
    """What was seen in one part of the session."""

    began_s: float = field(default_factory=time.monotonic)
    seconds: float = 0.0
    poses_ms: list[float] = field(default_factory=list)
    tracked_ms: list[float] = field(default_factory=list)
    network_ms: list[float] = field(default_factory=list)
    views_ms: list[float] = field(default_factory=list)
    stalls: list[Stall] = field(default_factory=list)

    def lines(self, name: str) -> list[str]:
        if not self.seconds:
            return [f"{name}: it did not come to its end"]
        figures = f"{len(self.poses_ms) / self.seconds:5.1f} poses/s {_middle(self.poses_ms):>13} ms"
        figures += f" {len(self.views_ms) / self.seconds:6.1f} views/s {_middle(self.views_ms):>13} ms"
        figures += f"   tracking {_middle(self.tracked_ms)} ms, of that the network {_middle(self.network_ms)} ms"
        late = [stall.late_ms for stall in self.stalls]
        over = sum(ms > OVER_MS for ms in late)
        own_ms = max((stall.own_ms for stall in self.stalls), default=0.0)
        stalls = f"longest stall {max(late, default=0.0):4.0f} ms, {over} over {OVER_MS} ms, own work {own_ms:.0f} ms"
        longest = sorted(self.stalls, key=lambda stall: -stall.late_ms)[:SHOWN]
        hardest = max(self.stalls, key=lambda stall: stall.own_ms, default=None)
        if hardest is not None and hardest not in longest:
            longest.append(hardest)
        return [f"{name:<10}{self.seconds:5.0f} s {figures}   {stalls}", *(f"{'':10}{s.line()}" for s in longest)]


def _middle(values: list[float]) -> str:
    if not values:
        return "-"
    p50, p95 = np.percentile(values, (50, 95))
    return f"{p50:.0f} / {p95:.0f}"


class Watch:
    """Counts poses and views, and listens whether the window's event loop still beats. Made on the main thread."""

    def __init__(self) -> None:
        from PySide6.QtCore import Qt, QTimer

        self.parts: dict[str, Part] = {}
        self._part = Part()
        self._count_poses()
        self._count_views()
        self._beat_s, self._worked_s = time.monotonic(), time.thread_time()
        self._main = threading.get_ident()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start(BEAT_MS)
        self._ended = threading.Event()
        self._places: Counter[str] = Counter()
        self._looker = threading.Thread(target=self._look, name="watch", daemon=True)
        self._looker.start()

    def begin(self, name: str) -> Part:
        """Count for another part from now on; those of no name are thrown away."""
        now_s = time.monotonic()
        self._part.seconds = now_s - self._part.began_s
        self._part = Part()
        if name:
            self.parts[name] = self._part
        self._beat_s = now_s
        return self._part

    def end(self) -> None:
        self.begin("")
        self._timer.stop()
        self._ended.set()
        self._looker.join()

    def _count_poses(self) -> None:
        from app.pipeline.meters import Meters

        tracked = Meters.tracked

        def noted(meters: Meters, frame, result, started_s: float, result_s: float) -> Callable[[], None]:
            self._part.poses_ms.append(1000 * (result_s - frame.arrival_s))
            self._part.tracked_ms.append(1000 * (result_s - started_s))
            self._part.network_ms.append(result.timings.network_ms)
            return tracked(meters, frame, result, started_s, result_s)

        Meters.tracked = noted  # type: ignore[method-assign]

    def _count_views(self) -> None:
        from app.viewer.viewer import Viewer

        show, render, render_picture = Viewer.show, Viewer.render, Viewer.render_picture
        arrived_s: list[float] = []

        def noted_show(viewer: Viewer, frame, *arguments, **options) -> None:
            show(viewer, frame, *arguments, **options)
            arrived_s[:] = [frame.arrival_s]

        def noted(drawn: Any, is_new: bool) -> Any:
            if is_new and arrived_s:
                self._part.views_ms.append(1000 * (time.monotonic() - arrived_s.pop()))
            return drawn

        Viewer.show = noted_show  # type: ignore[method-assign]
        Viewer.render = lambda viewer: noted(drawn := render(viewer), drawn)  # type: ignore[method-assign]
        Viewer.render_picture = lambda viewer: noted(  # type: ignore[method-assign]
            picture := render_picture(viewer), picture is not None
        )

    def _beat(self) -> None:
        now_s, worked_s = time.monotonic(), time.thread_time()
        late_ms, own_ms = 1000 * (now_s - self._beat_s) - BEAT_MS, 1000 * (worked_s - self._worked_s)
        self._beat_s, self._worked_s = now_s, worked_s
        if late_ms > LOOK_AFTER_MS:
            places, self._places = self._places, Counter()
            self._part.stalls.append(Stall(late_ms, own_ms, next(iter(places.most_common(1)), ("not seen", 0))[0]))

    def _look(self) -> None:
        """Where the main thread is while it does not beat."""
        with tempfile.TemporaryFile("w+") as file:
            while not self._ended.wait(LOOK_EVERY_S):
                if 1000 * (time.monotonic() - self._beat_s) > LOOK_AFTER_MS:
                    self._places[_place_of(self._main, file)] += 1


def _place_of(thread: int, file: TextIO) -> str:
    """The innermost three calls of a thread. Through a file: holding its frames would keep Qt's painters alive."""
    file.seek(0)
    file.truncate()
    faulthandler.dump_traceback(file, all_threads=True)
    file.seek(0)
    sections = file.read().split("\n\n")
    calls = next((section.splitlines()[1:4] for section in sections if f"0x{thread:016x}" in section), [])
    found = [re.search(r'File "(.*)", line (\d+) in (\S+)', call) for call in calls]
    return " < ".join(f"{Path(at[1]).name}:{at[2]} {at[3]}" for at in found if at)


_SLEEPER = """
import sys, time
longest, over, last = 0.0, 0, time.monotonic()
def end(*_):
    print(f"longest pause {longest:.0f} ms, {over} over %d ms", flush=True)
    sys.exit()
import signal
signal.signal(signal.SIGTERM, end)
while True:
    time.sleep(%g)
    now = time.monotonic()
    late, last = 1000 * (now - last) - %d, now
    longest, over = max(longest, late), over + (late > %d)
"""


class Pauses:
    """A process beside the window that only sleeps: what the computer itself makes it wait."""

    def __enter__(self) -> Pauses:
        code = _SLEEPER % (OVER_MS, BEAT_MS / 1000, BEAT_MS, OVER_MS)
        self._process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.terminate()
        self._said = self._process.communicate()[0].strip()

    def line(self) -> str:
        return self._said
