"""Work in a thread of its own, whose answer or error waits for whoever asks."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import NoReturn, TypeVar

T = TypeVar("T")


def beside(name: str, work: Callable[[], T]) -> Future[T]:
    """What `work` returns or raises. The thread, of this name, does not keep the program from ending."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # whatever it is, the future raises it
            future.set_exception(error)

    threading.Thread(target=run, name=name, daemon=True).start()
    return future


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
