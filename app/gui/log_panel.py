"""The program's log inside the window."""

from __future__ import annotations

import logging
import threading
from collections import deque

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit, QPushButton

from app.gui.parts import Panel

KEPT = 2000
"""Lines; older ones are forgotten."""
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class LogLines(logging.Handler):
    """Keeps the newest lines of the log, whatever thread they come from; what the terminal shows stays as it is."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.setFormatter(logging.Formatter(_FORMAT, "%H:%M:%S"))
        self._lines: deque[str] = deque(maxlen=KEPT)
        self._guard = threading.Lock()
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        line = self.format(record)
        with self._guard:
            self._lines.append(line)
            self.count += 1

    def after(self, count: int) -> tuple[int, list[str]]:
        """How many lines came so far, and those behind the first `count` that are still kept."""
        with self._guard:
            new = min(self.count - count, len(self._lines))
            return self.count, list(self._lines)[len(self._lines) - new :] if new > 0 else []


def keep_log() -> LogLines:
    """Keep the log of the program, from INFO on, from now on; the terminal's level does not change."""
    lines = LogLines()
    root = logging.getLogger()
    for handler in root.handlers:
        if handler.level == logging.NOTSET:
            handler.setLevel(root.getEffectiveLevel())
    root.addHandler(lines)
    for room in ("app", "models"):
        logger = logging.getLogger(room)
        if logger.getEffectiveLevel() > logging.INFO:
            logger.setLevel(logging.INFO)
    return lines


class LogPanel(Panel):
    """The lines, the newest at the end; follows them while it is scrolled there."""

    def __init__(self, lines: LogLines) -> None:
        super().__init__("Log")
        self._lines, self._shown = lines, 0
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setMaximumBlockCount(KEPT)
        self.text.setMinimumHeight(40)
        self.text.setTabChangesFocus(True)
        self.text.setPlaceholderText("Nothing happened so far")
        copy = QPushButton("Copy")
        copy.setToolTip("Copy the whole log, for a report of an error")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.text.toPlainText()))
        self.copy_button = copy
        self.header.addWidget(copy)
        self.body.addWidget(self.text)

    def look(self) -> None:
        """Show what is new. Call now and then."""
        if self.is_seen and self._lines.count != self._shown:
            self._shown, new = self._lines.after(self._shown)
            self.text.appendPlainText("\n".join(new))
