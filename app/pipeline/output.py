"""A writer that can be switched on and off while frames flow past it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from app.errors import AppError
from app.pipeline.state import OutputStatus
from app.run.writers import Writer

log = logging.getLogger(__name__)

Item = TypeVar("Item")


class SwitchedOutput(Generic[Item]):
    """Holds at most one open writer. Errors end the output and stay readable in `status`; nothing is raised.

    Every method may be called from any thread; `stop` returns once the file is closed.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._lock = threading.Lock()
        self._path: Path | None = None
        self._writer: Writer[Item] | None = None
        self._written = 0
        self._error = ""
        self._closed: Path | None = None

    @property
    def status(self) -> OutputStatus:
        with self._lock:
            return OutputStatus(self._path, self._written, self._error, self._closed)

    def start(self, path: Path) -> None:
        """Write to `path` from the next item on; a writer that is still open is closed first."""
        with self._lock:
            self._close()
            self._path, self._written, self._error, self._closed = path, 0, "", None

    def write(self, item: Item, opener: Callable[[Path], Writer[Item]]) -> None:
        """Pass one item on, opening the file with `opener` at the first; does nothing while switched off."""
        with self._lock:
            if self._path is None:
                return
            try:
                if self._writer is None:
                    self._writer = opener(self._path)
                    log.info("%s to %s started", self._what, self._path)
                self._writer.write(item)
                self._written += 1
            except Exception as error:  # a writer must not take the thread with it whose items it writes
                self._fail(error)

    def stop(self) -> OutputStatus:
        """Close the file; the status says how much it holds. May be called twice."""
        with self._lock:
            path = self._path
            self._close()
            return OutputStatus(path, self._written, self._error, self._closed)

    def _close(self) -> None:
        writer, path, self._writer, self._path = self._writer, self._path, None, None
        if writer is None:
            return
        try:
            writer.close()
            self._closed = path
            log.info("%s stopped after %d", self._what, self._written)
        except Exception as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        expected = isinstance(error, (AppError, OSError))
        # Whoever shows the status tells the user; said here too, it would be a second line on the terminal.
        log.log(logging.INFO if expected else logging.ERROR, "%s failed: %s", self._what, error, exc_info=not expected)
        self._close()
        self._closed = None
        self._error = f"{self._what} stopped: {error}" if expected else f"{self._what} stopped: {error!r}; see the log"
