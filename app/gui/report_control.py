"""The report for a bug, from the Help menu: where to, and written in the background, because cameras are asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QWidget

from app.errors import AppError
from app.gui.messages import Message
from app.run.background import Background
from app.run.report import write_report
from app.settings import Options

LOOK_MS = 100


class ReportControl(QObject):
    """Writes one report at a time. say: shows a message."""

    def __init__(self, parent: QWidget, options: Options, say: Callable[[Message], None]) -> None:
        super().__init__(parent)
        self._parent, self._options, self._say = parent, options, say
        self._background = Background()
        self._outcome: Message | None = None
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)

    def offer(self, action: QAction) -> None:
        """Write a report when this is chosen."""
        action.triggered.connect(self._ask)

    def write(self, path: Path) -> None:
        """Write it; returns at once, a message says what came of it."""
        self._outcome = None
        self._background.run("report", lambda: self._write(path))
        self._timer.start(LOOK_MS)

    def _ask(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self._parent, "Report for a bug", str(Path.home() / "hand-tracking-report.txt"), "Text (*.txt)"
        )
        if name:
            self.write(Path(name))

    def _write(self, path: Path) -> None:
        try:
            write_report(path, self._options, overwrite=True)  # the dialog has asked
            text = f"The report is in {path}. Look at it before you send it."
            self._outcome = Message(text, "info", shows=str(path))
        except AppError as error:
            self._outcome = Message(str(error), "bad")

    def _look(self) -> None:
        if self._outcome is not None:
            self._timer.stop()
            self._say(self._outcome)
