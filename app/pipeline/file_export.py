"""A whole file tracked and written in the background, while the window plays on."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from app.errors import AppError
from app.run.film import FILM_SUFFIX, FilmWriter, Picture
from app.run.headless import FrameSink, run_headless
from app.run.preview import preview_picture
from app.settings import Options
from app.sources.base import Source
from app.tracking.base import FrameTracker
from app.tracking.result import TrackResult
from models.core.types import DepthFrame

log = logging.getLogger(__name__)

PictureMaker = Callable[[DepthFrame, TrackResult], Picture]
"""Makes one (H, W, 3) uint8 RGB picture of a film."""


@dataclass(frozen=True, slots=True)
class FileExportStatus:
    """done: frames so far, of `total` where that is known. error: one line where it broke; is_over: nothing runs."""

    path: Path
    done: int
    total: int | None
    is_over: bool = False
    is_cancelled: bool = False
    error: str = ""


def depth_film(options: Options) -> PictureMaker:
    """Pictures of the depth image with the skeleton, as --preview writes them."""
    return lambda frame, result: rgb(preview_picture(frame, result, options.near_m, options.far_m))


def rgb(picture_bgr: Picture) -> Picture:
    """The same picture with its colours in the other order."""
    return np.asarray(cv2.cvtColor(picture_bgr, cv2.COLOR_BGR2RGB), dtype=np.uint8)


class FileExport:
    """Exports every frame of `options.source` once, in order, as `--headless --export` does, in a thread of its own.

    options.export: where to; a name that ends in .mp4 becomes a film of what `picture` makes, at the rate `fps`.
    make_source: must not skip frames. Every method may be called from any thread; `status` tells how it goes.
    """

    def __init__(
        self,
        options: Options,
        make_source: Callable[[str], Source],
        build_tracker: Callable[[Options], FrameTracker],
        picture: PictureMaker,
        fps: float,
        total: int | None,
    ) -> None:
        assert options.source is not None
        assert options.export is not None
        self._options, self._make_source, self._build_tracker = options, make_source, build_tracker
        self._picture, self._fps = picture, fps
        self._lock = threading.Lock()
        self._status = FileExportStatus(options.export, 0, total)
        self._source: Source | None = None
        self._thread = threading.Thread(target=self._main, name="file-export", daemon=True)

    @property
    def status(self) -> FileExportStatus:
        with self._lock:
            return self._status

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def cancel(self) -> None:
        """End early; what was written until then stays and is complete. Returns at once, `status` tells when."""
        with self._lock:
            if self._status.is_over:
                return
            self._status = replace(self._status, is_cancelled=True)
            source = self._source
        if source is not None:
            source.close()

    def join(self, timeout_s: float) -> bool:
        """Wait until it is over; whether it is."""
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _main(self) -> None:
        error = ""
        try:
            self._run()
        except AppError as failure:
            error = str(failure)
        except Exception as failure:  # the top of a worker: anything else would vanish with the thread
            log.exception("the export failed")
            error = f"the export failed: {failure!r}; see the log"
        with self._lock:
            self._status = replace(self._status, is_over=True, error=error)

    def _run(self) -> None:
        options = self._options
        assert options.source is not None
        assert options.export is not None
        source, tracker = self._make_source(options.source), self._build_tracker(options)
        with self._lock:
            self._source = source
        if self.status.is_cancelled:
            return
        if options.export.suffix.lower() != FILM_SUFFIX:
            outcome = run_headless(options, source, tracker, "", also=[self._count], shows_progress=False)
        else:
            film = FilmWriter(options.export, self._fps)
            try:
                without_poses = replace(options, export=None)
                also = [self._to(film), self._count]
                outcome = run_headless(without_poses, source, tracker, "", also=also, shows_progress=False)
            finally:
                film.close()
        if outcome.error is not None:
            raise outcome.error

    def _count(self, _frame: DepthFrame, _result: TrackResult, _note: str) -> None:
        with self._lock:
            self._status = replace(self._status, done=self._status.done + 1)
            source = self._source if self._status.is_cancelled else None
        if source is not None:  # it was cancelled just before the source was opened
            source.close()

    def _to(self, film: FilmWriter) -> FrameSink:
        return lambda frame, result, _note: film.add(self._picture(frame, result))
