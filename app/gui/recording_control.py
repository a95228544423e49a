"""Recording from the window: where to, the sign that it is on, and what became of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QWidget

from app.gui import dialogs
from app.gui.messages import NOTHING, Message, recorded_message, recording_message
from app.gui.session import Session
from app.gui.session_types import SessionView
from models.outputs import size_so_far


class RecordingControl:
    """Starts and stops the session's recording, and notices where it ends by itself. say: shows a message."""

    def __init__(self, parent: QWidget, session: Session, say: Callable[[Message], None]) -> None:
        self._parent, self._session, self._say = parent, session, say
        self._path: Path | None = None
        self._poses: Path | None = None
        self._stopped_by_user = False

    def switch(self, on: bool) -> None:
        """As the user asks: begin, after the question where to; or end."""
        if not on:
            self._stopped_by_user = True
            self._session.outputs.end_recording()
            return
        path = dialogs.choose_recording_target(self._parent)
        if path is not None:
            self._say(NOTHING)
            self._path, self._stopped_by_user = path, False
            self._poses = poses_beside(path)
            self._session.outputs.start_recording(path, self._poses)

    def look(self, view: SessionView) -> None:
        """Say what was recorded, once a recording has ended. Call with every look at the session."""
        before, self._path = self._path, view.recording.path
        if before is not None and self._path is None and not view.recording.error:
            self._say(recorded_message(view.recording, self._stopped_by_user, self._poses))

    def progress(self, view: SessionView) -> Message:
        """The running recording in a few words; asks the disk, so not for every look."""
        path = view.recording.path
        if path is None:
            return NOTHING
        if self._stopped_by_user:
            return Message("Saving…", "warn")
        fps = view.info.fps if view.info is not None else 30.0
        return recording_message(view.recording, fps, size_so_far(path), _free_bytes(path))


def poses_beside(recording: Path) -> Path:
    """The file for the poses of a recording: beside it, and one that is not there yet."""
    names = (f"{recording.stem}.poses{number}.csv" for number in ("", *(f"-{count}" for count in range(2, 10_000))))
    return next(path for name in names if not (path := recording.with_name(name)).exists())


def _free_bytes(path: Path) -> int:
    """Room on the disk that `path` is on; 0 where that cannot be told."""
    try:
        return shutil.disk_usage(path.parent).free
    except OSError:
        return 0
