"""Sources that run in a process of their own, which owns the RealSense SDK: a crash or a hang there is one error."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.errors import SourceCrashedError, SourceError
from app.settings import Filters
from app.sources.base import EndOfStream, Source, SourceInfo
from app.sources.camera_settings import CameraState, DepthMode
from app.sources.reader_link import ReaderDiedError, ReaderLink
from app.sources.reader_memory import FrameRing
from app.sources.reader_process import FrameInSlot
from app.sources.recording_file import RECORD_AGAIN
from models.core.types import DepthFrame

log = logging.getLogger(__name__)

OPEN_LIMIT_S = READ_LIMIT_S = 8.0
"""A camera that takes so long, in a read besides the time of the read, is taken for stuck."""
FILE_LIMIT_S = 5.0
"""A file whose opening or next frame takes so long is taken for broken: then there is time to try it in another way."""
OPEN_BYTES_PER_S = 2e8
"""To open a file may take longer by its size: its index has an entry for each frame."""


class _DiedError(Exception):
    """The process has died. error: what that means to people."""

    def __init__(self, error: SourceError) -> None:
        super().__init__(str(error))
        self.error = error


class ReaderSource(Source):
    """What `factory` (MODULE:NAME of a Source) makes of `arguments`, in a reader process from `open` to `close`.

    error: the error for people, made of a few words on why the process has died. path: the file that is opened. What
    was set before `open` is told to the process first. otherwise: arguments for a second try where the process has
    died while it opened or read; it goes on behind the last frame.
    """

    def __init__(
        self,
        factory: str,
        arguments: tuple[Any, ...],
        error: Callable[[str], SourceError],
        path: Path | None = None,
        otherwise: tuple[Any, ...] | None = None,
    ) -> None:
        self._path = path
        self._factory, self._arguments, self._error = factory, arguments, error
        self._otherwise = otherwise
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
        self._last: int | None = None  # place of the frame that was handed out last

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
            with self._lock:
                self._closed = False
            self._restarts_before, self._last = self._restarts + 1, None
            try:
                return self._start(prepared or ReaderLink(self._factory, self._arguments))
            except _DiedError as died:
                return self._start_otherwise(died)

    def _start(self, link: ReaderLink) -> SourceInfo:
        with self._lock:
            was_closed, self._link = self._closed, link
            kept = list(self._kept.values())
            self._state, self._state_is_old = None, True
        try:
            if was_closed:
                raise EndOfStream
            self._waited(link.wait_until_ready)
            for method, arguments in kept:
                link.tell(method, *arguments)
            info: SourceInfo = self._waited(lambda: link.ask("open", limit_s=self._open_limit_s()))
        except BaseException:
            self._end_link()
            raise
        self._ring, self._restarts = None, self._restarts_before
        # Arrays that came through a pipe can be written to; poses are made anew, and are read-only again.
        truth = {number: tuple(map(replace, poses)) for number, poses in info.ground_truth.items()}
        info = replace(info, ground_truth=truth)
        with self._lock:
            self._info = info
        return info

    def _start_otherwise(self, died: _DiedError) -> SourceInfo:
        """Open it in the other way, if there is one. Raises what has become of the first where that fails, too."""
        if self._otherwise is None:
            raise died.error from None
        log.warning("%s; trying it in another way", died.error)
        self._arguments, self._otherwise = self._otherwise, None
        try:
            return self._start(ReaderLink(self._factory, self._arguments))
        except (_DiedError, SourceError):
            raise died.error from None

    def _open_limit_s(self) -> float:
        try:
            return OPEN_LIMIT_S if self._path is None else FILE_LIMIT_S + self._path.stat().st_size / OPEN_BYTES_PER_S
        except OSError:  # the process says what is wrong with it
            return FILE_LIMIT_S

    def read(self, timeout_s: float = 5.0) -> DepthFrame | None:
        with self._reading:
            try:
                return self._read(timeout_s)
            except _DiedError as died:
                if self._last is None:  # it is not known where to go on
                    raise died.error from None
                self._restarts_before, last = self._restarts + 1, self._last
                self._start_otherwise(died)
                self._tell("seek", last + 1)
                try:
                    return self._read(timeout_s)
                except _DiedError:
                    raise died.error from None

    def _read(self, timeout_s: float) -> DepthFrame | None:
        with self._lock:
            link, info = self._link, self._info
        if link is None or info is None:
            raise EndOfStream
        if info.kind == "camera":
            self._look_at_state(link)
        limit_s = timeout_s + READ_LIMIT_S if info.is_live else max(timeout_s, FILE_LIMIT_S)
        found: FrameInSlot | None = self._waited(lambda: link.ask("read", timeout_s, limit_s=limit_s))
        if found is None:
            return None
        frame = self._taken(found, link, info)
        self._last = frame.index
        return frame

    def close(self) -> None:
        with self._lock:
            self._closed, prepared, self._prepared = True, self._prepared, None
        self._end_link()
        if prepared is not None:
            prepared.end()

    def _end_link(self) -> None:
        with self._lock:
            link, self._link, self._info = self._link, None, None
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
        """An answer of the process. Raises _DiedError where it has died."""
        try:
            return answer()
        except ReaderDiedError as died:
            if self._closed:
                raise EndOfStream from None
            self._end_link()
            raise _DiedError(self._error(str(died))) from None

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

    arguments = (path, realtime, speed, loop, topic)
    # What the SDK breaks on the reader of ROS's files may play.
    return ReaderSource("app.sources.recording:RecordingSource", arguments, error, path, (*arguments, False))


def camera_reader(serial: str | None) -> ReaderSource:
    """A connected camera: the one with `serial`, else the first."""
    name = f"camera {serial}" if serial else "the camera"

    def error(reason: str) -> SourceError:
        return SourceCrashedError(f"{name} failed ({reason}); unplug and replug it")

    return ReaderSource("app.sources.realsense:CameraSource", (serial,), error)
