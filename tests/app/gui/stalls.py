"""How smoothly the real window runs: python -m tests.app.gui.stalls [SOURCE]

    python -m tests.app.gui.stalls assets/demo.bag --seconds 300
    python -m tests.app.gui.stalls simulate --seconds 60 --only tracking

A person's hand on mouse and keyboard tracks, seeks, records and goes over to other sources. For each part it prints
poses and drawn 3D views a second, the time from a frame's arrival to its pose and to its view, and the longest time for
which the window did not react, with the place in the program where it was then. A recording plays in a loop. Where
there is no display it starts a virtual one.
"""

from __future__ import annotations

import argparse
import faulthandler
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import numpy as np

from app.settings import BUNDLED_RECORDING, Options
from tests.app.gui import drive, xvfb
from tests.app.gui.desk import Desk
from tests.app.gui.drive import Condition, Player

BEAT_MS = 5
LOOK_AFTER_MS = 40
"""For so long the window may not react before it is noted where it is."""
SHARES = {"tracking": 0.4, "seeking": 0.2, "recording": 0.2, "switching": 0.2}
SETTLE_S = 3.0
"""Before the first part: the networks' first run and the first pictures take longer."""


@dataclass
class Part:
    """What was seen in one part of the session."""

    began_s: float = field(default_factory=time.monotonic)
    seconds: float = 0.0
    poses_ms: list[float] = field(default_factory=list)
    waited_ms: list[float] = field(default_factory=list)
    tracked_ms: list[float] = field(default_factory=list)
    network_ms: list[float] = field(default_factory=list)
    views_ms: list[float] = field(default_factory=list)
    stalls_ms: list[float] = field(default_factory=list)
    where: str = ""

    def line(self, name: str) -> str:
        worst = max(self.stalls_ms, default=0.0)
        over = sum(stall > 50 for stall in self.stalls_ms)
        figures = f"{len(self.poses_ms) / self.seconds:5.1f} poses/s {_middle(self.poses_ms):>13} ms"
        figures += f" {len(self.views_ms) / self.seconds:6.1f} views/s {_middle(self.views_ms):>13} ms"
        stages = {"waited": self.waited_ms, "tracked": self.tracked_ms, "of that the network": self.network_ms}
        return (
            f"{name:<10}{self.seconds:5.0f} s {figures}   longest stall {worst:4.0f} ms, {over} over 50 ms\n"
            f"{'':<18}a frame " + ", ".join(f"{stage} {_middle(values)} ms" for stage, values in stages.items())
        )


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
        self._beat_s = time.monotonic()
        self._main = threading.get_ident()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start(BEAT_MS)
        self._ended = threading.Event()
        self._place = ""
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
            self._part.waited_ms.append(1000 * (started_s - frame.arrival_s))
            self._part.tracked_ms.append(1000 * (result_s - started_s))
            self._part.network_ms.append(result.timings.network_ms)
            return tracked(meters, frame, result, started_s, result_s)

        Meters.tracked = noted  # type: ignore[method-assign]

    def _count_views(self) -> None:
        from app.viewer.viewer import Viewer

        show, render = Viewer.show, Viewer.render
        arrived_s: list[float] = []

        def noted_show(viewer: Viewer, frame, *arguments, **options) -> None:
            show(viewer, frame, *arguments, **options)
            arrived_s[:] = [frame.arrival_s]

        def noted_render(viewer: Viewer) -> bool:
            drawn = render(viewer)
            if drawn and arrived_s:
                self._part.views_ms.append(1000 * (time.monotonic() - arrived_s.pop()))
            return drawn

        Viewer.show, Viewer.render = noted_show, noted_render  # type: ignore[method-assign]

    def _beat(self) -> None:
        now_s = time.monotonic()
        late_ms = 1000 * (now_s - self._beat_s) - BEAT_MS
        self._beat_s = now_s
        if late_ms > max(self._part.stalls_ms, default=0.0):
            self._part.where = self._place
        self._part.stalls_ms.append(late_ms)
        self._place = ""

    def _look(self) -> None:
        """Where the main thread is while it does not beat; the last look before it beats again is kept."""
        with tempfile.TemporaryFile("w+") as file:
            while not self._ended.wait(0.02):
                if 1000 * (time.monotonic() - self._beat_s) > LOOK_AFTER_MS:
                    self._place = _place_of(self._main, file)


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


def story(seconds: float, parts: list[str], watches: list[Watch]) -> Callable[[Player], Iterator[Condition]]:
    """Play the parts one after the other, each for its share of the time."""
    share = sum(SHARES[part] for part in parts)

    def told(player: Player) -> Iterator[Condition]:
        yield lambda: player.window is not None and player.sequence > 3
        watch = Watch()
        watches.append(watch)
        player.window.activateWindow()
        yield _after(SETTLE_S)
        for name in parts:
            watch.begin(name)
            until_s = time.monotonic() + seconds * SHARES[name] / share
            yield from PARTS[name](player, until_s)
            watch.begin("")
        watch.end()
        player.window.close()

    return told


def _after(seconds: float) -> Condition:
    until_s = time.monotonic() + seconds
    return lambda: time.monotonic() >= until_s


def _track(player: Player, until_s: float) -> Iterator[Condition]:
    while time.monotonic() < until_s:
        yield _after(min(10.0, max(until_s - time.monotonic(), 0.0)))


def _seek(player: Player, until_s: float) -> Iterator[Condition]:
    """Drag along the playback bar, step by key, play on."""
    from PySide6.QtCore import QPoint

    desk, strip = Desk(), player.window.playback_bar.strip
    yield lambda: not player.window.playback_bar.isHidden()
    while time.monotonic() < until_s:
        ratio = strip.devicePixelRatioF()
        for step in range(30):
            at = strip.mapToGlobal(QPoint(20 + step * (strip.width() - 40) // 30, strip.height() // 2))
            desk.move(at.x() * ratio, at.y() * ratio)
            if step == 0:
                desk.button("left", True)
            yield _after(0.05)
        desk.button("left", False)
        yield _after(1.0)
        for key in ("comma", "comma", "period", "space"):
            desk.key(key)
            yield _after(0.2)
        yield _after(1.0)


def _record(player: Player, until_s: float) -> Iterator[Condition]:
    """Record for some seconds at a time."""
    from app.gui import dialogs

    desk, names = Desk(), iter(range(10_000))
    # A dialog of the desktop's own cannot be driven.
    dialogs.choose_recording_target = lambda _parent: player.folder / f"take-{next(names)}.db3"
    session = player.window.session
    while time.monotonic() < until_s:
        desk.key("Control_L", "r")
        yield lambda: session.view().recording.path is not None
        yield _after(min(6.0, max(until_s - time.monotonic(), 1.0)))
        desk.key("Control_L", "r")
        yield lambda: session.view().recording.path is None


def _switch(player: Player, until_s: float) -> Iterator[Condition]:
    """Go over to the bundled recordings and the simulated camera."""
    desk, session = Desk(), player.window.session
    keys = [("Control_L", "Shift_L", "b"), ("Control_L", "m"), ("Control_L", "b")]
    while time.monotonic() < until_s:
        for key in keys:
            generation = player.window._generation
            desk.key(*key)
            yield lambda generation=generation: player.window._generation > generation
            yield lambda: session.view().latest is not None and session.view().latest.sequence > 10
            yield _after(1.5)


PARTS = {"tracking": _track, "seeking": _seek, "recording": _record, "switching": _switch}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", nargs="?", default=str(BUNDLED_RECORDING))
    parser.add_argument("--seconds", type=float, default=60.0, help="for all parts together")
    parser.add_argument("--only", nargs="+", choices=SHARES, default=list(SHARES), metavar="PART", help="parts to play")
    parser.add_argument("--hands", type=int, choices=(1, 2), default=1)
    parser.add_argument("--size", default="1400x900", help="of the screen that is started")
    arguments = parser.parse_args()
    if not os.environ.get("DISPLAY"):
        with xvfb.virtual_display(f"{arguments.size}x24") as name:
            command = [sys.executable, "-m", "tests.app.gui.stalls", *sys.argv[1:]]
            return subprocess.run(command, env=xvfb.environment(name), check=False).returncode
    os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp()  # the window as it is for somebody new

    from app.gui.services import real_services

    options = Options(source=arguments.source, hands=arguments.hands, loop=True)
    watches: list[Watch] = []
    with tempfile.TemporaryDirectory() as folder:
        told = story(arguments.seconds, arguments.only, watches)
        status = drive.play(told, Path(folder), options, real_services(options))
    for watch in watches:
        for name, part in watch.parts.items():
            print(part.line(name))
            if part.where:
                print(f"{'':10}{part.where}")
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    return status


if __name__ == "__main__":
    raise SystemExit(main())
