"""Files and folders that are dropped on a window."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QWidget

from app.gui import dialogs


class Drops(QObject):
    """Takes recordings and folders that are dropped anywhere on `window`.

    hangs: whether something that can be played hangs over the window now. dropped: its path.
    """

    hangs = Signal(bool)
    dropped = Signal(str)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        if isinstance(event, QDragEnterEvent):
            if dialogs.dropped_path(event.mimeData()) is not None:
                event.acceptProposedAction()
                self.hangs.emit(True)
            return True
        if event.type() == QEvent.Type.DragLeave:
            self.hangs.emit(False)
            return True
        if event.type() == QEvent.Type.Drop and isinstance(event, QDropEvent):
            self.hangs.emit(False)
            path = dialogs.dropped_path(event.mimeData())
            if path is not None:
                self.dropped.emit(str(path))
            return True
        return False
