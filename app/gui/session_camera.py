"""What is chosen for the cameras of a session, and what the open one says of itself. No Qt here."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from app.settings import Filters
from app.sources.base import Source
from app.sources.camera_settings import CameraState, DepthMode


@dataclass(slots=True)
class _Choices:
    filters: Filters
    mode: DepthMode | None = None
    controls: dict[str, float] = field(default_factory=dict)


class SessionCamera:
    """Choices are kept for each source by its name, and made again when that source is opened again.

    filters: of sources for which none were chosen. reopen: opens what plays again, for what only counts then.
    `prepare` and `left` are the session's own; everything else may be called from any thread.
    """

    def __init__(self, filters: Filters, reopen: Callable[[], None]) -> None:
        self._filters, self._reopen = filters, reopen
        self._lock = threading.Lock()
        self._chosen: dict[str | None, _Choices] = {}
        self._color = False
        self._name: str | None = None
        self._source: Source | None = None

    def prepare(self, name: str | None, source: Source) -> None:
        """Tell a source that is about to be opened under this name what was chosen for it."""
        with self._lock:
            self._name, self._source = name, source
            chosen = self._chosen.get(name, _Choices(self._filters))
            filters, mode, controls, color = chosen.filters, chosen.mode, list(chosen.controls.items()), self._color
        source.set_color(color)
        source.set_filters(filters)
        source.set_mode(mode)
        for control, value in controls:
            source.set_control(control, value)

    def left(self) -> None:
        """The source is being closed."""
        with self._lock:
            self._source = None

    @property
    def state(self) -> CameraState | None:
        """Of what is open, where it is a camera and says so."""
        with self._lock:
            source = self._source
        return None if source is None else source.state()

    def set_mode(self, mode: DepthMode) -> None:
        """Size and rate; the source is opened again for it."""
        with self._lock:
            self._now().mode = mode
        self._reopen()

    def set_filters(self, filters: Filters) -> None:
        """The filters from now on; for another decimation the source is opened again."""
        with self._lock:
            chosen, source = self._now(), self._source
            other_size = filters.decimation != chosen.filters.decimation
            chosen.filters = filters
        if other_size:
            self._reopen()
        elif source is not None:
            source.set_filters(filters)

    def set_color(self, on: bool) -> None:
        """Give the frames of every source that has colours their colours; a camera, from when it is opened next."""
        with self._lock:
            source = self._source if on != self._color else None
            self._color = on
        if source is not None:
            source.set_color(on)

    def set_control(self, name: str, value: float) -> None:
        """An option of the camera, from now on."""
        with self._lock:
            self._now().controls[name] = value
            source = self._source
        if source is not None:
            source.set_control(name, value)

    def _now(self) -> _Choices:
        """The choices for the source that is open, to be changed."""
        return self._chosen.setdefault(self._name, _Choices(self._filters))
