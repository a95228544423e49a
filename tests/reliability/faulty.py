"""A source with a fault: any other source, in which something goes wrong after some frames."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.errors import SourceError, SourceLostError
from app.sources import make_source
from app.sources.base import Source, SourceInfo
from app.sources.reader import ReaderSource
from app.sources.simulator import SimulatorSource
from models.core.types import Camera, DepthFrame
from tests.app.sources.film import CAMERA, FPS, BlobMovie, image
from tests.reliability.stand_ins import Around

FIRST, COUNT = 30, 20
"""The fault begins before this frame and, where it is one of frames, lasts for so many."""
STALL_S = 3.0
FOREVER_S = 3600.0
AWAY = 2
"""So often a source that has vanished cannot be opened."""
FRAMES = 150
"""Of the films that are played."""


@dataclass(frozen=True)
class Fault:
    """change: what a frame becomes while the fault lasts: none, one or two. before: what happens before the first."""

    change: Callable[[DepthFrame, int], list[DepthFrame]] = lambda frame, place: [frame]
    before: Callable[[Faulty], None] = lambda source: None


def _raw(make: Callable[[NDArray[np.uint16], int], NDArray[np.uint16]]) -> Fault:
    return Fault(lambda frame, place: [replace(frame, raw=make(frame.raw, place))])


def _noise(raw: NDArray[np.uint16], place: int) -> NDArray[np.uint16]:
    return np.random.default_rng(place).integers(0, 65536, raw.shape).astype(np.uint16)


def _half_noise(raw: NDArray[np.uint16], place: int) -> NDArray[np.uint16]:
    return np.where(np.arange(raw.shape[0])[:, None] % 2, raw, _noise(raw, place))


def _other_size(frame: DepthFrame, place: int) -> list[DepthFrame]:
    camera = Camera(frame.camera.width // 2, frame.camera.height // 2, 30.0, 30.0, 15.0, 11.0)
    return [replace(frame, raw=frame.raw[::2, ::2].copy(), camera=camera)]


def _clock(frame: DepthFrame, place: int) -> list[DepthFrame]:
    jumps = (float("nan"), 1e15, -1e9, 0.0, float("inf"), frame.timestamp_ms - 5000)
    return [replace(frame, timestamp_ms=jumps[place % len(jumps)])]


def _reordered(frame: DepthFrame, place: int) -> list[DepthFrame]:
    """The numbers and times of neighbours are exchanged."""
    step = 1 if place % 2 == 0 else -1
    return [replace(frame, frame_id=frame.frame_id + step, timestamp_ms=frame.timestamp_ms + step * 1000 / FPS)]


def _vanish(source: Faulty) -> None:
    source.away = AWAY
    source.lose()


def _exit(source: Faulty) -> None:
    raise SystemExit(3)


def _fail(source: Faulty) -> None:
    raise ZeroDivisionError("a fault of the source's own")


FAULTS: dict[str, Fault] = {
    "stalls for 3 s": Fault(before=lambda source: source.stall(STALL_S)),
    "stalls for ever": Fault(before=lambda source: source.stall(FOREVER_S)),
    "drops two of three": Fault(lambda frame, place: [] if place % 3 else [frame]),
    "repeats": Fault(lambda frame, place: [frame, frame]),
    "reorders": Fault(_reordered),
    "corrupts every other row": _raw(_half_noise),
    "changes size": Fault(_other_size),
    "vanishes and comes back": Fault(before=_vanish),
    "jumps its clock": Fault(_clock),
    "sends 0": _raw(lambda raw, place: np.zeros_like(raw)),
    "sends 65535": _raw(lambda raw, place: np.full_like(raw, 65535)),
    "sends noise": _raw(_noise),
    "ends its thread": Fault(before=_exit),
    "raises what is no error of ours": Fault(before=_fail),
    "crashes": Fault(before=lambda source: os.kill(os.getpid(), signal.SIGSEGV)),
}
NEEDS_A_PROCESS = ("crashes",)


class Faulty(Around):
    """`inner` with a fault. mark: a file that says when it began and when it was over, monotonic seconds.

    The fault happens once, also where the source is opened again.
    """

    def __init__(self, inner: Source, fault: str, mark: Path) -> None:
        super().__init__(inner)
        self._name, self._fault, self._mark = fault, FAULTS[fault], mark
        self._place = 0
        self._done = False
        self._ready: list[DepthFrame] = []
        self._info: SourceInfo | None = None
        self.away = 0

    def open(self) -> SourceInfo:
        if self.away:
            self.away -= 1
            raise SourceError(f"{self._name}: is not there; plug it in")
        self._info = replace(self._inner.open(), label=self._name)
        return self._info

    def read(self, timeout_s: float = 5.0) -> DepthFrame | None:
        if self._ready:
            return self._ready.pop(0)
        if self._place == FIRST and not self._said("begin") and not self._done:
            self._done = True
            self._say("begin")
            self._fault.before(self)
            self._say("end")
        frame = self._inner.read(timeout_s)
        if frame is None:
            return None
        self._place += 1
        if FIRST < self._place <= FIRST + COUNT:
            self._ready = self._fault.change(frame, self._place)
            return self._ready.pop(0) if self._ready else None
        return frame

    def stall(self, seconds: float) -> None:
        threading.Event().wait(seconds)

    def lose(self) -> None:
        assert self._info is not None
        kind = SourceLostError if self._info.is_live else SourceError
        raise kind(f"{self._name}: is gone; plug it in")

    def _say(self, what: str) -> None:
        with self._mark.open("a") as file:
            file.write(f"{what} {time.monotonic()}\n")

    def _said(self, what: str) -> bool:
        """In a process before this one: a reader process that was restarted goes on where the last one was."""
        return self._mark.exists() and what in self._mark.read_text()


def made(kind: str, path: Path, realtime: bool, fault: str, mark: Path) -> Source:
    """In the process where it is to be read: a source of that kind with a fault."""
    if kind == "camera":
        from tests.reliability.victim import PacedFilm

        return Faulty(PacedFilm(FRAMES / FPS), fault, mark)
    if kind == "simulated camera":
        simulator = SimulatorSource(camera=CAMERA, frames=FRAMES, realtime=realtime, movie=BlobMovie)
        return Faulty(simulator, fault, mark)
    if kind == "folder":
        return Faulty(make_source(str(path), realtime=realtime), fault, mark)
    from app.sources.recording import RecordingSource

    return Faulty(RecordingSource(path, realtime), fault, mark)


IN_A_PROCESS = ("camera", ".bag", ".db3", ".mcap")
KINDS = (*IN_A_PROCESS, "folder", "simulated camera")


def faulty(kind: str, path: Path, realtime: bool, fault: str, mark: Path) -> Source:
    """As the program has it: recordings and cameras in a reader process, the others in this one."""
    if kind not in IN_A_PROCESS:
        return made(kind, path, realtime, fault, mark)
    from app.errors import SourceCrashedError

    def error(reason: str) -> SourceError:
        known = SourceCrashedError if kind == "camera" else SourceError
        return known(f"{fault}: failed ({reason}); plug it in again or choose another")

    return ReaderSource("tests.reliability.faulty:made", (kind, path, realtime, fault, mark), error)


def write_films(folder: Path, shown: Path | None = None) -> dict[str, Path]:
    """A film of each kind that is a file or folder: FRAMES small frames, or those of the recording `shown`."""
    from app.sources.folder import FolderSource
    from tests.app.sources.film import record, write_folder
    from tests.app.sources.ros_film import RosFilm

    if shown is None:
        frames = write_folder(folder / "frames", FRAMES)
    else:
        frames = record(folder / "frames", make_source(str(shown), realtime=False))
    films = {"folder": frames, "camera": frames, "simulated camera": frames}
    for suffix in (".bag", ".db3"):
        films[suffix] = record(folder / f"film{suffix}", FolderSource(frames, realtime=False))
    films[".mcap"] = RosFilm(images=[image(index) for index in range(FRAMES)]).write(folder, "mcap")
    return films
