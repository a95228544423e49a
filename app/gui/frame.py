"""How the parts of the window lie: tool bar, panels around the 3D view, what plays, status bar."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget


class Frame(QWidget):
    """Everything below the menu bar. below: what comes and goes with the source, between the panels and the status."""

    def __init__(
        self, toolbar: QWidget, panels: QWidget, playback: QWidget, jobs: Sequence[QWidget], status: QWidget
    ) -> None:
        super().__init__()
        self.setObjectName("content")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.below = QWidget()
        below = _column(self.below)
        below.addWidget(playback)
        row = QHBoxLayout()
        for job in jobs:
            row.addWidget(job)
        below.addLayout(row)
        column = _column(self)
        column.addWidget(toolbar)
        column.addWidget(panels, 1)
        column.addWidget(self.below)
        column.addWidget(status)


def _column(parent: QWidget) -> QVBoxLayout:
    column = QVBoxLayout(parent)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    return column
