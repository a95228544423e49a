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

from app.errors import AppError, SourceError
from app.sources import sdk
from app.sources.base import EndOfStream, SourceInfo
from app.sources.reader_frames import FrameStore
from app.sources.reader_memory import MemoryKey
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
class Answer:
    """What a method has returned, or raised."""

    value: Any = None
    error: AppError | EndOfStream | None = None


def main() -> None:
    """Serve until told to close, or until the program has ended."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the SDK prints must not get among the answers
    faulthandler.enable()
    threading.Thread(target=_show_pulse, name="pulse", daemon=True).start()
    commands = sys.stdin.buffer
    made: Made = pickle.load(commands)
    store = FrameStore(made.memory)
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


def _answer(method: Callable[..., Any], arguments: tuple[Any, ...], store: FrameStore) -> Answer:
    try:
        value = method(*arguments)
        if isinstance(value, SourceInfo):
            store.opened(value)
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
