"""The depth image, coloured by distance, the colour picture beside it, and the skeleton drawn over both."""

from __future__ import annotations

from enum import Enum

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPaintEvent, QPen, qRgb
from PySide6.QtWidgets import QComboBox, QSizePolicy, QWidget

from app.gui import theme
from app.gui.colors import DARK
from app.gui.parts import Panel
from app.gui.window_on_hand import WindowOnHand
from app.viewer.colors import DEPTH_RAMP, ramp_index
from models.core.camera import project
from models.core.skeleton import HAND
from models.core.types import Camera, DepthFrame, Pose

_EMPTY_TEXT = "No picture yet"
_OUTLINE = (0, 0, 0, 150)
_STALE_TEXT = "Last picture"
_LEGEND_PX = (70.0, 8.0)
_GAP_PX = 4.0
"""Between two pictures."""


class Pictures(Enum):
    """What the panel shows. The values are words for people."""

    DEPTH = "Depth"
    COLOR = "Colour"
    BOTH = "Depth and colour"


def _color_table() -> list[int]:
    """Index 0 is "no measurement"; 1..255 run from near to far."""
    ramp = [qRgb(*(int(255 * channel) for channel in color)) for color in DEPTH_RAMP]
    return [QColor(theme.VIEW).rgb(), *ramp[1:]]


def _bone_pens() -> list[QPen]:
    """The outline's pen, then one a colour. Made once: each QPen made with a style leaks a little in PySide6 6.11."""

    def pen(color: QColor, width: float) -> QPen:
        return QPen(color, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)

    return [pen(QColor(*_OUTLINE), 4.5), *(pen(theme.qcolor(color), 2.5) for color in HAND.colors)]


_BONES_OF = [[bone for bone in HAND.bones if HAND.groups[bone[1]] == group] for group in range(len(HAND.colors))]
"""The bones of each colour."""


class DepthView(QWidget):
    """Paints the newest pictures as large as fits, aspect kept.

    pictures: which ones; where there is no colour picture, the depth image. zooms: only the hand and what is around it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # nothing below it is painted first
        self.setMinimumSize(220, 70)  # all panels of a row fit on a screen of 540 lines
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._image: QImage | None = None
        self._pixels: NDArray[np.uint8] | None = None  # QImage does not own them
        self._color: tuple[QImage, NDArray[np.uint8]] | None = None  # likewise
        self.pictures, self.zooms = Pictures.DEPTH, False
        self._window = WindowOnHand()
        self._hands_uv: list[NDArray[np.float64]] = []
        self._pens = _bone_pens()
        self._brushes = [QBrush(theme.qcolor(HAND.joint_color(joint))) for joint in range(len(HAND.joints))]
        self._stale = False
        self._span_m = (0.0, 1.0)
        self._ramp = QImage(bytes(range(1, 256)), 255, 1, 255, QImage.Format.Format_Indexed8).copy()
        self._ramp.setColorTable(_color_table())
        self._legend_ground, self._legend_pen = QBrush(QColor(0, 0, 0, 165)), QPen(QColor(theme.ON_VIEW))

    def show_frame(
        self, frame: DepthFrame, pose: Pose | None, span_m: tuple[float, float], others: tuple[Pose, ...] = ()
    ) -> None:
        """Show a frame with the skeletons of its hands. span_m: nearest and farthest depth of the colours."""
        self._span_m = span_m
        depth_m = frame.depth_m()
        pixels = self._pixels_of(frame.camera)
        np.maximum(ramp_index(depth_m, *span_m), 1, out=pixels)
        pixels[frame.raw == 0] = 0
        self._color = None if frame.color is None else _color_image(frame.color)
        hands = () if pose is None else (pose, *others)
        self._hands_uv = [uv for hand in hands if (uv := _visible_uv(hand, frame.camera)) is not None]
        self._window.follow(self._hands_uv if self.zooms else [], frame.camera.shape)
        self.update()

    @property
    def has_color(self) -> bool:
        """Whether a colour picture came with the last frame."""
        return self._color is not None

    def _pixels_of(self, camera: Camera) -> NDArray[np.uint8]:
        """The image's own pixels (H, W), made anew only where the size changes."""
        if self._pixels is None or self._pixels.shape != camera.shape:
            self._pixels = np.zeros(camera.shape, np.uint8)
            format_ = QImage.Format.Format_Indexed8
            self._image = QImage(self._pixels.data, camera.width, camera.height, camera.width, format_)
            self._image.setColorTable(_color_table())
        return self._pixels

    def clear(self) -> None:
        self._image = self._pixels = self._color = None
        self._window.forget()
        self._hands_uv = []
        self.update()

    def set_stale(self, stale: bool) -> None:
        """Dim the picture: it is the last one, not what the camera sees now."""
        if stale != self._stale:
            self._stale = stale
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        return QSize(380, 285)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.VIEW))
        if self._image is None:
            painter.setPen(QColor(DARK.muted))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, _EMPTY_TEXT)
            return
        images = self._images(self._image)
        source = self._window.within(self._image.width(), self._image.height())
        if self._stale:
            painter.setOpacity(theme.STALE_OPACITY)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        targets = self._targets(len(images), source)
        for image, target in zip(images, targets):
            painter.drawImage(target, image, source)
            for uv in self._hands_uv:
                self._paint_skeleton(painter, source, target, uv)
            painter.setClipping(False)
        if self._image in images:
            self._paint_legend(painter)
        if self._stale:
            painter.setOpacity(1.0)
            painter.setPen(QColor(theme.ON_VIEW))
            for target in targets:
                painter.drawText(target, Qt.AlignmentFlag.AlignCenter, _STALE_TEXT)

    def _images(self, depth: QImage) -> list[QImage]:
        """From left to right, or from below upwards: the legend is in the lower left corner."""
        if self._color is None or self.pictures is Pictures.DEPTH:
            return [depth]
        return [self._color[0]] if self.pictures is Pictures.COLOR else [depth, self._color[0]]

    def _paint_legend(self, painter: QPainter) -> None:
        """The colours from near to far with their depths, in the lower left corner."""
        near, far = (f"{end_m:g} m" for end_m in self._span_m)
        metrics = painter.fontMetrics()
        width = metrics.horizontalAdvance(near) + metrics.horizontalAdvance(far) + _LEGEND_PX[0] + 24
        field = QRectF(6, self.height() - metrics.height() - 12, width, metrics.height() + 6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._legend_ground)
        painter.drawRoundedRect(field, 4, 4)
        painter.setPen(self._legend_pen)
        text = field.adjusted(6, 0, -6, 0)
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, near)
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, far)
        left = text.left() + metrics.horizontalAdvance(near) + 6
        painter.drawImage(QRectF(left, field.center().y() - _LEGEND_PX[1] / 2, *_LEGEND_PX), self._ramp)

    def _targets(self, count: int, source: QRectF) -> list[QRectF]:
        """Where pictures of `source` go: beside or above each other, whichever shows more."""
        gap = (count - 1) * _GAP_PX
        beside = min((self.width() - gap) / count / source.width(), self.height() / source.height())
        stacked = min(self.width() / source.width(), (self.height() - gap) / count / source.height())
        scale = max(beside, stacked)
        width, height = source.width() * scale, source.height() * scale
        middle = QPointF(self.width() / 2, self.height() / 2)
        step = QPointF(width + _GAP_PX, 0) if beside >= stacked else QPointF(0, -height - _GAP_PX)
        corner = middle - QPointF(width / 2, height / 2) - step * (count - 1) / 2
        return [QRectF(corner + step * number, QSizeF(width, height)) for number in range(count)]

    def _paint_skeleton(self, painter: QPainter, source: QRectF, target: QRectF, uv: NDArray[np.float64]) -> None:
        painter.setClipRect(target)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scale = target.width() / source.width()
        # Pixel centres are at integers, so the image's left edge is at -0.5.
        corner = target.topLeft() - source.topLeft() * scale
        points = [QPointF(corner.x() + (u + 0.5) * scale, corner.y() + (v + 0.5) * scale) for u, v in uv]
        painter.setPen(self._pens[0])
        painter.drawLines([QLineF(points[parent], points[child]) for parent, child in HAND.bones])
        for bones, pen in zip(_BONES_OF, self._pens[1:]):
            painter.setPen(pen)
            painter.drawLines([QLineF(points[parent], points[child]) for parent, child in bones])
        painter.setPen(QColor(*_OUTLINE))
        for brush, point in zip(self._brushes, points):
            painter.setBrush(brush)
            painter.drawEllipse(point, 3.2, 3.2)


def _color_image(color: NDArray[np.uint8]) -> tuple[QImage, NDArray[np.uint8]]:
    """Colours (H, W, 3) as an image, and the pixels, which it does not own."""
    height, width = color.shape[:2]
    return QImage(color.data, width, height, 3 * width, QImage.Format.Format_RGB888), color


def _visible_uv(pose: Pose, camera: Camera) -> NDArray[np.float64] | None:
    """Pixels of the joints (J, 2); None where one is at or behind the camera."""
    if len(pose.joints_cam_m) != len(HAND.joints) or (pose.joints_cam_m[:, 2] <= 0.01).any():
        return None
    return project(pose.joints_cam_m, camera)


class DepthPanel(Panel):
    """The depth image as a panel, with a choice of pictures while colours come."""

    def __init__(self) -> None:
        super().__init__("Depth image")
        self.view = DepthView()
        self.pictures = QComboBox()
        self.pictures.setToolTip("The depth image, the colour camera's picture, or both")
        for pictures in Pictures:
            self.pictures.addItem(pictures.value, pictures)
        self.pictures.hide()
        self.header.addWidget(self.pictures)
        self.body.addWidget(self.view)
