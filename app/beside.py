"""Work in a thread of its own, new or kept, whose answer or error waits for whoever asks."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import NoReturn, TypeVar

T = TypeVar("T")


def beside(name: str, work: Callable[[], T]) -> Future[T]:
    """What `work` returns or raises. The thread, of this name, does not keep the program from ending."""
    future: Future[T] = Future()
    threading.Thread(target=_do, args=(work, future), name=name, daemon=True).start()
    return future


def _do(work: Callable[[], T], future: Future[T]) -> None:
    try:
        future.set_result(work())
    except BaseException as error:  # whatever it is, the future raises it
        future.set_exception(error)


class KeptThread:
    """A thread that does one work after the other, as `beside` each. It is made with the first and stays."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._waiting: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._lives: Future[None] | None = None

    def does(self, work: Callable[[], T]) -> Future[T]:
        """What `work` returns or raises, once all that was given before is done."""
        future: Future[T] = Future()
        self._waiting.put(lambda: _do(work, future))
        if self._lives is None:
            self._lives = beside(self._name, self._work_on)
        return future

    def _work_on(self) -> None:
        while True:
            self._waiting.get()()


def leave(status: int) -> NoReturn:
    """End the process with that status, also where work goes on in such a thread.

    Python takes itself apart at its end. What is compiled meanwhile, as the model of the hand at a first start, then
    runs into an assertion of LLVM.
    """
    if threading.active_count() > 1:
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)
