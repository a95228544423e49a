"""Films a walk through the real window, half a minute long: python -m tests.app.gui.walkthrough OUT.webp

    python -m tests.app.gui.walkthrough assets/walkthrough.webp

A person's hand on mouse and keyboard turns the view, shows the hands as skin, the distance from the model, and what
the network sees, and seeks. The recording runs at a quarter of its pace and the film at four times that, so that a
computer without a GPU draws every picture; the figures of the status bar stay outside for that reason. The pointer and
the line at the lower edge are painted into the film. Where there is no display it starts a virtual one.
"""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from app.settings import TWO_HAND_RECORDING, Options
from tests.app.gui import drive, xvfb
from tests.app.gui.desk import Desk
from tests.app.gui.drive import Condition, Player

if TYPE_CHECKING:
    from PySide6.QtGui import QPixmap

    from app.gui.window import MainWindow

FILM_MS = 125
"""Time between two pictures of the film."""
SLOWER = 4
"""What is filmed runs so much slower than the film."""
WIDTH = 760
QUALITY = 52
CAPTION_PX = 40
SIZE = (1160, 760)
ARROW = ((0, 0), (0, 17), (4, 13), (7, 20), (10, 19), (7, 12), (12, 12))


@dataclass
class Film:
    """Takes a picture of the window every FILM_MS of the film. Made on the main thread, once there is a window."""

    window: MainWindow
    pictures: list[QPixmap] = field(default_factory=list)
    caption: str = ""
    is_pressed: bool = False

    def begin(self) -> None:
        from PySide6.QtCore import QTimer

        self._timer = QTimer()
        self._timer.timeout.connect(self._take)
        self._timer.start(FILM_MS * SLOWER)

    def end(self) -> None:
        self._timer.stop()

    def _take(self) -> None:
        from PySide6.QtCore import QPoint, QRect, Qt
        from PySide6.QtGui import QColor, QCursor, QPainter, QPixmap, QPolygon

        from app.gui import theme

        # The screen's pixels, because Qt alone does not paint the 3D view.
        window, place = self.window, self.window.frameGeometry()
        shot = window.screen().grabWindow(
            0, place.x(), place.y(), place.width(), window.height() - window.status.height()
        )
        picture = QPixmap(shot.width(), shot.height() + CAPTION_PX)
        picture.fill(QColor(theme.VIEW))
        painter = QPainter(picture)
        painter.drawPixmap(0, 0, shot)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        at = QCursor.pos() - place.topLeft()
        if self.is_pressed:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(255, 255, 255, 90))
            painter.drawEllipse(at, 18, 18)
        painter.setPen(QColor(0, 0, 0))
        painter.setBrush(QColor(255, 255, 255))
        painter.drawPolygon(QPolygon([at + QPoint(*corner) for corner in ARROW]))
        font = painter.font()
        font.setPixelSize(20)
        painter.setFont(font)
        painter.setPen(QColor(theme.colors().text))
        line = QRect(0, shot.height(), shot.width(), CAPTION_PX)
        painter.drawText(line, Qt.AlignmentFlag.AlignCenter, self.caption)
        painter.end()
        self.pictures.append(picture)

    def save(self, out: Path) -> None:
        """An endless animated WebP."""
        from PIL import Image
        from PySide6.QtCore import QBuffer, Qt

        images = []
        for picture in self.pictures:
            buffer = QBuffer()
            picture.scaledToWidth(WIDTH, Qt.TransformationMode.SmoothTransformation).save(buffer, "PNG")
            images.append(Image.open(io.BytesIO(buffer.data().data())).convert("RGB"))
        images[0].save(
            out, save_all=True, append_images=images[1:], duration=FILM_MS, loop=0, quality=QUALITY, method=4
        )


class Guide:
    """A slow hand on the mouse. Times are the film's."""

    def __init__(self, film: Film) -> None:
        self._film, self._desk = film, Desk()
        self._at = (0.0, 0.0)

    def wait(self, seconds: float) -> Condition:
        until_s = time.monotonic() + SLOWER * seconds
        return lambda: time.monotonic() >= until_s

    def go(self, x: float, y: float, seconds: float) -> Iterator[Condition]:
        """To a place of the screen, evenly."""
        (from_x, from_y), steps = self._at, max(int(seconds * 40), 1)
        for step in range(1, steps + 1):
            share = step / steps
            self._at = (from_x + share * (x - from_x), from_y + share * (y - from_y))
            self._desk.move(*self._at)
            yield self.wait(seconds / steps)

    def drag(self, dx: float, dy: float, seconds: float) -> Iterator[Condition]:
        self.press(True)
        yield from self.go(self._at[0] + dx, self._at[1] + dy, seconds)
        self.press(False)

    def press(self, pressed: bool) -> None:
        self._film.is_pressed = pressed
        self._desk.button("left", pressed)

    def turn_wheel(self, name: str) -> None:
        self._desk.button(name, True)
        self._desk.button(name, False)

    def key(self, *names: str) -> None:
        self._desk.key(*names)


def story(films: list[Film]) -> Callable[[Player], Iterator[Condition]]:
    """What is shown, in half a minute."""

    def told(player: Player) -> Iterator[Condition]:
        yield lambda: player.window is not None and player.sequence > 40
        window = player.window
        window.setGeometry(0, 0, *SIZE)
        window.activateWindow()
        yield player.polls(30)
        film = Film(window)
        films.append(film)
        guide = Guide(film)
        yield from guide.go(560, 560, 0.1)
        film.begin()
        yield from _turn(film, guide)
        yield from _skin(film, guide)
        yield from _inside(film, guide)
        yield from _seek(film, guide, window)
        film.end()
        window.close()

    return told


def _turn(film: Film, guide: Guide) -> Iterator[Condition]:
    film.caption = "Both hands in 3D, from depth images alone"
    yield guide.wait(3.5)
    film.caption = "Drag turns the view, the wheel zooms"
    yield from guide.drag(-190, -40, 1.8)
    yield from guide.drag(330, 60, 2.2)
    for _ in range(3):
        guide.turn_wheel("wheel up")
        yield guide.wait(0.25)
    guide.key("r")
    yield guide.wait(0.7)


def _skin(film: Film, guide: Guide) -> Iterator[Condition]:
    film.caption = "M: the skin of a model that fits itself to each image"
    guide.key("m")
    yield guide.wait(3.0)
    film.caption = "M: skin and skeleton"
    guide.key("m")
    yield guide.wait(2.5)
    guide.key("m")
    film.caption = "U: how far the measured surface is off the model"
    guide.key("u")
    guide.key("u")
    yield guide.wait(3.0)
    guide.key("u")  # past the colours of a camera, which the recording has not
    guide.key("u")
    guide.key("m")


def _inside(film: Film, guide: Guide) -> Iterator[Condition]:
    film.caption = "V: what the network sees, and where it thinks a joint is"
    guide.key("v")
    yield guide.wait(3.2)
    for _ in range(3):
        guide.key("k")
        yield guide.wait(0.8)
    guide.key("v")


def _seek(film: Film, guide: Guide, window: MainWindow) -> Iterator[Condition]:
    from PySide6.QtCore import QPoint

    film.caption = "Recordings: seek, step, slow down, loop a part"
    strip = window.playback_bar.strip
    left, right = (strip.mapToGlobal(QPoint(x, strip.height() // 2)) for x in (30, strip.width() - 60))
    yield from guide.go(left.x(), left.y(), 1.0)
    yield from guide.drag(right.x() - left.x(), 0, 2.6)
    yield guide.wait(1.0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("source", nargs="?", default=str(TWO_HAND_RECORDING))
    arguments = parser.parse_args()
    if not os.environ.get("DISPLAY"):
        with xvfb.virtual_display(f"{SIZE[0]}x{SIZE[1]}x24") as name:
            # Another process, because Qt wants the display until its own very end.
            command = [sys.executable, "-m", "tests.app.gui.walkthrough", *sys.argv[1:]]
            return subprocess.run(command, env=xvfb.environment(name), check=False).returncode
    os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp()  # the window as it is for somebody new

    from app.gui.services import real_services

    # The model from the start: fitting it anew would begin each hand anew.
    options = Options(source=arguments.source, hands=2, fit=True, loop=True, smoothing=True, speed=1 / SLOWER)
    films: list[Film] = []
    with tempfile.TemporaryDirectory() as folder:
        status = drive.play(story(films), Path(folder), options, real_services(options))
    if status == 0:
        films[0].save(arguments.out)
        count = len(films[0].pictures)
        print(f"{count} pictures, {count * FILM_MS / 1000:.1f} s, {arguments.out.stat().st_size / 1e6:.2f} MB")
    return status


if __name__ == "__main__":
    raise SystemExit(main())
