"""The program's end of a reader process: starts it, asks, waits no longer than a limit, and ends it."""

from __future__ import annotations

import logging
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from typing import Any

from app.errors import AppError
from app.sources.reader_memory import MemoryKey, close_memory, new_memory
from app.sources.reader_process import Answer, Asked, Made, Told
from app.sources.starved import starved_s

log = logging.getLogger(__name__)

PROGRAM = "import sys; sys.path[:] = {path!r}; from app.sources.reader_process import main; main()"
START_LIMIT_S = 30.0
"""A cold disk or a virus scanner may hold up the interpreter."""
TICK_S = 0.1
SOON_S = 1.0
"""Answers mostly come within this time; what keeps the process from running is looked at behind it."""
MOST_PATIENCE = 4
"""A limit grows to so many times its length where other programs keep the process from running."""
CLOSE_S = 1.5
"""How long the reader process may take to close what it has open; then it is ended."""
LOG_TAIL_BYTES = 4000


class ReaderDiedError(AppError):
    """The reader process has ended, or did not answer and was ended. The message says which, in a few words."""


class ReaderLink:
    """One reader process, which holds what `factory` (MODULE:NAME) makes of `arguments`; started at once.

    `ask` from one thread at a time; `tell` and `end` from any.
    """

    def __init__(self, factory: str, arguments: tuple[Any, ...] = ()) -> None:
        self.memory: MemoryKey = new_memory()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  # the process writes to it until it ends
        self._process = _start(self.memory, self._errors)
        self._sending = threading.Lock()
        self._left_s: float | None = None  # until the answer must be there; None while nothing is asked
        self._stuck = False
        self._asked = False  # before that it loads and has nothing open
        self._ending = threading.Lock()
        self._ended = threading.Event()
        threading.Thread(target=self._watch, name="reader-watch", daemon=True).start()
        self._send(Made(factory, arguments, self.memory))

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, method: str, *arguments: Any, limit_s: float) -> Any:
        """What the method returns in the reader process, or what it raises there.

        Raises ReaderDiedError where the process has ended, or has not answered within `limit_s` and was ended.
        """
        self._asked = True
        self._send(Asked(method, arguments))
        return self._answer(limit_s)

    def wait_until_ready(self) -> None:
        """Wait until the process serves, once, before anything is asked. Raises as `ask` does."""
        self._answer(START_LIMIT_S)

    def _answer(self, limit_s: float) -> Any:
        assert self._process.stdout is not None
        self._left_s = limit_s
        try:
            answer = pickle.load(self._process.stdout)
        except (EOFError, OSError, ValueError, pickle.UnpicklingError):  # ValueError: closed meanwhile
            raise ReaderDiedError(self._cause()) from None
        except BaseException:  # Ctrl-C in the middle of an answer: the next one cannot be made out
            self._process.kill()
            raise
        finally:
            self._left_s = None
        assert isinstance(answer, Answer)
        if answer.error is not None:
            raise answer.error
        return answer.value

    def tell(self, method: str, *arguments: Any) -> None:
        """Have a method called, beside the one that is asked for; nothing where the process has ended."""
        self._send(Told(method, arguments))

    def end(self) -> None:
        """Have what is open closed, and end the process: within CLOSE_S, whatever is stuck. May be called twice."""
        with self._ending:
            if self._ended.is_set():
                return
            self.tell("close")
            try:
                self._process.wait(CLOSE_S if self._asked else 0)
            except subprocess.TimeoutExpired:
                self._process.kill()
            self._process.wait()
            self._ended.set()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):  # it cannot be flushed any more
                    pipe.close()
        close_memory(self.memory)
        self._log_errors()

    def _send(self, message: object) -> None:
        assert self._process.stdin is not None
        with self._sending, suppress(OSError, ValueError):  # the process has ended: asking for an answer shows it
            pickle.dump(message, self._process.stdin)
            self._process.stdin.flush()

    def _watch(self) -> None:
        """End the process where it does not answer.

        Counts ticks: a program that was stopped has not been waiting. Of a tick only that part counts in which the
        process could run (`starved_s`), at least a share of it: what is stuck may be busy, too.
        """
        asked_ticks, starved_before_s = 0, 0.0
        while not self._ended.wait(TICK_S):
            if (left_s := self._left_s) is None:
                asked_ticks = 0
                continue
            asked_ticks += 1
            counted_s = TICK_S
            if asked_ticks * TICK_S >= SOON_S:
                starved_now_s = starved_s(self._process.pid)
                if asked_ticks * TICK_S > SOON_S:
                    counted_s = max(TICK_S - (starved_now_s - starved_before_s), TICK_S / MOST_PATIENCE)
                starved_before_s = starved_now_s
            self._left_s = left_s - counted_s
            if left_s <= counted_s:
                self._stuck = True
                self._process.kill()
                return

    def _cause(self) -> str:
        """Why no answer came."""
        try:
            status = self._process.wait(CLOSE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        if self._stuck:
            return "the RealSense SDK does not come back from it"
        if status < 0:
            return f"the RealSense SDK crashed on it, {signal.Signals(-status).name}"
        return f"its reader process ended with status {status}"

    def _log_errors(self) -> None:
        """What the process has written to its standard error goes to the log, for whoever looks for a cause."""
        with suppress(OSError), self._errors as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - LOG_TAIL_BYTES))
            if said := file.read().decode(errors="replace").strip():
                log.info("the reader process said:\n%s", said)


def _start(memory: MemoryKey, errors: Any) -> subprocess.Popen[bytes]:
    """A new interpreter that finds the same packages as this one, and that Ctrl-C in the terminal does not reach."""
    options: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": errors}
    if sys.platform == "win32":
        options["creationflags"] = subprocess.CREATE_NO_WINDOW
    else:
        options["start_new_session"] = True
        options["pass_fds"] = [memory]
    return subprocess.Popen([sys.executable, "-c", PROGRAM.format(path=sys.path)], **options)
