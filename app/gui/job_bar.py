"""A line above the status bar for what is written beside playing: how far it is, and the button that ends it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QPushButton

from app.gui.parts import ElidedLabel


class JobBar(QFrame):
    """Shown only while there is a job."""

    end_clicked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("jobbar")
        self.text = ElidedLabel("value")
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedSize(120, 8)
        self.end = QPushButton()
        self.end.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.end.clicked.connect(self.end_clicked)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 3, 10, 3)
        row.setSpacing(12)
        row.addWidget(self.text, 1)
        row.addWidget(self.progress)
        row.addWidget(self.end)
        self.hide()

    def say(self, text: str, end: str = "", done: int = 0, total: int | None = None) -> None:
        """Show a job, or nothing where `text` is empty. end: the button's label. total: None where it has no end."""
        self.text.set_whole_text(text)
        self.end.setText(end)
        self.progress.setVisible(total is not None)
        if total is not None:
            self.progress.setRange(0, total)
            self.progress.setValue(min(done, total))
        self.setVisible(bool(text))
