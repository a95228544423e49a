"""Questions for a path or a name, and paths dropped on the window."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import QMimeData
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMessageBox, QWidget

from app.settings import PERSON_NAMES, is_person
from app.sources import RECORDINGS
from models.core.text import printable

_PATTERNS = " ".join(f"*{suffix}" for suffix in RECORDINGS)
_RECORDINGS = f"Recordings ({_PATTERNS});;All files (*)"


def choose_recording(parent: QWidget, folder: str = "") -> Path | None:
    """A recording to open, looked for from `folder` on; None where the user backed out."""
    name, _ = QFileDialog.getOpenFileName(parent, "Open recording", folder, _RECORDINGS)
    return Path(name) if name else None


def choose_folder(parent: QWidget, folder: str = "") -> Path | None:
    """A folder of depth images to open, looked for from `folder` on; None where the user backed out."""
    name = QFileDialog.getExistingDirectory(parent, "Open a folder of depth images with a camera.json", folder)
    return Path(name) if name else None


def choose_model(parent: QWidget, folder: str = "") -> Path | None:
    """A network's file; None where the user backed out."""
    name, _ = QFileDialog.getOpenFileName(parent, "Open a network", folder, "Networks (*.onnx);;All files (*)")
    return Path(name) if name else None


def ask_person(parent: QWidget) -> str | None:
    """The name of a person, asked for until one can be kept; None where the user backed out."""
    text, typed = "Whose hand is it? Its shape is learned, and kept for the next time.", ""
    while True:
        typed, is_given = QInputDialog.getText(parent, "New person", text, text=typed)
        typed = typed.strip()
        if not is_given or is_person(typed):
            return typed if is_given else None
        text = f"{printable(typed) or 'Nothing'} is no name here: expected {PERSON_NAMES}."


def choose_recording_target(parent: QWidget) -> Path | None:
    """Where to record to, with a suffix that recordings have; None where the user backed out."""
    proposal = str(Path.home() / time.strftime("hand-%Y%m%d-%H%M%S.db3"))
    name, _ = QFileDialog.getSaveFileName(parent, "Record to", proposal, "RealSense recording (*.db3 *.bag)")
    if not name:
        return None
    path = recording_path(Path(name))
    # The file dialog has asked about the name that was typed, not about the one that this became.
    if path != Path(name) and path.exists() and not _may_replace(parent, path):
        return None
    return path


def recording_path(typed: Path) -> Path:
    """What is recorded to where this name was typed: it ends in .bag or .db3."""
    suffix = typed.suffix.lower()
    return typed.with_suffix(suffix) if suffix in (".bag", ".db3") else typed.with_name(f"{typed.name}.db3")


def choose_export_target(parent: QWidget, stem: str, suffix: str) -> Path | None:
    """Where to export to, with that suffix; None where the user backed out. stem: of the name that is proposed."""
    proposal = str(Path.home() / f"{stem}{suffix}")
    name, _ = QFileDialog.getSaveFileName(parent, "Export to", proposal, f"*{suffix}")
    if not name:
        return None
    path = Path(name)
    if path.suffix.lower() != suffix:
        path = path.with_name(f"{path.name}{suffix}")
    if path != Path(name) and path.exists() and not _may_replace(parent, path):
        return None
    return path


def _may_replace(parent: QWidget, path: Path) -> bool:
    answer = QMessageBox.question(parent, parent.windowTitle(), f"{path.name} is there already. Replace it?")
    return answer == QMessageBox.StandardButton.Yes


def dropped_path(data: QMimeData) -> Path | None:
    """The recording or folder that is dragged over the window; None for anything else."""
    for url in data.urls():
        path = Path(url.toLocalFile())
        if url.isLocalFile() and (path.is_dir() or path.suffix.lower() in RECORDINGS):
            return path
    return None
