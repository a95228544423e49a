"""Takes the README's picture of the real window: python -m tests.app.gui.screenshot OUT.png [SOURCE]

SOURCE is what main.py takes; left out, an animated stand-in for a hand is shown, and no network is needed.
Where there is no display it starts a virtual one.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from tests.app.gui import xvfb

FRAMES = 40
TIMEOUT_MS = 60_000


def take(out: Path, source: str | None, frames: int = FRAMES, turn: tuple[float, float] = (0.0, 0.0)) -> int:
    """Open the window, wait for the first hand after `frames` results, save the screen to `out`; the exit status.

    turn: pixels that the 3D view is dragged by before.
    """
    from app.gui import display
    from app.settings import Options

    display.prepare_display()
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from app.gui.window import MainWindow, run_window

    application = QApplication.instance() or QApplication(sys.argv[:1])
    saved: list[bool] = []
    countdown = [3]

    def look() -> None:
        window = next((w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow)), None)
        latest = window.session.view().latest if window else None
        if window is None or latest is None or latest.sequence < frames or latest.result.pose is None:
            return
        if countdown[0] == 3 and window.viewer.viewer is not None:
            window.viewer.viewer.orbit(*turn)
        countdown[0] -= 1
        if countdown[0] <= 0 and not saved:
            screen = application.primaryScreen()
            place = window.frameGeometry()
            picture = screen.grabWindow(0, place.x(), place.y(), place.width(), place.height())
            saved.append(picture.save(str(out)))
            window.close()

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(100)
    QTimer.singleShot(TIMEOUT_MS, QApplication.closeAllWindows)
    options, services = Options(source=source), None
    if source is None:
        from tests.app.gui.fakes import fake_services

        services = fake_services()
    status = run_window(options, services)
    if not saved or not saved[0]:
        print(f"no hand was seen, so there is no picture at {out}", file=sys.stderr)
        return 1
    return status


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("source", nargs="?")
    parser.add_argument("--frames", type=int, default=FRAMES, help="results to wait for before the picture")
    parser.add_argument("--turn", type=float, nargs=2, default=(0.0, 0.0), metavar=("X", "Y"), help="drag the view")
    arguments = parser.parse_args()
    if os.environ.get("DISPLAY"):
        return take(arguments.out, arguments.source, arguments.frames, tuple(arguments.turn))
    with xvfb.virtual_display() as name:
        # Another process, because Qt wants the display until its own very end.
        command = [sys.executable, "-m", "tests.app.gui.screenshot", *sys.argv[1:]]
        return subprocess.run(command, env=xvfb.environment(name), check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
