"""Whether a source can be played, found out while another one still plays."""

from __future__ import annotations

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


def try_source(source: Source) -> None:
    """Open it and read one frame; it stays open. Raises SourceError where that fails; then nothing of it is left."""
    try:
        source.open()
        source.read(FIRST_FRAME_S)
    except EndOfStream:
        return  # so short that it is over: that is no failure
    except BaseException:
        source.close()
        raise
