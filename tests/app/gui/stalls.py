"""How smoothly the real window runs: python -m tests.app.gui.stalls [SOURCE]

    python -m tests.app.gui.stalls assets/demo.bag --seconds 300
    python -m tests.app.gui.stalls simulate --seconds 60 --only tracking

    python -m tests.app.gui.stalls --hands 2 --fit

A person's hand on mouse and keyboard tracks, seeks, records and goes over to other sources. For each part it prints
poses and drawn 3D views a second, the time from a frame's arrival to its pose and to its view, and the longest times
for which the window did not react: how much of each the window itself worked, and where in the program it was. On a
busy computer a window that does nothing waits, too: how long a process beside it that only sleeps was kept waiting
stands in the last line. A recording plays in a loop. Where there is no display it starts a virtual one.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from app.beside import leave
from app.settings import BUNDLED_RECORDING, Options
from tests.app.gui import drive, xvfb
from tests.app.gui.beat import Pauses, Watch
from tests.app.gui.desk import Desk
from tests.app.gui.drive import Condition, Player

SHARES = {"tracking": 0.4, "seeking": 0.2, "recording": 0.2, "switching": 0.2}
SETTLE_S = 3.0
"""Before the first part: the networks' first run and the first pictures take longer."""


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
    parser.add_argument("--fit", action="store_true", help="fit a model to the hands")
    parser.add_argument("--size", default="1400x900", help="of the screen that is started")
    arguments = parser.parse_args()
    if not os.environ.get("DISPLAY"):
        with xvfb.virtual_display(f"{arguments.size}x24") as name:
            command = [sys.executable, "-m", "tests.app.gui.stalls", *sys.argv[1:]]
            return subprocess.run(command, env=xvfb.environment(name), check=False).returncode
    os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp()  # the window as it is for somebody new

    from app.gui.services import real_services

    options = Options(source=arguments.source, hands=arguments.hands, fit=arguments.fit, loop=True)
    watches: list[Watch] = []
    with tempfile.TemporaryDirectory() as folder:
        told = story(arguments.seconds, arguments.only, watches)
        with Pauses() as pauses:
            status = drive.play(told, Path(folder), options, real_services(options))
    for watch in watches:
        for name, part in watch.parts.items():
            print("\n".join(part.lines(name)))
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; a process that only sleeps: {pauses.line()}")
    return status


if __name__ == "__main__":
    leave(main())
