"""Errors for whoever started the program without a terminal."""

from __future__ import annotations

import sys

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMessageBox

from app.errors import AppError
from app.gui.display import prepare_display


def show_error(text: str) -> None:
    """Show one error until it is closed; where there is no display, nothing."""
    if QApplication.instance() is None:
        try:
            prepare_display()
        except AppError:
            return
    _application = QApplication.instance() or QApplication(sys.argv[:1])
    box = QMessageBox(QMessageBox.Icon.Critical, "V2V hand tracking", text, QMessageBox.StandardButton.Close)
    box.setTextFormat(Qt.TextFormat.PlainText)  # a file may be called <b>
    box.exec()
