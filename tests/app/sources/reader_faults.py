"""Sources that break the process that they run in, each in its own way; made there by their import names."""

from __future__ import annotations

import ctypes
import os
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

from app.errors import SourceLostError
from app.sources import realsense
from app.sources.base import EndOfStream, Source, SourceInfo
from models.core.types import DepthFrame
from tests.app.sources.film import CAMERA, COUNT, FPS, FakeSdk, image

FOREVER_S = 3600


def crash() -> None:
    """As a fault in a library's own code."""
    os.kill(os.getpid(), signal.SIGSEGV)


def hang() -> None:
    threading.Event().wait(FOREVER_S)


def hang_with_the_lock() -> None:
    """As a library that never gives the interpreter's lock back: no other thread of the process runs any more."""
    ctypes.PyDLL(None).sleep(FOREVER_S)


def leave() -> None:
    os._exit(3)


FAULTS = {each.__name__: each for each in (crash, hang, hang_with_the_lock, leave)}


class FaultySource(Source):
    """The film of `film`, live or not, until `fault` (a key of FAULTS) happens in the method named `where`.

    mark: a file that is made just before.
    """

    def __init__(self, fault: str, where: str, is_live: bool = False, mark: Path | None = None) -> None:
        self._mark = mark
        self._fault, self._where, self._is_live = FAULTS[fault], where, is_live
        self._next = 0
        self._paused = self._loops = False

    def open(self) -> SourceInfo:
        self._at("open")
        self._next = 0
        return SourceInfo("camera" if self._is_live else "recording", "Faulty", self._is_live, FPS, CAMERA, 0.001)

    def read(self, timeout_s: float = 5.0) -> DepthFrame | None:
        if self._paused:
            return None
        if self._next == 2:
            self._at("read")
        if self._next == COUNT and not self._loops:
            raise SourceLostError("Faulty is silent") if self._is_live else EndOfStream
        index, self._next = self._next % COUNT, self._next % COUNT + 1
        return DepthFrame(image(index), 0.001, CAMERA, index, 1000 * index / FPS, time.monotonic(), index=index)

    def close(self) -> None:
        self._at("close")

    def seek(self, index: int) -> None:
        self._next = index

    def set_paused(self, paused: bool) -> None:
        self._paused = paused

    def set_loop(self, loop: bool) -> None:
        self._loops = loop

    def _at(self, place: str) -> None:
        if place == self._where:
            if self._mark is not None:
                self._mark.touch()
            self._fault()


class Growing(FaultySource):
    """Its third picture is larger."""

    def __init__(self) -> None:
        super().__init__("crash", "nowhere")

    def read(self, timeout_s: float = 5.0) -> DepthFrame | None:
        frame = super().read(timeout_s)
        if frame is None or frame.index != 2:
            return frame
        larger = replace(CAMERA, width=2 * CAMERA.width)
        return replace(frame, raw=image(2, larger), camera=larger)


def fake_camera() -> Source:
    """A CameraSource on the stand-in for the SDK."""
    fake = FakeSdk()
    vars(realsense).update(load_sdk=lambda: fake, sdk_context=fake.context)
    return realsense.CameraSource()


def unlucky() -> SimpleNamespace:
    """A factory that fails."""
    raise RuntimeError("no luck")


class SlowSource(FaultySource):
    """One that takes its time to open."""

    def __init__(self) -> None:
        super().__init__("hang", "nowhere")

    def open(self) -> SourceInfo:
        time.sleep(2.0)
        return super().open()
