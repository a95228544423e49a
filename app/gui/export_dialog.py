"""The question what to export, of which frames, and where to."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from PySide6.QtWidgets import QButtonGroup, QDialog, QDialogButtonBox, QRadioButton, QVBoxLayout, QWidget

from app.gui import dialogs
from app.gui.parts import label
from app.run.film import FILM_SUFFIX


class ExportKind(Enum):
    """What is exported: its name for people, the ending of its file, and what the file dialog calls it."""

    CSV = ("Poses as a table (CSV)", ".csv")
    JSON_LINES = ("Poses as JSON lines", ".jsonl")
    NPZ = ("Poses as a NumPy archive (NPZ)", ".npz")
    DEPTH_FILM = ("Film of the depth image (MP4)", FILM_SUFFIX)
    VIEW_FILM = ("Film of the 3D view (MP4)", FILM_SUFFIX)

    @property
    def suffix(self) -> str:
        return self.value[1]

    @property
    def is_film(self) -> bool:
        return self.suffix == FILM_SUFFIX


@dataclass(frozen=True, slots=True)
class ExportChoice:
    """whole_file: every frame of the file, in the background; else what plays from now on."""

    kind: ExportKind
    whole_file: bool
    path: Path


class ExportDialog(QDialog):
    """Asks for kind and extent, then for the file. chosen: takes the answer; not called where the user backs out."""

    def __init__(self, parent: QWidget, file_name: str, has_view: bool, chosen: Callable[[ExportChoice], None]) -> None:
        """file_name: of the file that plays, empty where it is none. has_view: whether there is a 3D view."""
        super().__init__(parent)
        self.setWindowTitle("Export")
        self._chosen, self._file_name = chosen, file_name
        column = QVBoxLayout(self)
        column.addWidget(label("What", "title"))
        self._kinds, self.kind_buttons = QButtonGroup(self), {}
        for kind in ExportKind:
            button = self.kind_buttons[kind] = QRadioButton(kind.value[0])
            button.setEnabled(has_view or kind is not ExportKind.VIEW_FILM)
            self._kinds.addButton(button)
            column.addWidget(button)
        self.kind_buttons[ExportKind.CSV].setChecked(True)
        column.addSpacing(10)
        column.addWidget(label("Which frames", "title"))
        self.whole = QRadioButton(f"The whole file, in the background: {file_name}")
        self.live = QRadioButton("What plays from now on, until you stop it")
        if not file_name:
            self.whole.setText("The whole file (a camera has none)")
        self.whole.setEnabled(bool(file_name))
        extents = QButtonGroup(self)
        for button in (self.whole, self.live):
            extents.addButton(button)
            column.addWidget(button)
        (self.whole if file_name else self.live).setChecked(True)
        column.addSpacing(14)
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.choose = box.addButton("Choose file…", QDialogButtonBox.ButtonRole.AcceptRole)
        box.accepted.connect(self._choose_file)
        box.rejected.connect(self.reject)
        column.addWidget(box)

    def _choose_file(self) -> None:
        kind = next(kind for kind, button in self.kind_buttons.items() if button.isChecked())
        whole = self.whole.isChecked()
        stem = Path(self._file_name).stem if whole else time.strftime("hand-%Y%m%d-%H%M%S")
        path = dialogs.choose_export_target(self, stem, kind.suffix)
        if path is not None:
            self.accept()
            self._chosen(ExportChoice(kind, whole, path))
