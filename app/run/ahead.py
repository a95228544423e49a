"""A source that opens beside whatever else a start has to do."""

from __future__ import annotations

from concurrent.futures import Future

from app.beside import beside
from app.sources.base import Source, SourceInfo
from models.core.types import DepthFrame


class OpenedAhead(Source):
    """Another source, opened in a thread of its own from now on: the first `open` waits for that. For headless runs.

    Close it also where it never comes to be opened.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._opening: Future[SourceInfo] | None = beside("opening", source.open)

    def open(self) -> SourceInfo:
        opening, self._opening = self._opening, None
        return self._source.open() if opening is None else opening.result()

    def read(self, timeout_s: float = 5.0) -> DepthFrame | None:
        return self._source.read(timeout_s)

    def close(self) -> None:
        self._source.close()
