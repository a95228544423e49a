"""What goes in and out of a session: how it gets at networks and sources, and what it shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.errors import AppError
from app.pipeline import Latest, OutputStatus, PipelineState, PipelineStats, Playback
from app.run.watch import Stall
from app.settings import Options
from app.sources.base import Source, SourceInfo
from app.sources.camera_settings import CameraState
from app.tracking.base import FrameTracker
from app.tracking.played import PlayedTrack


class AnyPipeline(Protocol):
    """app.pipeline.Pipeline, or a stand-in."""

    @property
    def playback(self) -> Playback: ...
    @property
    def state(self) -> PipelineState: ...
    @property
    def stall(self) -> Stall | None: ...
    @property
    def info(self) -> SourceInfo | None: ...
    @property
    def latest(self) -> Latest | None: ...
    @property
    def recording(self) -> OutputStatus: ...
    @property
    def exporting(self) -> OutputStatus: ...
    def stats(self) -> PipelineStats: ...
    def start(self) -> None: ...
    def set_paused(self, paused: bool) -> None: ...
    def start_recording(self, path: Path, poses: Path | None = ...) -> None: ...
    def stop_recording(self) -> OutputStatus: ...
    def start_export(self, path: Path) -> None: ...
    def stop_export(self) -> OutputStatus: ...
    def close(self, timeout_s: float = ...) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class CameraChoice:
    """A camera that can be opened: the source to ask for (camera:SERIAL) and its name for people."""

    source: str
    label: str


@dataclass(frozen=True, slots=True)
class Services:
    """How a session gets at everything else; tests put stand-ins here. All but list_cameras, which
    has a thread of its own, run on the session's.

    build_tracker takes the options and the last tracker, whose networks it may use again. make_source takes the
    source's name (None: the first camera, else the bundled recording), whether to loop, and speed. make_whole_source
    takes the name of a file or folder and gives every frame of it once, as fast as it is read.
    """

    build_tracker: Callable[[Options, FrameTracker | None], FrameTracker]
    make_source: Callable[[str | None, bool, float], Source]
    make_pipeline: Callable[[Source, FrameTracker], AnyPipeline]
    list_cameras: Callable[[], Sequence[CameraChoice]]
    make_whole_source: Callable[[str], Source]


@dataclass(frozen=True, slots=True)
class SessionView:
    """One look at a session. generation counts sources from 1, so that a poller sees when a new one begins.

    wanted: the source that was asked for last, as on the command line; None for its default.
    trying: the source that is being tried while another one still plays. refused: why the last one that was tried does
    not play; the one before it plays on.
    cameras: those that were found when they were last looked for; None where that is not done.
    recording, exporting: the running one; else the last one, which may have ended with its source.
    stall: what takes too long at this moment.
    camera: what can be chosen of what is open, where it is a camera.
    played: what tracking said about the frames of the source; None before there is a tracker.
    fatal: set where the very first source or the networks failed though the command line asked for them.
    """

    generation: int
    state: PipelineState
    wanted: str | None
    trying: str | None = None
    refused: AppError | None = None
    cameras: tuple[CameraChoice, ...] | None = None
    info: SourceInfo | None = None
    latest: Latest | None = None
    stats: PipelineStats | None = None
    recording: OutputStatus = OutputStatus()
    exporting: OutputStatus = OutputStatus()
    stall: Stall | None = None
    camera: CameraState | None = None
    played: PlayedTrack | None = None
    fatal: AppError | None = None
