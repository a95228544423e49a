"""A program that a file can be dragged out of, as from a file manager: python -m tests.app.gui.drag_source PATH X Y"""

from __future__ import annotations

import sys

from PySide6.QtCore import QMimeData, Qt, QTimer, QUrl
from PySide6.QtGui import QDrag, QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget


class DragSource(QWidget):
    """A small window whose whole face is the file."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def mouseMoveEvent(self, _event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(self._path)])
        drag = QDrag(self)
        drag.setMimeData(data)
        drag.exec(Qt.DropAction.CopyAction)


def main(path: str, x: int, y: int) -> int:
    application = QApplication(sys.argv[:1])
    window = DragSource(path)
    window.setGeometry(x, y, 100, 100)
    window.show()
    QTimer.singleShot(500, lambda: print("ready", flush=True))
    QTimer.singleShot(120_000, application.quit)
    return application.exec()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
