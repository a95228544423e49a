"""What the window may know about a running pipeline."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from app.tracking.result import TrackResult
from models.core.types import DepthFrame


class Phase(Enum):
    """LOST: a live camera stopped delivering and is being reopened. ENDED: a recording is over or it was closed.

    FAILED: it cannot go on; the state's message says why and what to do.
    """

    OPENING = "opening"
    RUNNING = "running"
    PAUSED = "paused"
    LOST = "lost"
    ENDED = "ended"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class PipelineState:
    """The phase and one line for people, empty where there is nothing to say."""

    phase: Phase
    message: str = ""


class StateKeeper:
    """The state of a pipeline. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._state = PipelineState(Phase.OPENING)
        self._paused = False

    @property
    def state(self) -> PipelineState:
        with self._lock:
            return self._state

    @property
    def is_paused(self) -> bool:
        with self._lock:
            return self._paused

    def set_paused(self, paused: bool) -> None:
        with self._lock:
            self._paused = paused
            if self._state.phase in (Phase.RUNNING, Phase.PAUSED):
                self._state = PipelineState(Phase.PAUSED if paused else Phase.RUNNING)

    def set_running(self) -> None:
        """Running, or paused where it was paused."""
        with self._lock:
            self._state = PipelineState(Phase.PAUSED if self._paused else Phase.RUNNING)

    def set(self, phase: Phase, message: str = "", keep_failure: bool = False) -> None:
        with self._lock:
            # The first failure is the cause; what follows from it must not hide it.
            if self._state.phase is Phase.FAILED and (keep_failure or phase is not Phase.FAILED):
                return
            self._state = PipelineState(phase, message)


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest tracked frame. `sequence` counts results from 1, so that a poller sees whether it is new.

    result_s: when the result came, as `DepthFrame.arrival_s`. drawn: to be called once it is on the screen, by whoever
    draws it.
    """

    sequence: int
    frame: DepthFrame
    result: TrackResult
    result_s: float = 0.0
    drawn: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class OutputStatus:
    """A recording or pose export: where it goes (None: none is on), what it holds so far, and what went wrong last.

    closed: the last file that was written to its end, until the next one is begun; `written` then counts its items.
    """

    path: Path | None = None
    written: int = 0
    error: str = ""
    closed: Path | None = None
