"""Takes the README's pictures of the real window: python -m tests.app.gui.screenshot OUT [SOURCE]

    python -m tests.app.gui.screenshot assets/screenshot.png assets/demo.bag --frames 180
    python -m tests.app.gui.screenshot out.webp assets/demo.bag --frames 100 --film 72

With --film N the picture moves (OUT is an animated .webp). The recording then runs at a quarter of its pace, so that
a computer without a GPU draws every picture, and the figures of the status bar stay outside. SOURCE is what main.py
takes; left out, an animated stand-in for a hand is shown, and no network is needed. Where there is no display it
starts a virtual one.
"""

from __future__ import annotations

import argparse
import io
import math
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.app.gui import xvfb

if TYPE_CHECKING:
    from PySide6.QtGui import QPixmap

    from app.gui.window import MainWindow

FRAMES = 40
TIMEOUT_MS = 300_000
POLL_MS = 15
FILM_MS = 100
"""Time between two pictures of a film, in the film and in the recording."""
FILM_SPEED = 0.25
FILM_WIDTH = 800
FILM_QUALITY = 70
SWING_PX, SWING_PICTURES = 5.0, 36
"""A film's view swings to and fro: so many pixels of dragging a picture at most, so many pictures a swing."""


@dataclass
class Photographer:
    """Looks at the window on a timer and takes `count` pictures of it, the first one after `frames` results.

    turn: pixels (x, y) that the 3D view is dragged by before the first picture.
    """

    frames: int
    turn: tuple[float, float]
    count: int
    pictures: list[QPixmap] = field(default_factory=list)
    _turned_at: int = 0
    _last_ms: float = -math.inf

    def look(self) -> None:
        """Called by the timer: turn the view, wait until it is drawn, take a picture where it is time for one."""
        window = _main_window()
        latest = window.session.view().latest if window else None
        if window is None or latest is None or latest.sequence < self.frames:
            return
        viewer = window.viewer.viewer
        if not self._turned_at:
            if latest.result.pose is None:
                return
            if viewer is not None:
                viewer.orbit(*self.turn)
            self._turned_at = window._polls
        if window._polls < self._turned_at + 3 or len(self.pictures) == self.count:
            return
        if latest.frame.timestamp_ms < self._last_ms + FILM_MS:
            return
        self._last_ms = latest.frame.timestamp_ms
        height = window.height() if self.count == 1 else window.height() - window.status.height()
        self.pictures.append(_grab(window, height))
        if viewer is not None and self.count > 1:
            viewer.orbit(SWING_PX * math.cos(2 * math.pi * len(self.pictures) / SWING_PICTURES), 0)
        if len(self.pictures) == self.count:
            window.close()


def _main_window() -> MainWindow | None:
    from PySide6.QtWidgets import QApplication

    from app.gui.window import MainWindow

    return next((w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow)), None)


def _grab(window: MainWindow, height: int) -> QPixmap:
    """The screen's pixels where the upper `height` rows of the window are: Qt alone does not paint the 3D view."""
    place = window.frameGeometry()
    return window.screen().grabWindow(0, place.x(), place.y(), place.width(), height)


def take(out: Path, source: str | None, photographer: Photographer) -> int:
    """Open the window, let the photographer look at it, save what he took to `out`; the exit status."""
    from app.gui import display
    from app.settings import Options

    display.prepare_display()
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from app.gui.start import run_window

    _application = QApplication.instance() or QApplication(sys.argv[:1])
    timer = QTimer()
    timer.timeout.connect(photographer.look)
    timer.start(POLL_MS)
    QTimer.singleShot(TIMEOUT_MS, QApplication.closeAllWindows)
    services = None
    if source is None:
        from tests.app.gui.fakes import fake_services

        services = fake_services()
    speed = FILM_SPEED if photographer.count > 1 else 1.0
    run_window(Options(source=source, speed=speed), services)
    if len(photographer.pictures) < photographer.count:
        print(f"{len(photographer.pictures)} of {photographer.count} pictures taken: none at {out}", file=sys.stderr)
        return 1
    if photographer.count > 1:
        _save_film(photographer.pictures, out)
    else:
        photographer.pictures[0].save(str(out))
    return 0


def _save_film(pictures: list[QPixmap], out: Path) -> None:
    """An endless animated WebP."""
    from PIL import Image
    from PySide6.QtCore import QBuffer, Qt

    images = []
    for picture in pictures:
        buffer = QBuffer()
        smaller = picture.scaledToWidth(FILM_WIDTH, Qt.TransformationMode.SmoothTransformation)
        smaller.save(buffer, "PNG")
        images.append(Image.open(io.BytesIO(buffer.data().data())).convert("RGB"))
    images[0].save(out, save_all=True, append_images=images[1:], duration=FILM_MS, loop=0, quality=FILM_QUALITY)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("source", nargs="?")
    parser.add_argument("--frames", type=int, default=FRAMES, help="results to wait for before the picture")
    parser.add_argument("--turn", type=float, nargs=2, default=(0.0, 0.0), metavar=("X", "Y"), help="drag the view")
    parser.add_argument("--film", type=int, default=1, metavar="N", help="so many pictures, ten a second")
    arguments = parser.parse_args()
    os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp()  # the window as it is for somebody new
    if os.environ.get("DISPLAY"):
        photographer = Photographer(arguments.frames, tuple(arguments.turn), arguments.film)
        return take(arguments.out, arguments.source, photographer)
    with xvfb.virtual_display("1400x900x24") as name:  # room around the window
        # Another process, because Qt wants the display until its own very end.
        command = [sys.executable, "-m", "tests.app.gui.screenshot", *sys.argv[1:]]
        return subprocess.run(command, env=xvfb.environment(name), check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
