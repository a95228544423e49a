"""Widgets that show the 3D view and turn it with the mouse: open3d's own window embedded, or painted pictures of it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent, QWheelEvent, QWindow
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.errors import DisplayError
from app.viewer.viewer import Viewer
from app.viewer.x11 import ExposureWatch, let_input_through

_WHEEL_NOTCH = 120


class TurnableView(QWidget):
    """Left drag turns, middle or Ctrl drag moves, the wheel zooms; the same however the view gets onto the screen."""

    def __init__(self, viewer: Viewer) -> None:
        super().__init__()
        self.viewer = viewer
        self._last: QPointF | None = None

    def draw(self) -> bool:
        """Draw what is new; True where there was something."""
        raise NotImplementedError

    def close_view(self) -> None:
        """Destroy the view, before the window goes."""
        self.viewer.close()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        self._last = event.position()

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        self._last = None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        if self._last is None:
            return
        moved = (event.position() - self._last) * self.devicePixelRatioF()
        self._last = event.position()
        middle = bool(event.buttons() & Qt.MouseButton.MiddleButton)
        if middle or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.viewer.pan(moved.x(), moved.y())
        else:
            self.viewer.orbit(moved.x(), moved.y())

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802  Qt's name
        self.viewer.zoom(event.angleDelta().y() / _WHEEL_NOTCH)


class EmbeddedView(TurnableView):
    """open3d's own window as a child of ours, for its picture alone. Raises DisplayError where that fails.

    Mouse, keys and drops pass through it to Qt. Otherwise open3d would take them, with a wheel that turns the other
    way, keys that no button sees, and drops that nobody takes.
    """

    def __init__(self) -> None:
        super().__init__(Viewer())
        identity = self.viewer.native_id()
        if identity is None or not let_input_through(identity):
            self.viewer.close()
            raise DisplayError("the 3D view's window cannot be embedded on this display")
        self._exposures = ExposureWatch(identity)
        self._window = QWindow.fromWinId(identity)
        self._container = QWidget.createWindowContainer(self._window)
        self._container.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._container.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._container.setAcceptDrops(False)  # the main window takes them
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._container)

    def draw(self) -> bool:
        if self._exposures.exposed():
            self.viewer.refresh()
        return self.viewer.render()

    def close_view(self) -> None:
        # Before Qt's windows go: the X server would take this one with its parent, and open3d does not expect that.
        # The QWindow stays in the container, which owns it; taking it out would make Python delete it a second time.
        self._exposures.close()
        self._container.hide()
        self.viewer.close()


class PictureView(TurnableView):
    """Paints what a hidden view renders."""

    def __init__(self) -> None:
        super().__init__(Viewer())
        self._image: QImage | None = None
        self._pixels: object = None

    def draw(self) -> bool:
        pixels = self.viewer.render_picture()
        if pixels is None:
            return False
        height, width = pixels.shape[:2]
        self._image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
        self._pixels = pixels  # QImage does not own them
        self.update()
        return True

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        if self._image is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        # The hidden window keeps its size: the picture covers the widget and what sticks out is cut off.
        scale = max(self.width() / self._image.width(), self.height() / self._image.height())
        width, height = self._image.width() * scale, self._image.height() * scale
        painter.drawImage(QRectF((self.width() - width) / 2, (self.height() - height) / 2, width, height), self._image)
