"""Runs a command of set-up to its end: its output goes to the log, the set-up lock with it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import IO

from app.setup import facts
from app.setup.progress import say

POLL_S = 0.1


def run_command(command: list[str], lock: IO[str], on_lines: Callable[[list[str]], None] = lambda lines: None) -> int:
    """Runs a command and returns its exit status (127 where there is no such program).

    The command holds the set-up lock too: should this process be killed, a second start waits for what is still being
    installed. on_lines: gets what the command printed, some times a second, be it nothing.
    """
    with open(facts.LOG, "a+", encoding="utf-8", errors="replace") as log:
        print("$", *command, file=log, flush=True)
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=() if os.name == "nt" else (lock.fileno(),),
            )
        except FileNotFoundError:
            return 127
        with process:
            try:
                return _follow(process, log.tell(), on_lines)
            except BaseException:  # Ctrl-C reaches the command as well; another signal would leave it running
                process.terminate()
                raise


def _follow(process: subprocess.Popen[bytes], start: int, on_lines: Callable[[list[str]], None]) -> int:
    """Hands on what the process appends to the log from byte `start`, until it ends; its exit status."""
    with open(facts.LOG, encoding="utf-8", errors="replace") as written:
        written.seek(start)
        rest = ""
        while True:
            status = process.poll()
            *lines, rest = (rest + written.read()).split("\n")
            on_lines(lines)
            if status is not None:
                return status
            time.sleep(POLL_S)


class SetupLock:
    """Context manager that holds `.venv.lock`; the system lets go of it when the processes that hold it have died."""

    def __enter__(self) -> IO[str]:
        self._file = open(facts.LOCK, "a")  # noqa: SIM115 - closed in __exit__
        if not self._take(wait=False):
            say("Another start of the program is setting it up; waiting for it ...")
            self._take(wait=True)
        return self._file

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._file.close()

    def _take(self, wait: bool) -> bool:
        if sys.platform == "win32":
            import msvcrt

            while True:
                try:
                    msvcrt.locking(self._file.fileno(), msvcrt.LK_NBLCK, 1)
                    return True
                except OSError:
                    if not wait:
                        return False
                    time.sleep(0.5)
        import fcntl

        try:
            fcntl.flock(self._file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
