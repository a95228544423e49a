"""Sources that run in a process of their own, which owns the RealSense SDK: a crash or a hang there is one error."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from app.errors import SourceCrashedError, SourceError
from app.settings import Filters
from app.sources.base import EndOfStream, Source, SourceInfo
from app.sources.camera_settings import CameraState, DepthMode
from app.sources.reader_frames import FrameInSlot, FrameTaker
from app.sources.reader_link import ReaderDiedError, ReaderLink
from app.sources.recording_file import RECORD_AGAIN
from app.sources.simulation import Simulation
from models.core.types import DepthFrame

log = logging.getLogger(__name__)

OPEN_LIMIT_S = READ_LIMIT_S = 8.0
"""A camera that takes so long, in a read besides the time of the read, is taken for stuck."""
COMPILE_LIMIT_S = 120.0
"""The simulated camera's renderer is compiled at its first start on a machine."""
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
    died while it opened or read; it goes on behind the last frame. open_limit_s: an `open` that takes so long is stuck;
    longer where the file is large. What is open is opened afresh in the same process.
    """

    def __init__(
        self,
        factory: str,
        arguments: tuple[Any, ...],
        error: Callable[[str], SourceError],
        path: Path | None = None,
        otherwise: tuple[Any, ...] | None = None,
        open_limit_s: float | None = None,
    ) -> None:
        self._path, self._open_limit = path, open_limit_s
        self._factory, self._arguments, self._error = factory, arguments, error
        self._otherwise = otherwise
        self._reading = threading.Lock()  # held while an answer is waited for
        self._lock = threading.Lock()  # guards what follows
        self._link: ReaderLink | None = None
        self._prepared: ReaderLink | None = None
        self._taker: FrameTaker | None = None  # of what is open
        self._closed = True
        self._kept: dict[str, tuple[str, tuple[Any, ...]]] = {}  # the method and its arguments, the last of a kind
        self._state: CameraState | None = None
        self._state_is_old = True
        self._restarts_before = 0  # from here on only the reading thread's
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
        with self._reading:
            with self._lock:
                running, self._link, self._taker = self._link, None, None
                prepared, self._prepared = self._prepared, None
                self._closed = False
            self._last = None
            if running is not None:
                with suppress(_DiedError):  # perhaps of what it had open before
                    return self._start(running, has_open=True)
            self._restarts_before = self._restarts + 1
            try:
                return self._start(prepared or ReaderLink(self._factory, self._arguments))
            except _DiedError as died:
                return self._start_otherwise(died)

    def _start(self, link: ReaderLink, has_open: bool = False) -> SourceInfo:
        """Open in this process. has_open: something is open in it, which is closed first."""
        with self._lock:
            was_closed, self._link = self._closed, link
            kept = list(self._kept.values())
            self._state, self._state_is_old = None, True
        try:
            if was_closed:
                raise EndOfStream
            if has_open:
                self._waited(lambda: link.ask("close", limit_s=OPEN_LIMIT_S))
            else:
                self._waited(link.wait_until_ready)
            for method, arguments in kept:
                link.tell(method, *arguments)
            info: SourceInfo = self._waited(lambda: link.ask("open", limit_s=self._open_limit_s()))
        except BaseException:
            self._end_link()
            raise
        self._restarts = self._restarts_before
        taker = FrameTaker(link.memory, info)
        with self._lock:
            self._taker = taker
        return taker.info

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
        if self._path is None:
            return self._open_limit or OPEN_LIMIT_S
        try:
            return FILE_LIMIT_S + self._path.stat().st_size / OPEN_BYTES_PER_S
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
            link, taker = self._link, self._taker
        if link is None or taker is None:
            raise EndOfStream
        info = taker.info
        if info.kind in ("camera", "simulator"):
            self._look_at_state(link)
        limit_s = timeout_s + READ_LIMIT_S if info.is_live else max(timeout_s, FILE_LIMIT_S)
        found: FrameInSlot | None = self._waited(lambda: link.ask("read", timeout_s, limit_s=limit_s))
        if found is None:
            return None
        frame = self._taken(found, taker)
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
            link, self._link, self._taker = self._link, None, None
        if link is not None:
            link.end()

    def set_paused(self, paused: bool) -> None:
        self._keep_and_tell("set_paused", paused)

    @property
    def is_paused(self) -> bool:
        with self._lock:
            is_live = self._taker is not None and self._taker.info.is_live
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

    def _taken(self, frame: FrameInSlot, taker: FrameTaker) -> DepthFrame:
        self._restarts = self._restarts_before + frame.restarts
        try:
            return taker.take(frame, self._restarts)
        except (OSError, ValueError):  # closed from another thread just now
            raise EndOfStream from None


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


def simulated_reader(simulation: Simulation, realtime: bool) -> ReaderSource:
    """The simulated camera: its renderer would keep the program's interpreter busy while it loads and draws."""

    def error(reason: str) -> SourceError:
        return SourceCrashedError(f"the simulated camera failed ({reason}); start the program again")

    factory = "app.sources.simulator:simulated_camera"
    return ReaderSource(factory, (simulation, realtime), error, open_limit_s=COMPILE_LIMIT_S)
