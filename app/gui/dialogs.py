"""Questions for a path, and paths dropped on the window."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import QMimeData
from PySide6.QtWidgets import QFileDialog, QWidget

_RECORDINGS = "RealSense recordings (*.bag *.db3);;All files (*)"


def choose_recording(parent: QWidget) -> Path | None:
    """A recording to open; None where the user backed out."""
    name, _ = QFileDialog.getOpenFileName(parent, "Open recording", "", _RECORDINGS)
    return Path(name) if name else None


def choose_folder(parent: QWidget) -> Path | None:
    """A folder of depth images to open; None where the user backed out."""
    name = QFileDialog.getExistingDirectory(parent, "Open a folder of 16-bit PNGs with a camera.json")
    return Path(name) if name else None


def choose_recording_target(parent: QWidget) -> Path | None:
    """Where to record to, always with a suffix; None where the user backed out."""
    proposal = str(Path.home() / time.strftime("hand-%Y%m%d-%H%M%S.db3"))
    name, _ = QFileDialog.getSaveFileName(parent, "Record to", proposal, "RealSense recording (*.db3 *.bag)")
    if not name:
        return None
    path = Path(name)
    return path if path.suffix else path.with_suffix(".db3")


def dropped_path(data: QMimeData) -> Path | None:
    """The recording or folder that is dragged over the window; None for anything else."""
    for url in data.urls():
        path = Path(url.toLocalFile())
        if url.isLocalFile() and (path.is_dir() or path.suffix.lower() in (".bag", ".db3")):
            return path
    return None
