"""A film of what is shown now, encoded in a thread of its own so that nobody waits for it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from app.errors import AppError
from app.pipeline.slot import LatestSlot, SlotClosed
from app.pipeline.state import OutputStatus
from app.run.film import FilmWriter, Picture

log = logging.getLogger(__name__)

FPS = 30.0


class LiveFilm:
    """Films the pictures that it is offered from `start` to `stop`, at their pace. Errors show in `status`.

    A picture that comes while the one before is still encoded takes its place; the film keeps time all the same.
    Every method may be called from any thread.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pictures: LatestSlot[tuple[Callable[[], Picture], float]] = LatestSlot()
        self._lock = threading.Lock()
        self._status = OutputStatus(path)
        self._thread = threading.Thread(target=self._main, name="live-film", daemon=True)
        self._thread.start()

    @property
    def status(self) -> OutputStatus:
        with self._lock:
            return self._status

    def offer(self, make_picture: Callable[[], Picture], time_s: float) -> None:
        """Show this from `time_s` (monotonic) on; `make_picture` is called in the film's own thread."""
        self._pictures.put((make_picture, time_s))

    def end(self) -> None:
        """End the film; returns at once, and the path of `status` is None once the file is complete."""
        self._pictures.close()

    def stop(self) -> OutputStatus:
        """End the film; returns once the file is complete."""
        self.end()
        self._thread.join()
        return self.status

    def _main(self) -> None:
        film: FilmWriter | None = None
        try:
            film = FilmWriter(self._path, FPS)
            self._write(film)
            film.close()
            written = film.written
            closed = self._path if written else None
            self._say(OutputStatus(None, written, "", closed))
        except AppError as error:
            self._say(OutputStatus(None, 0, f"film stopped: {error}"))
        except Exception as error:  # the top of a worker: anything else would vanish with the thread
            log.exception("the film failed")
            self._say(OutputStatus(None, 0, f"film stopped: {error!r}; see the log"))

    def _write(self, film: FilmWriter) -> None:
        start_s: float | None = None
        while True:
            try:
                item = self._pictures.get()
            except SlotClosed:
                return
            assert item is not None
            make_picture, time_s = item
            start_s = time_s if start_s is None else start_s
            film.add_at(make_picture(), time_s - start_s)
            self._say(OutputStatus(self._path, film.written))

    def _say(self, status: OutputStatus) -> None:
        with self._lock:
            self._status = status
