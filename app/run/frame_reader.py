"""Frames of a run without a window, one after the other, past what a camera may do."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from app.errors import AppError, SourceError, SourceLostError
from app.run.background import close_in_time
from app.run.reopening import HEADLESS_PATIENCE, Patience, Reopening
from app.run.watch import Stage, StageWatch
from app.sources.base import EndOfStream, Source, SourceInfo
from models.core.types import DepthFrame

log = logging.getLogger(__name__)


class FrameReader:
    """Reads a source to its end. A camera that is lost after its first frame is opened again, as `patience` has it.

    watch: is told what it is at. The log says what was lost, and when it is back. sleep: waits so many seconds.
    """

    def __init__(
        self,
        source: Source,
        watch: StageWatch,
        patience: Patience = HEADLESS_PATIENCE,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._source, self._watch, self._sleep = source, watch, sleep
        self._reopening = Reopening(patience)
        self._info: SourceInfo | None = None
        self._shape: tuple[int, int] | None = None

    @property
    def label(self) -> str:
        return "the source" if self._info is None else self._info.label

    def open(self) -> SourceInfo:
        with self._watch.at(Stage.OPEN):
            self._info = self._source.open()
        return self._info

    def next(self) -> DepthFrame | None:
        """The next frame, None where none was due.

        Raises EndOfStream, and SourceError where it is given up or something fails that should not.
        """
        try:
            with self._watch.at(Stage.READ):
                frame = self._source.read()
        except SourceLostError as error:
            if self._shape is None or self._info is None or not self._info.is_live:
                raise
            self._reopen(error)
            return None
        except (AppError, EndOfStream):
            raise
        except (Exception, SystemExit) as error:  # the source's own fault: one line, and what was written stays whole
            log.exception("reading frames failed")
            raise SourceError(f"{self.label}: reading frames failed ({error!r}); see the log") from None
        if frame is not None:
            self._reopening.delivered()
            self._shape = self._shape or frame.camera.shape
            if frame.camera.shape != self._shape:
                raise SourceError(f"{self.label} has come back with pictures of another size; start again")
        return frame

    def _reopen(self, error: SourceError) -> None:
        log.warning("source lost: %s", error)
        while (wait_s := self._reopening.lost(error)) is not None:
            with self._watch.at(Stage.CLOSE):
                close_in_time(self._source.close, "source-close")
            self._sleep(wait_s)
            try:
                self.open()
            except SourceError as failed:
                error = failed
            else:
                log.warning("%s: opened again", self.label)
                return
        raise SourceError(self._reopening.given_up(error)) from None
