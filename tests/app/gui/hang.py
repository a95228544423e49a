"""The window while the SDK hangs with the interpreter's lock: `python -m tests.app.gui.hang FILE.db3 [FILE.db3.xz ...]`

Each file goes to the SDK unseen, in the reader process, as it did before recordings were looked into first. Prints for
each what the window says, its longest pause meanwhile, and how long SIGTERM takes to end the program.
"""

from __future__ import annotations

import lzma
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from app.errors import SourceError
from app.pipeline import Phase
from app.settings import Options
from app.sources.base import SourceInfo
from app.sources.reader import ReaderSource
from app.sources.recording_file import RecordingFile
from app.sources.sdk_player import SdkPlayer
from tests.app.gui import xvfb

ROOT = Path(__file__).resolve().parents[3]
LIMIT_S = 90.0
TICK_MS = 10
WATCHED_S = 5.0
"""Of a hang, which ends after eight seconds."""


class Unseen:
    """Opens a recording with the SDK, whatever is in it; made in the reader process."""

    def __init__(self, path: Path) -> None:
        self._player = SdkPlayer(
            RecordingFile(path, "bag" if path.suffix == ".bag" else "db3", 1, None, True), lambda: False
        )

    def open(self) -> SourceInfo:
        stream = self._player.start()
        return SourceInfo("recording", "unseen", False, stream.fps, stream.camera, stream.depth_units)

    def close(self) -> None:
        self._player.stop()


def show(path: Path) -> int:
    """Run the window on a file; prints a line once it has hung for a while, with the longest pause until then in ms."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from app.gui.start import run_window
    from app.gui.window import MainWindow
    from tests.app.gui.fakes import fake_services

    def make_source(_name: str | None, _loop: bool, _speed: float) -> ReaderSource:
        return ReaderSource("tests.app.gui.hang:Unseen", (path,), lambda reason: SourceError(f"{path.name}: {reason}"))

    application = QApplication(sys.argv[:1])
    ticks = _ticks()

    def tick() -> None:
        longest_s = next(ticks)
        window = next((each for each in QApplication.topLevelWidgets() if isinstance(each, MainWindow)), None)
        if window is None:
            return
        view = window.session.view()
        if view.stall is not None and view.stall.seconds >= WATCHED_S:
            said = window.viewer.state.text()
        elif view.state.phase is Phase.FAILED:
            said = window.banner.text
        else:
            return
        timer.stop()
        print(f"{1000 * longest_s:.0f} {said}", flush=True)

    timer = QTimer(application)
    timer.timeout.connect(tick)
    timer.start(TICK_MS)
    services = replace(fake_services(), make_source=make_source)
    return 130 if run_window(Options(), services) else 0


def _ticks() -> Iterator[float]:
    """At each step the longest time between two steps so far, but for the first two seconds, when it is made."""
    begin_s, last_s, longest_s = time.monotonic(), time.monotonic(), 0.0
    while True:
        now_s = time.monotonic()
        if now_s - begin_s > 2.0:
            longest_s = max(longest_s, now_s - last_s)
        last_s = now_s
        yield longest_s


def watch(path: Path, display: str, number: int = signal.SIGTERM) -> tuple[str, float, int]:
    """Start the window on a file and end it by a signal once it says that it hangs: its line, seconds, exit status."""
    command = [sys.executable, "-m", "tests.app.gui.hang", "--show", str(path)]
    process = subprocess.Popen(command, env=xvfb.environment(display), cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        told_s = time.monotonic()
        os.kill(process.pid, number)
        process.communicate(timeout=LIMIT_S)
        return line, time.monotonic() - told_s, process.returncode
    finally:
        process.kill()


def main() -> int:
    if sys.argv[1] == "--show":
        return show(Path(sys.argv[2]))
    print(f"load {os.getloadavg()[0]:.1f}")
    with xvfb.virtual_display() as display, tempfile.TemporaryDirectory() as folder:
        for name in map(Path, sys.argv[1:]):
            path = name
            if name.suffix == ".xz":
                path = Path(folder) / name.stem
                path.write_bytes(lzma.decompress(name.read_bytes()))
            line, seconds, status = watch(path, display)
            pause, _, said = line.partition(" ")
            print(f"{path.name}: longest pause {pause} ms; says {said!r}; ends {seconds:.1f} s after SIGTERM, {status}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
