"""Sources that run in a process of their own, which owns the RealSense SDK: a crash or a hang there is one error."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.errors import SourceCrashedError, SourceError
from app.settings import Filters
from app.sources.base import EndOfStream, Source, SourceInfo
from app.sources.camera_settings import CameraDevice, CameraState, DepthMode
from app.sources.reader_link import ReaderDiedError, ReaderLink
from app.sources.reader_memory import FrameRing
from app.sources.reader_process import FrameInSlot
from app.sources.recording_file import RECORD_AGAIN
from models.core.types import DepthFrame

OPEN_LIMIT_S = 8.0
OPEN_BYTES_PER_S = 2e8
"""A file may take longer by its size: its index has an entry for each frame."""
READ_LIMIT_S = 8.0
"""A file whose next frame takes so long is taken for broken. A camera may take the time of the read besides."""


class ReaderSource(Source):
    """What `factory` (MODULE:NAME of a Source) makes of `arguments`, in a reader process from `open` to `close`.

    error: the error for people, made of a few words on why the process has died. path: the file that is opened. What
    was set before `open` is told to the process first.
    """

    def __init__(
        self,
        factory: str,
        arguments: tuple[Any, ...],
        error: Callable[[str], SourceError],
        path: Path | None = None,
    ) -> None:
        self._path = path
        self._factory, self._arguments, self._error = factory, arguments, error
        self._reading = threading.Lock()  # held while an answer is waited for
        self._lock = threading.Lock()  # guards what follows
        self._link: ReaderLink | None = None
        self._prepared: ReaderLink | None = None
        self._info: SourceInfo | None = None
        self._closed = True
        self._kept: dict[str, tuple[str, tuple[Any, ...]]] = {}  # the method and its arguments, the last of a kind
        self._state: CameraState | None = None
        self._state_is_old = True
        self._ring: FrameRing | None = None  # from here on only the reading thread's
        self._restarts_before = 0
        self._restarts = -1  # the first start is none

    @property
    def factory(self) -> str:
        return self._factory

    def prepare(self) -> None:
        with self._lock:
            if self._link is None and self._prepared is None:
                self._prepared = ReaderLink(self._factory, self._arguments)
                self._prepared.tell("prepare")

    def open(self) -> SourceInfo:
        with self._lock:
            prepared, self._prepared = self._prepared, None
        self.close()
        with self._reading:
            link = prepared or ReaderLink(self._factory, self._arguments)
            with self._lock:
                self._link, self._closed = link, False
                kept = list(self._kept.values())
                self._state, self._state_is_old = None, True
            try:
                self._waited(link.wait_until_ready)
                for method, arguments in kept:
                    link.tell(method, *arguments)
                info: SourceInfo = self._waited(lambda: link.ask("open", limit_s=self._open_limit_s()))
            except BaseException:
                self.close()
                raise
            self._ring, self._restarts_before = None, self._restarts + 1
            self._restarts = self._restarts_before
            # Arrays that came through a pipe can be written to; poses are made anew, and are read-only again.
            truth = {number: tuple(map(replace, poses)) for number, poses in info.ground_truth.items()}
            info = replace(info, ground_truth=truth)
            with self._lock:
                self._info = info
            return info

    def _open_limit_s(self) -> float:
        try:
            return OPEN_LIMIT_S + (self._path.stat().st_size / OPEN_BYTES_PER_S if self._path else 0.0)
        except OSError:  # the process says what is wrong with it
            return OPEN_LIMIT_S

    def read(self, timeout_s: float = 5.0) -> DepthFrame | None:
        with self._reading:
            with self._lock:
                link, info = self._link, self._info
            if link is None or info is None:
                raise EndOfStream
            if info.kind == "camera":
                self._look_at_state(link)
            limit_s = timeout_s + READ_LIMIT_S if info.is_live else max(timeout_s, READ_LIMIT_S)
            frame: FrameInSlot | None = self._waited(lambda: link.ask("read", timeout_s, limit_s=limit_s))
            return None if frame is None else self._taken(frame, link, info)

    def close(self) -> None:
        with self._lock:
            links, self._info, self._closed = (self._link, self._prepared), None, True
            self._link = self._prepared = None
        for link in links:
            if link is not None:
                link.end()

    def set_paused(self, paused: bool) -> None:
        self._keep_and_tell("set_paused", paused)

    @property
    def is_paused(self) -> bool:
        with self._lock:
            is_live = self._info is not None and self._info.is_live
            return bool(self._kept.get("set_paused", ("", (False,)))[1][0]) and not is_live

    def set_loop(self, loop: bool) -> None:
        self._keep_and_tell("set_loop", loop)

    def set_speed(self, speed: float) -> None:
        if not speed > 0:
            raise ValueError(f"speed: expected a number above zero, got {speed}")
        self._keep_and_tell("set_speed", speed)

    def set_part(self, part: tuple[int, int] | None) -> None:
        self._keep_and_tell("set_part", part)

    def seek(self, index: int) -> None:
        self._tell("seek", index)

    def step(self, count: int) -> None:
        self._tell("step", count)

    def set_mode(self, mode: DepthMode | None) -> None:
        self._keep_and_tell("set_mode", mode)

    def set_filters(self, filters: Filters) -> None:
        self._keep_and_tell("set_filters", filters)

    def set_color(self, on: bool) -> None:
        self._keep_and_tell("set_color", on)

    def set_control(self, name: str, value: float) -> None:
        self._keep_and_tell("set_control", name, value, kind=f"set_control {name}")

    def state(self) -> CameraState | None:
        """As of the last `read`: only then is the process asked."""
        with self._lock:
            return self._state

    def _look_at_state(self, link: ReaderLink) -> None:
        """Ask for the camera's state where it may have changed."""
        with self._lock:
            is_old, self._state_is_old = self._state_is_old, False
        if is_old:
            state: CameraState | None = self._waited(lambda: link.ask("state", limit_s=READ_LIMIT_S))
            with self._lock:
                self._state = state

    def _keep_and_tell(self, method: str, *arguments: Any, kind: str = "") -> None:
        """Call a method in the process now, and again first thing before each `open`, the last of its kind."""
        with self._lock:
            self._kept[kind or method] = method, arguments
        self._tell(method, *arguments)
        with self._lock:
            self._state_is_old = True

    def _tell(self, method: str, *arguments: Any) -> None:
        with self._lock:
            link = self._link
        if link is not None:
            link.tell(method, *arguments)

    def _waited(self, answer: Callable[[], Any]) -> Any:
        """An answer of the process; its death as an error for people."""
        try:
            return answer()
        except ReaderDiedError as died:
            if self._closed:
                raise EndOfStream from None
            self.close()
            raise self._error(str(died)) from None

    def _taken(self, frame: FrameInSlot, link: ReaderLink, info: SourceInfo) -> DepthFrame:
        try:
            self._ring = self._ring or FrameRing(link.memory, frame.shape)
        except (OSError, ValueError):  # closed from another thread just now
            raise EndOfStream from None
        self._restarts = self._restarts_before + frame.restarts
        return DepthFrame(
            raw=self._ring.take(frame.slot),
            depth_units=frame.depth_units,
            camera=info.camera,
            frame_id=frame.frame_id,
            timestamp_ms=frame.timestamp_ms,
            arrival_s=frame.arrival_s,
            restarts=self._restarts,
            index=frame.index,
            is_sought=frame.is_sought,
            is_damaged=frame.is_damaged,
            color=self._ring.take_color(frame.slot) if frame.has_color else None,
        )


def recording_reader(path: Path, realtime: bool, speed: float, loop: bool, topic: str | None) -> ReaderSource:
    """A recording, as RecordingSource has it. Raises ValueError where `speed` is not above zero."""
    if not (math.isfinite(speed) and speed > 0):
        raise ValueError(f"speed: expected a number above zero, got {speed}")

    def error(reason: str) -> SourceError:
        return SourceError(f"{path}: cannot be played ({reason}); {RECORD_AGAIN}")

    return ReaderSource("app.sources.recording:RecordingSource", (path, realtime, speed, loop, topic), error, path)


def camera_reader(serial: str | None) -> ReaderSource:
    """A connected camera: the one with `serial`, else the first."""
    name = f"camera {serial}" if serial else "the camera"

    def error(reason: str) -> SourceError:
        return SourceCrashedError(f"{name} failed ({reason}); unplug and replug it")

    return ReaderSource("app.sources.realsense:CameraSource", (serial,), error)


def list_cameras() -> list[CameraDevice]:
    """The RealSense cameras that are connected now; SourceError where the SDK is missing or fails."""
    link = ReaderLink("app.sources.realsense:ConnectedCameras")
    try:
        link.wait_until_ready()
        cameras: list[CameraDevice] = link.ask("list", limit_s=OPEN_LIMIT_S)
        return cameras
    except ReaderDiedError as died:
        raise SourceError(f"cameras cannot be listed ({died}); unplug and replug the camera") from None
    finally:
        link.end()
