"""A writer that can be switched on and off while frames flow past it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Generic, TypeVar

from app.errors import AppError
from app.pipeline.state import OutputStatus
from app.run.writers import Writer

log = logging.getLogger(__name__)

Item = TypeVar("Item")


class SwitchedOutput(Generic[Item]):
    """Holds at most one open writer. Errors end the output and stay readable in `status`; nothing is raised.

    Every method may be called from any thread. `status` never waits; `start` and `stop` wait for what is being written,
    and `stop` returns once the file is closed: a slow disk may take seconds for either.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._working = threading.Lock()  # held while a writer is used
        self._writer: Writer[Item] | None = None
        self._status = OutputStatus()  # replaced as a whole, by whoever holds the lock

    @property
    def status(self) -> OutputStatus:
        """Its path stays until the file is closed."""
        return self._status

    def start(self, path: Path) -> None:
        """Write to `path` from the next item on; a writer that is still open is closed first."""
        with self._working:
            self._close()
            self._status = OutputStatus(path)

    def write(self, item: Item, opener: Callable[[Path], Writer[Item]]) -> None:
        """Pass one item on, opening the file with `opener` at the first; does nothing while switched off."""
        with self._working:
            path = self._status.path
            if path is None:
                return
            try:
                if self._writer is None:
                    self._writer = opener(path)
                    log.info("%s to %s started", self._what, path)
                self._writer.write(item)
                self._status = replace(self._status, written=self._status.written + 1)
            except Exception as error:  # a writer must not take the thread with it whose items it writes
                self._fail(error)

    def stop(self) -> OutputStatus:
        """Close the file; the status says how much it holds. May be called twice."""
        with self._working:
            path = self._status.path
            self._close()
            return replace(self._status, path=path)

    def _close(self) -> None:
        writer, self._writer = self._writer, None
        if writer is None:
            self._status = replace(self._status, path=None)
            return
        try:
            writer.close()
            log.info("%s stopped after %d", self._what, self._status.written)
            self._status = replace(self._status, path=None, closed=self._status.path)
        except Exception as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        expected = isinstance(error, (AppError, OSError))
        # Whoever shows the status tells the user; said here too, it would be a second line on the terminal.
        log.log(logging.INFO if expected else logging.ERROR, "%s failed: %s", self._what, error, exc_info=not expected)
        self._close()
        said = f"{self._what} stopped: {error}" if expected else f"{self._what} stopped: {error!r}; see the log"
        self._status = replace(self._status, closed=None, error=said)
