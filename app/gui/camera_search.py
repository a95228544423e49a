"""Which cameras can be opened, asked in the background."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from app.gui.session_types import CameraChoice

log = logging.getLogger(__name__)


class CameraSearch:
    """Asks `list_cameras` in a thread of its own: the SDK takes its time, and a source should not wait for it.

    Every method may be called from any thread.
    """

    def __init__(self, list_cameras: Callable[[], Sequence[CameraChoice]]) -> None:
        self._list_cameras = list_cameras
        self._found: tuple[CameraChoice, ...] | None = None

    @property
    def found(self) -> tuple[CameraChoice, ...] | None:
        """The cameras of the last search; None while one runs, and before the first."""
        return self._found

    def start(self) -> None:
        """Search anew; returns at once."""
        self._found = None
        threading.Thread(target=self._main, name="camera-list", daemon=True).start()

    def _main(self) -> None:
        cameras: tuple[CameraChoice, ...] = ()
        try:
            cameras = tuple(self._list_cameras())
        except Exception:  # the top of a thread: a broken driver must not look like a search without end
            log.exception("listing cameras failed")
        self._found = cameras
