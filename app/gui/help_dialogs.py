"""Help: the list of keys, made from the actions that have them, and what runs in which version."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version

from PySide6.QtCore import QSize, Qt, qVersion
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.gui.parts import label

_MOUSE = (
    ("Left drag", "Turn the 3D view"),
    ("Wheel", "Zoom"),
    ("Ctrl+drag, middle drag", "Move the 3D view"),
    ("Drop a file or folder", "Play it"),
    ("Tab, Space, Enter", "Go to a button, press it"),
)
_SCROLL_BAR_PX = 14
_AROUND = QSize(60, 130)
"""Of the screen, for the dialog's frame and its buttons."""
_PACKAGES = ("PySide6_Essentials", "open3d", "numpy", "onnxruntime", "onnxruntime-gpu", "openvino", "pyrealsense2")


def keys_dialog(parent: QWidget, actions: Iterable[QAction]) -> QDialog:
    """The mouse, then every action that has a key."""
    rows = list(_MOUSE)
    for action in actions:
        keys = action.shortcut().toString()
        row = (keys, action.text().rstrip("…"))
        if keys and row not in rows:
            rows.append(row)
    return _dialog(parent, "Keys", rows)


def about_dialog(parent: QWidget, device: str) -> QDialog:
    """The versions of what runs here, for reports of errors. device: where the pose network runs."""
    rows = list(versions(device))
    text = "\n".join(f"{name}: {value}" for name, value in rows)
    copy = QPushButton("Copy")
    copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(text))
    return _dialog(parent, "About", rows, copy)


def versions(device: str) -> Iterable[tuple[str, str]]:
    """Name and version of the program, of what it stands on, and the device."""
    yield "V2V hand tracking", _version("v2v-hand-tracking") or "from its folder"
    yield "Python", f"{platform.python_version()} on {platform.system()} {platform.release()}"
    yield "Qt", qVersion()
    for name in _PACKAGES:
        found = _version(name)
        if found:
            yield name, found
    yield "Pose network on", device


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _dialog(parent: QWidget, title: str, rows: list[tuple[str, str]], action: QPushButton | None = None) -> QDialog:
    """Pairs of texts, with a button that closes them beside `action`."""
    dialog = QDialog(parent)
    dialog.setWindowTitle(title)
    grid = QGridLayout()
    grid.setHorizontalSpacing(24)
    grid.setVerticalSpacing(3)
    half = (len(rows) + 1) // 2 if len(rows) > 14 else len(rows)
    for number, (left, right) in enumerate(rows):
        column = 2 * (number // half)
        grid.addWidget(label(left, "title"), number % half, column)
        text = label(right)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        grid.addWidget(text, number % half, column + 1)
    box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    if action is not None:
        box.addButton(action, QDialogButtonBox.ButtonRole.ActionRole)
    box.rejected.connect(dialog.reject)
    column_box = QVBoxLayout(dialog)
    column_box.setSpacing(14)
    column_box.addWidget(_scrolled(grid, dialog.screen().availableSize()))
    column_box.addWidget(box)
    return dialog


def _scrolled(grid: QGridLayout, screen: QSize) -> QScrollArea:
    """As large as it wants to be, but for a screen that is smaller."""
    content = QWidget()
    content.setObjectName("scrolled")
    grid.setContentsMargins(0, 0, 0, 0)
    content.setLayout(grid)
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.viewport().setObjectName("scrolled")
    area.setWidget(content)
    wanted = content.sizeHint()
    bars = QSize(_SCROLL_BAR_PX if wanted.height() > screen.height() - _AROUND.height() else 0, 0)
    area.setMinimumSize((wanted + bars).boundedTo(screen - _AROUND))
    return area
