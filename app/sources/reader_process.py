"""The reader process: owns the RealSense SDK for the program, so that no recording or driver can take it down.

`ReaderLink` starts it and speaks to it: pickled messages on its standard input and output, pixels in shared memory.
Messages in: `Made` first, then `Asked`, both answered in order by `Answer`; `Told` is carried out at once, unanswered.
"""

from __future__ import annotations

import faulthandler
import importlib
import logging
import os
import pickle
import queue
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from app.errors import AppError, SourceError
from app.sources import sdk
from app.sources.base import EndOfStream
from app.sources.reader_memory import FrameRing, MemoryKey
from models.core.types import DepthFrame

log = logging.getLogger(__name__)

PULSE_S = 1.0
NO_PULSE_S = 12.0
"""The process ends itself where no Python code has run for so long: the SDK hangs and keeps the interpreter's lock,
so that even the end of the program would not be noticed. Longer than ReaderLink waits."""


@dataclass(frozen=True, slots=True)
class Made:
    """What to make: `factory` is MODULE:NAME, called with `arguments`. memory: where its frames' pixels go."""

    factory: str
    arguments: tuple[Any, ...]
    memory: MemoryKey


@dataclass(frozen=True, slots=True)
class Asked:
    """Call a method and answer with what it returns or raises."""

    method: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """Call a method, at once and beside the one that is asked for."""

    method: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class FrameInSlot:
    """A DepthFrame whose pixels, and colours where it has some, lie in a slot of the shared memory.

    Its camera is the stream's.
    """

    slot: int
    shape: tuple[int, int]
    depth_units: float
    frame_id: int
    timestamp_ms: float
    arrival_s: float
    restarts: int
    index: int | None
    is_sought: bool
    is_damaged: bool
    has_color: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What a method has returned, or raised."""

    value: Any = None
    error: AppError | EndOfStream | None = None


class _PixelStore:
    """Keeps frames in the shared memory, whose size the first one decides."""

    def __init__(self, key: MemoryKey) -> None:
        self._key = key
        self._ring: FrameRing | None = None

    def keep(self, pixels: NDArray[np.uint16]) -> NDArray[np.uint16]:
        return self._ring_for(pixels).keep(pixels)

    def in_slot(self, frame: DepthFrame) -> FrameInSlot:
        ring = self._ring_for(frame.raw)
        slot = ring.slot_of(frame.raw)
        if frame.color is not None:
            ring.keep_color(slot, frame.color)
        return FrameInSlot(
            slot=slot,
            shape=frame.camera.shape,
            depth_units=frame.depth_units,
            frame_id=frame.frame_id,
            timestamp_ms=frame.timestamp_ms,
            arrival_s=frame.arrival_s,
            restarts=frame.restarts,
            index=frame.index,
            is_sought=frame.is_sought,
            is_damaged=frame.is_damaged,
            has_color=frame.color is not None,
        )

    def _ring_for(self, pixels: NDArray[np.uint16]) -> FrameRing:
        if self._ring is None:
            self._ring = FrameRing(self._key, (pixels.shape[0], pixels.shape[1]))
        if pixels.shape != self._ring.shape:
            height, width = self._ring.shape
            size = f"{pixels.shape[1]}x{pixels.shape[0]} pixels instead of {width}x{height}"
            raise SourceError(f"a picture of another size came, {size}; open the source again")
        return self._ring


def main() -> None:
    """Serve until told to close, or until the program has ended."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the SDK prints must not get among the answers
    faulthandler.enable()
    threading.Thread(target=_show_pulse, name="pulse", daemon=True).start()
    commands = sys.stdin.buffer
    made: Made = pickle.load(commands)
    store = _PixelStore(made.memory)
    sdk.keep_pixels_in(store.keep)
    module, _, name = made.factory.partition(":")
    served = getattr(importlib.import_module(module), name)(*made.arguments)
    asked: queue.SimpleQueue[Asked] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(commands, served, asked), name="commands", daemon=True).start()
    answer = Answer()  # to `Made`: from now on it serves
    while True:
        pickle.dump(answer, answers)
        answers.flush()
        request = asked.get()
        answer = _answer(getattr(served, request.method), request.arguments, store)


def _listen(commands: BinaryIO, served: Any, asked: queue.SimpleQueue[Asked]) -> None:
    """Hand on what is asked for, do what is told. Ends the process with `close`, or with the program."""
    try:
        while True:
            command = pickle.load(commands)
            if isinstance(command, Asked):
                asked.put(command)
                continue
            try:
                getattr(served, command.method)(*command.arguments)
            except Exception:  # nobody waits for an answer
                log.exception("%s failed", command.method)
            if command.method == "close":
                os._exit(0)  # what other libraries do at the end of a process is not worth waiting for
    finally:
        os._exit(1)  # the program is gone


def _answer(method: Callable[..., Any], arguments: tuple[Any, ...], store: _PixelStore) -> Answer:
    try:
        value = method(*arguments)
        return Answer(store.in_slot(value) if isinstance(value, DepthFrame) else value)
    except (AppError, EndOfStream) as error:
        return Answer(error=error)
    except Exception as error:  # it would end the process, and the program would take that for a crash
        log.exception("%s failed", method)
        return Answer(error=SourceError(f"reading frames failed: {error!r}; see the log"))


def _show_pulse() -> None:
    while True:
        faulthandler.dump_traceback_later(NO_PULSE_S, exit=True)
        time.sleep(PULSE_S)
