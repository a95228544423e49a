"""What the attacks on the window share: a source around another one, and the session's services with stand-ins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.gui.session_types import Services
from app.pipeline import Pipeline
from app.sources.base import Source, SourceInfo
from models.core.types import DepthFrame
from tests.app.fakes import FakeTracker


class Around(Source):
    """A source that passes everything on to `inner`."""

    def __init__(self, inner: Source) -> None:
        self._inner = inner

    def open(self) -> SourceInfo:
        return self._inner.open()

    def read(self, timeout_s: float = 5.0) -> DepthFrame | None:
        return self._inner.read(timeout_s)

    def close(self) -> None:
        self._inner.close()

    def set_paused(self, paused: bool) -> None:
        self._inner.set_paused(paused)

    def set_loop(self, loop: bool) -> None:
        self._inner.set_loop(loop)


def services(
    make_source: Callable[[str], Source],
    whole: Callable[[str], Source] | None = None,
    build_tracker: Callable[..., Any] = lambda options, last: FakeTracker(),
    make_pipeline: Callable[..., Any] = Pipeline,
) -> Services:
    """Services of a session without cameras. make_source: of a name; whole: of a file that is exported."""

    def made(name: str | None, loop: bool, speed: float) -> Source:
        assert name is not None
        return make_source(name)

    return Services(
        build_tracker=build_tracker,
        make_source=made,
        make_pipeline=make_pipeline,
        list_cameras=list,
        make_whole_source=whole or make_source,
    )
