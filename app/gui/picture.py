"""A picture of the window, saved as PNG."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import QBuffer, QPoint, QRect
from PySide6.QtGui import QImage, QPainter, QPixmap
from PySide6.QtWidgets import QFileDialog, QWidget

from app.gui.messages import Message
from app.gui.viewer_panel import ViewerPanel
from models.outputs import OutputError, write_whole


def ask_and_save(window: QWidget, viewer: ViewerPanel) -> Message | None:
    """Take a picture, ask where to, and save it; what became of it, or None where the user backed out."""
    picture = picture_of(window, viewer)
    proposal = str(Path.home() / time.strftime("hand-%Y%m%d-%H%M%S.png"))
    name, _ = QFileDialog.getSaveFileName(window, "Save the picture", proposal, "Pictures (*.png)")
    return save(picture, Path(name)) if name else None


def save(picture: QPixmap, typed: Path) -> Message:
    """Save to a name that ends in .png, whatever was typed; what became of it."""
    path = typed if typed.suffix.lower() == ".png" else typed.with_name(f"{typed.name}.png")
    content = QBuffer()
    picture.save(content, "PNG")
    try:
        write_whole(path, bytes(content.data().data()))
    except (OutputError, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        return Message(f"{path}: the picture cannot be written ({reason}); choose another place", "bad")
    return Message(f"Saved the picture to {path}.", "info", shows=str(path))


def picture_of(window: QWidget, viewer: ViewerPanel) -> QPixmap:
    """The window as it looks. Qt does not paint the 3D view, which is a window of its own: that one is asked."""
    picture = window.grab()
    view = viewer.view_widget()
    if view is None or viewer.viewer is None:
        return picture
    pixels = viewer.viewer.capture()
    height, width = pixels.shape[:2]
    image = QImage(pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
    painter = QPainter(picture)
    painter.drawImage(QRect(view.mapTo(window, QPoint(0, 0)), view.size()), image)
    painter.end()
    return picture
