"""Whether a source can be played, found out while another one still plays."""

from __future__ import annotations

import threading

from app.gui.session_types import AnyPipeline
from app.pipeline import Phase
from app.sources.base import EndOfStream, Source

FIRST_FRAME_S = 3.0


def may_be_tried(source: str | None, playing: str | None, pipeline: AnyPipeline) -> bool:
    """Whether `source` can be opened beside the pipeline that plays `playing`, and whether that one is worth keeping.

    A camera cannot be opened twice, and two names may mean the same one.
    """
    if source == playing or pipeline.state.phase is Phase.FAILED:
        return False
    plays_camera = pipeline.info is not None and pipeline.info.kind == "camera"
    return not (plays_camera and _names_camera(source))


def _names_camera(source: str | None) -> bool:
    return source is None or source.split(":", 1)[0] == "camera"


class SourceTrial:
    """Opens a source and reads one frame, on one thread; another one may end that."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tried: Source | None = None
        self._ended = False
        self.name: str | None = None
        """Of what is tried now."""

    def run(self, name: str, source: Source) -> None:
        """Try it; it stays open. Raises SourceError where it cannot be played; then nothing of it is left."""
        with self._lock:
            if self._ended:
                return
            self.name, self._tried = name, source
        try:
            source.open()
            source.read(FIRST_FRAME_S)
        except EndOfStream:
            return  # so short that it is over, or ended by `end`: that is no failure
        except BaseException:
            source.close()
            raise
        finally:
            with self._lock:
                self.name = self._tried = None

    def end(self) -> None:
        """Close what is tried now, whatever it waits for; nothing is tried any more."""
        with self._lock:
            self._ended, tried = True, self._tried
        if tried is not None:
            tried.close()
