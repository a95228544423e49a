"""The table of the newest poses' joints: where they are, and how sure that is."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QPushButton, QTableWidget, QTableWidgetItem

from app.gui.parts import Panel, restyle
from models.core.skeleton import HAND
from models.core.types import Pose

COLUMNS = ("Joint", "x", "y", "z", "±")
_TIPS = (
    "R and L: of the right and the left hand",
    "To the right of the camera, millimetres",
    "Below the camera, millimetres",
    "In front of the camera, millimetres",
    "Standard deviation along an axis, millimetres; empty where the network was not calibrated",
)
_EVERY_S = 0.1
"""Figures that change more often cannot be read."""


class JointsPanel(Panel):
    """A row a joint, those of a second hand below. Nothing is written while the panel is hidden."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__("Joints, mm")
        self._clock, self._due_s = clock, 0.0
        self._items: list[list[QTableWidgetItem]] = []
        self.table = QTableWidget(0, len(COLUMNS))
        for column, tip in enumerate(_TIPS):
            self.table.setHorizontalHeaderItem(column, _heading(COLUMNS[column], tip))
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(21)
        self.table.setShowGrid(False)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setTabKeyNavigation(False)
        self.table.setMinimumHeight(60)
        self.copy_button = QPushButton("Copy")
        self.copy_button.setToolTip("Copy the selected cells, or the whole table, for a spreadsheet (Ctrl+C)")
        self.copy_button.clicked.connect(self.copy)
        self.header.addWidget(self.copy_button)
        keys = QShortcut(QKeySequence.StandardKey.Copy, self.table, context=Qt.ShortcutContext.WidgetShortcut)
        keys.activated.connect(self.copy)
        self.body.addWidget(self.table)

    def show_poses(self, poses: Sequence[Pose]) -> None:
        """Ten times a second at most."""
        if not self.is_seen or (poses and self._clock() < self._due_s):
            return
        self._due_s = self._clock() + _EVERY_S
        count = len(HAND.joints)
        if self.table.rowCount() != len(poses) * count:
            self._make_rows(len(poses) * count)
        for number, pose in enumerate(poses):
            sds_mm = pose.joint_sd_mm
            for joint, (name, place_m) in enumerate(zip(HAND.joints, pose.joints_cam_m)):
                sd = "" if sds_mm is None else f"{sds_mm[joint]:.1f}"
                texts = (row_name(name, pose), *(f"{1000 * metres:.1f}" for metres in place_m), sd)
                for column, text in enumerate(texts):
                    self._items[number * count + joint][column].setText(text)

    def _make_rows(self, count: int) -> None:
        self.table.setRowCount(count)
        self._items = [[QTableWidgetItem() for _ in COLUMNS] for _ in range(count)]
        for row, items in enumerate(self._items):
            for column, item in enumerate(items):
                side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
                item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
                self.table.setItem(row, column, item)

    def set_stale(self, stale: bool) -> None:
        """Dim everything: it is of the last picture, not of what the camera sees now."""
        restyle(self.table, "stale", "yes" if stale else "")

    def copy(self) -> None:
        """The rows and columns that have a selected cell, or all of them, to the clipboard: tabs between, headings."""
        chosen = self.table.selectedIndexes()
        rows = sorted({index.row() for index in chosen}) or list(range(self.table.rowCount()))
        columns = sorted({index.column() for index in chosen}) or list(range(len(COLUMNS)))
        lines = ["\t".join(COLUMNS[column] for column in columns)]
        lines += ["\t".join(self._items[row][column].text() for column in columns) for row in rows]
        QGuiApplication.clipboard().setText("\n".join(lines) + "\n")


def _heading(text: str, tip: str) -> QTableWidgetItem:
    heading = QTableWidgetItem(text)
    heading.setToolTip(tip)
    return heading


def row_name(joint: str, pose: Pose) -> str:
    """index_mcp of a right hand: R index MCP."""
    finger, _, part = joint.partition("_")
    return " ".join(filter(None, (pose.hand[0].upper(), finger, part if part == "tip" else part.upper())))
