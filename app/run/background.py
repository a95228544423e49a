"""Work that may get stuck, in threads that nobody has to wait for."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable

log = logging.getLogger(__name__)

CLOSE_LIMIT_S = 2.5


class Background:
    """Runs calls in daemon threads, one at a time of each name. One thread at a time."""

    def __init__(self) -> None:
        self._threads: dict[str, threading.Thread] = {}

    def run(self, name: str, work: Callable[[], object]) -> threading.Thread:
        """The thread that does `work`: the one that is still busy with it from before, else a new one."""
        thread = self._threads.get(name)
        if thread is None or not thread.is_alive():
            thread = threading.Thread(target=_logged, args=(name, work), name=name, daemon=True)
            self._threads[name] = thread
            thread.start()
        return thread


def join_all(threads: Iterable[threading.Thread], deadline_s: float) -> None:
    """Wait for threads until a moment of time.monotonic; the calling one and those never started are left out."""
    for thread in threads:
        if thread.ident is not None and thread is not threading.current_thread():
            thread.join(max(0.0, deadline_s - time.monotonic()))


def close_in_time(close: Callable[[], object], name: str, limit_s: float = CLOSE_LIMIT_S) -> None:
    """Close something that may be stuck; where it is, go on after a time."""
    thread = Background().run(name, close)
    thread.join(limit_s)
    if thread.is_alive():
        log.error("%s: still running after %.1f s", name, limit_s)


def _logged(name: str, work: Callable[[], object]) -> None:
    try:
        work()
    except BaseException:  # the top of a thread: anything else would vanish with it
        log.exception("%s failed", name)
