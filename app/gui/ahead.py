"""The networks and the first source, loaded in threads of their own while the window is made."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace
from typing import TYPE_CHECKING

from app.beside import beside
from app.errors import AppError
from app.settings import Options

if TYPE_CHECKING:
    from app.sources.base import Source
    from app.tracking.build import AnyTracker


class LoadedAhead:
    """What a start will ask for first, loaded from now on. Asked for by one thread at a time."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._source: Future[Source] | None = beside("preparing", lambda: _prepared(options))
        self._tracker: Future[AnyTracker] | None = beside("loading", lambda: _built(options))

    def tracker(self, options: Options) -> AnyTracker:
        """A tracker for these options, with what was loaded where it is the network asked for. Raises AppError."""
        loading, self._tracker = self._tracker, None
        if loading is None or _network(options) != _network(self._options):
            return _built(options)
        from app.tracking.build import make_tracker

        return make_tracker(*loading.result().networks, options.tracker_settings())

    def source(self, source: str | None, loop: bool, speed: float) -> Source | None:
        """The source where it was prepared, once; None for others, and where it cannot be made."""
        preparing, self._source = self._source, None
        if preparing is None or source != self._options.source:
            return None
        try:
            prepared = preparing.result()
        except AppError:
            return None
        prepared.set_loop(loop)
        prepared.set_speed(speed)
        return prepared


def _prepared(options: Options) -> Source:
    from app.sources import make_source

    source = make_source(options.source, realtime=True, speed=options.speed)
    source.prepare()
    return source


def _network(options: Options) -> tuple[str, str, str]:
    return options.model, options.device, options.precision


def _built(options: Options) -> AnyTracker:
    """A tracker that does not wait for the model of the hand, which is loaded beside it."""
    from app.tracking.build import build_tracker, make_tracker

    settings = options.tracker_settings()
    bare = replace(settings, fit=False)
    tracker = build_tracker(bare, options.model, options.device, precision=options.precision)
    return make_tracker(*tracker.networks, settings) if settings.fit else tracker
