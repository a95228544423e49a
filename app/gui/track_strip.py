"""The line of a recording that is played: where it is, and what tracking said about each frame."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.gui import theme
from app.tracking.played import LOST, TRACKED, UNKNOWN, UNSURE, PlayedStrip

HEIGHT = 32
_BAND = 6
"""Height of the colours under the curve."""
_SIDE = 6
"""Room at both ends, so that the mark of the first and the last frame is whole."""
LEVELS = {TRACKED: "good", UNSURE: "warn", LOST: "bad"}
WORDS = {TRACKED: "tracked", UNSURE: "unsure", LOST: "lost", UNKNOWN: "not played yet"}
REDRAW_MS = 250
"""What was said about the frames is drawn anew this often: it grows with each of them, and takes time to draw."""
_BEYOND = 255  # worse than nothing: takes no part in a minimum


def columns(strip: PlayedStrip, count: int, width: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """What `width` columns show of `count` frames: the worst verdict and the mean confidence of each one's frames.

    (width,) each; frames that were not played count for neither, and a column without others is UNKNOWN and NaN.
    """
    codes = np.full(count, _BEYOND, np.uint8)
    confidence = np.zeros(count, np.float32)
    known = min(count, len(strip.verdicts))
    codes[:known] = np.where(strip.verdicts[:known] == UNKNOWN, _BEYOND, strip.verdicts[:known])
    confidence[:known] = strip.confidence[:known]
    starts = np.arange(width) * count // width
    worst = np.minimum.reduceat(codes, starts)
    played = (codes != _BEYOND).astype(np.float32)
    with np.errstate(invalid="ignore"):
        mean = np.add.reduceat(confidence * played, starts) / np.add.reduceat(played, starts)
    return np.where(worst == _BEYOND, UNKNOWN, worst).astype(np.uint8), mean.astype(np.float32)


class TrackStrip(QWidget):
    """Confidence as a curve, the verdict as a colour below it, the marked part and the frame that is shown.

    Draws what it is told. The mouse says where to go, while it is held down, too: `grabbed`, `sought` with the place of
    a frame, `released`.
    """

    grabbed = Signal()
    sought = Signal(int)
    released = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._count, self._index, self._fps = 1, 0, 30.0
        self._part: tuple[int, int] | None = None
        self._strip = PlayedStrip(np.zeros(0, np.uint8), np.zeros(0, np.float32))
        self._held: int | None = None
        self._picture = QPixmap()
        self._is_drawn, self._drawn_s = False, 0.0
        self._later = QTimer(self, singleShot=True, interval=REDRAW_MS)
        self._later.timeout.connect(self.update)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(120)
        self.setAccessibleName("Place in the recording")

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        return QSize(400, HEIGHT)

    def show_track(self, strip: PlayedStrip) -> None:
        self._strip, self._is_drawn = strip, False
        if not self._later.isActive():
            self._later.start()

    def show_place(self, index: int, count: int, fps: float, part: tuple[int, int] | None) -> None:
        """index: the frame that is shown, of `count`. part: the places of the first and last frame that are looped."""
        if (index, count, fps, part) != (self._index, self._count, self._fps, self._part):
            if (count, part) != (self._count, self._part):
                self._picture = QPixmap()
            self._index, self._count, self._fps, self._part = index, max(count, 1), fps, part
            self.update()

    # -- the mouse ------------------------------------------------------------------------------------------------

    def place_at(self, x: float) -> int:
        """The place of the frame under this column of the widget."""
        share = (x - _SIDE) / max(self.width() - 2 * _SIDE, 1)
        return min(max(int(share * self._count), 0), self._count - 1)

    def x_of(self, index: float) -> float:
        """The middle of a frame's columns."""
        return _SIDE + (index + 0.5) / self._count * (self.width() - 2 * _SIDE)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        if event.button() == Qt.MouseButton.LeftButton:
            self.grabbed.emit()
            self._hold(self.place_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        place = self.place_at(event.position().x())
        self.setToolTip(self._describe(place))
        if self._held is not None and place != self._held:
            self._hold(place)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        if event.button() == Qt.MouseButton.LeftButton and self._held is not None:
            self._held = None
            self.released.emit()

    def _hold(self, place: int) -> None:
        self._held = place
        self.sought.emit(place)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802  Qt's name
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._picture = QPixmap()  # it has the colours of before

    def _describe(self, place: int) -> str:
        code = int(self._strip.verdicts[place]) if place < len(self._strip.verdicts) else UNKNOWN
        words = WORDS[code]
        if code in (TRACKED, UNSURE):
            words += f", confidence {self._strip.confidence[place]:.0%}"
        return f"{clock(place / self._fps)}, frame {place}: {words}"

    # -- painting -------------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        ratio, is_old = self.devicePixelRatioF(), 1000 * (time.monotonic() - self._drawn_s) >= REDRAW_MS
        if self._picture.size() != self.size() * ratio or (is_old and not self._is_drawn):
            self._picture = self._draw(ratio)
            self._is_drawn, self._drawn_s = True, time.monotonic()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawPixmap(0, 0, self._picture)
        x = self.x_of(self._index)
        painter.setPen(QPen(QColor(theme.colors().text), 2))
        painter.drawLine(QPointF(x, 1), QPointF(x, self.height() - 5))

    def _draw(self, ratio: float) -> QPixmap:
        """All but the mark of the frame that is shown."""
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QRectF(_SIDE, 3, self.width() - 2 * _SIDE, self.height() - 6)
        painter.fillRect(ground, QColor(theme.colors().raised))
        if self._part is not None:
            first, last = (_SIDE + end / self._count * ground.width() for end in (self._part[0], self._part[1] + 1))
            painter.fillRect(QRectF(first, ground.top(), last - first, ground.height()), QColor(theme.colors().chosen))
        self._paint_track(painter, ground)
        if self._part is not None:
            painter.setPen(QPen(QColor(theme.colors().accent), 2))
            for x in (first, last):
                painter.drawLine(QPointF(x, ground.top() - 2), QPointF(x, ground.bottom() + 2))
        painter.end()
        return picture

    def _paint_track(self, painter: QPainter, ground: QRectF) -> None:
        width = max(round(ground.width()), 1)
        verdicts, confidence = columns(self._strip, self._count, width)
        edges = np.flatnonzero(np.diff(verdicts)) + 1
        for start, end in zip([0, *edges], [*edges, width]):
            if verdicts[start] != UNKNOWN:
                stretch = QRectF(ground.left() + start, ground.bottom() - _BAND, end - start, _BAND)
                painter.fillRect(stretch, QColor(getattr(theme.colors(), LEVELS[int(verdicts[start])])))
        painter.setPen(QPen(QColor(theme.colors().muted), 1.2))
        room = ground.height() - _BAND - 3
        known = np.isfinite(confidence)
        edges = np.flatnonzero(np.diff(known)) + 1
        for start, end in zip([0, *edges], [*edges, width]):
            if known[start]:
                tops = ground.top() + 2 + room * (1 - confidence[start:end])
                points = [QPointF(ground.left() + x + 0.5, float(top)) for x, top in zip(range(start, end), tops)]
                painter.drawPolyline(QPolygonF(points))


def clock(seconds: float) -> str:
    """0:03.4 or 1:02:03.4, whole tenths of a second."""
    tenths = int(10 * seconds + 1e-6)
    minutes, tenths = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    start = f"{hours}:{minutes:02}" if hours else str(minutes)
    return f"{start}:{tenths // 10:02}.{tenths % 10}"
