"""The 3D view inside the window: embedded on X11, else painted from pictures of a hidden one."""

from __future__ import annotations

import logging
import os
import sys
import time

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QImage, QMouseEvent, QPainter, QPaintEvent, QWheelEvent, QWindow
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.errors import DisplayError
from app.gui.parts import Card, Pill, label
from app.viewer.viewer import KeyHandler, Viewer
from models.core.types import DepthFrame, Pose

log = logging.getLogger(__name__)

MODE_VARIABLE = "V2V_VIEWER"
"""Environment variable that forces a mode: embed, picture or off."""

# New pictures may take this share of the time, so that drawing on the CPU leaves it to the networks.
_DRAWING_SHARE = 0.4
_GLFW_SHIFT, _GLFW_CONTROL, _GLFW_ALT = 1, 2, 4


class EmbeddedView:
    """open3d's own window, made a child of ours; it handles its mouse itself. Raises DisplayError where that fails."""

    def __init__(self, on_key: KeyHandler) -> None:
        self.viewer = Viewer(on_key=on_key)
        identity = self.viewer.native_id()
        if identity is None:
            self.viewer.close()
            raise DisplayError("the 3D view's window cannot be found on the display")
        self._window = QWindow.fromWinId(identity)
        self._container = QWidget.createWindowContainer(self._window)
        self._container.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def widget(self) -> QWidget:
        return self._container

    def draw(self) -> None:
        self.viewer.render()

    def close_view(self) -> None:
        # Before Qt's windows go: the X server would take this one with its parent, and open3d does not expect that.
        # The QWindow stays in the container, which owns it; taking it out would make Python delete it a second time.
        self._container.hide()
        self.viewer.close()


class PictureView(QWidget):
    """Paints what a hidden view renders, and passes the mouse on to it."""

    def __init__(self, on_key: KeyHandler) -> None:
        super().__init__()
        self.viewer = Viewer(on_key=on_key)
        self._image: QImage | None = None
        self._pixels: object = None
        self._last: QPointF | None = None
        self.setMouseTracking(False)

    def widget(self) -> QWidget:
        return self

    def draw(self) -> None:
        if self.viewer.render():
            pixels = self.viewer.capture()
            height, width = pixels.shape[:2]
            self._image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
            self._pixels = pixels  # QImage does not own them
            self.update()

    def close_view(self) -> None:
        self.viewer.close()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        if self._image is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        # The hidden window keeps its size: the picture covers the widget and what sticks out is cut off.
        scale = max(self.width() / self._image.width(), self.height() / self._image.height())
        width, height = self._image.width() * scale, self._image.height() * scale
        painter.drawImage(QRectF((self.width() - width) / 2, (self.height() - height) / 2, width, height), self._image)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        self._last = event.position()

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        self._last = None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        if self._last is None:
            return
        moved = event.position() - self._last
        self._last = event.position()
        middle = bool(event.buttons() & Qt.MouseButton.MiddleButton)
        if middle or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.viewer.pan(moved.x(), moved.y())
        else:
            self.viewer.orbit(moved.x(), moved.y())

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802  Qt's name
        self.viewer.zoom(event.angleDelta().y() / 120)


def _modes() -> tuple[str, ...]:
    forced = os.environ.get(MODE_VARIABLE, "")
    if forced in ("embed", "picture"):
        return (forced,)
    if forced == "off":
        return ()
    embeds = sys.platform.startswith("linux") and QGuiApplication.platformName() == "xcb"
    return ("embed", "picture") if embeds else ("picture",)


class ViewerPanel(Card):
    """The 3D view with its state and what to do about it. Where no OpenGL window opens it says so and stays empty."""

    key_pressed = Signal(int, Qt.KeyboardModifier)

    def __init__(self) -> None:
        super().__init__("3D view")
        self.state = Pill()
        self.header.addWidget(label("Drag turns · wheel zooms · Ctrl+drag moves", "caption"))
        self.header.addWidget(self.state, 0, Qt.AlignmentFlag.AlignVCenter)
        self._view = self._make_view()
        self._next_update_s = 0.0
        self._waiting: tuple[DepthFrame, Pose | None, tuple[float, float]] | None = None
        frame = QWidget()
        frame.setObjectName("view")
        frame.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(frame)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._view.widget() if self._view else self._apology())
        self.body.addWidget(frame)

    @property
    def mode(self) -> str:
        """ "embed", "picture" or "off"."""
        kinds = {EmbeddedView: "embed", PictureView: "picture"}
        return kinds.get(type(self._view), "off")

    @property
    def viewer(self) -> Viewer | None:
        return self._view.viewer if self._view else None

    def view_widget(self) -> QWidget | None:
        """The widget that the picture fills; None where there is none."""
        return self._view.widget() if self._view else None

    def _make_view(self) -> EmbeddedView | PictureView | None:
        for mode in _modes():
            try:
                return EmbeddedView(self._key) if mode == "embed" else PictureView(self._key)
            except DisplayError as error:
                log.warning("3D view (%s): %s", mode, error)
        return None

    @staticmethod
    def _apology() -> QLabel:
        text = QLabel("The 3D view needs OpenGL, which this display does not offer.\nTracking goes on without it.")
        text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        text.setObjectName("muted")
        return text

    def _key(self, key: int, modifiers: int) -> None:
        """GLFW's key as Qt's: X sends keys to the embedded window whenever the pointer is over it."""
        qt_modifiers = Qt.KeyboardModifier.NoModifier
        for bit, modifier in (
            (_GLFW_SHIFT, Qt.KeyboardModifier.ShiftModifier),
            (_GLFW_CONTROL, Qt.KeyboardModifier.ControlModifier),
            (_GLFW_ALT, Qt.KeyboardModifier.AltModifier),
        ):
            if modifiers & bit:
                qt_modifiers |= modifier
        qt_key = key if key < 256 else _GLFW_TO_QT.get(key)
        if qt_key is not None:
            # Later, because the key may close the view, which is still in the middle of handling it.
            QTimer.singleShot(0, lambda: self.key_pressed.emit(qt_key, qt_modifiers))

    def show_frame(self, frame: DepthFrame, pose: Pose | None, depth_range_m: tuple[float, float]) -> None:
        """Show a result as Viewer.show does, now or at the next `draw` that has time for it."""
        self._waiting = (frame, pose, depth_range_m)

    def draw(self) -> None:
        """Handle the mouse and draw what is new. Call some 30 times a second."""
        if self._view is None or not self._view.viewer.is_open:
            return
        started = time.monotonic()
        due = self._waiting is not None and started >= self._next_update_s
        if due and self._waiting is not None:
            self._view.viewer.show(*self._waiting)
            self._waiting = None
        self._view.draw()
        if due:
            self._next_update_s = started + (time.monotonic() - started) / _DRAWING_SHARE

    def clear(self) -> None:
        self._waiting = None
        if self._view is not None:
            self._view.viewer.clear()

    def set_follows_hand(self, follows: bool) -> None:
        if self._view is not None:
            self._view.viewer.follows_hand = follows

    def reset_view(self) -> None:
        if self._view is not None:
            self._view.viewer.reset_view()

    def close_view(self) -> None:
        """Destroy the view; before the window goes. May be called twice."""
        view, self._view = self._view, None
        if view is not None:
            view.close_view()


_GLFW_TO_QT = {
    256: Qt.Key.Key_Escape.value,
    257: Qt.Key.Key_Return.value,
    294: Qt.Key.Key_F5.value,
    300: Qt.Key.Key_F11.value,
}
