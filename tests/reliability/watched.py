"""A worker process with a watch on it: what crashes or hangs in there is an outcome."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.reliability.worker import Outcome

ROOT = Path(__file__).resolve().parents[2]
START_S = 120.0
END_S = 5.0
"""A worker that has nothing to do any more ends by itself, and leaves what it has measured of the program."""
GROWN_MIB = 700.0
"""A worker that has grown so large from many cases makes room for a new one, so that each case has its memory."""


class Hung(Exception):
    """The worker is gone. how: "crash" or "hang". said: the signal, or the end of what it wrote."""

    def __init__(self, how: str, said: str) -> None:
        super().__init__(how, said)
        self.how, self.said = how, said


class Worker:
    """A process of tests.reliability.worker; a new one after each that has crashed or hung. One thread."""

    def __init__(self, *options: str, program: Sequence[str] = ("-m", "tests.reliability.worker")) -> None:
        """options: of the worker. program: what Python runs."""
        self._command = [sys.executable, *program, *options]
        self._process: subprocess.Popen[bytes] | None = None
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as this lives
        self._rest = b""

    def run(self, what: str, path: Path, longest_s: float) -> Outcome:
        """What came of it. Raises Hung where the process dies, or gives no answer within `longest_s`."""
        process = self._process or self._start()
        assert process.stdin is not None
        process.stdin.write(json.dumps([what, str(path)]).encode() + b"\n")
        process.stdin.flush()
        outcome = Outcome(**self._answer(longest_s))
        if outcome.rss_mib > GROWN_MIB:
            self.end()
        return outcome

    def _start(self) -> subprocess.Popen[bytes]:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": self._errors}
        self._process = process = subprocess.Popen(
            self._command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, start_new_session=True, **pipes
        )
        self._rest = b""
        self._answer(START_S)
        return process

    def _answer(self, longest_s: float) -> dict[str, object]:
        process = self._process
        assert process is not None and process.stdout is not None
        descriptor = process.stdout.fileno()
        while b"\n" not in self._rest:
            ready, _, _ = select.select([descriptor], [], [], longest_s)
            more = os.read(descriptor, 1 << 16) if ready else b""
            if not more:
                raise self._gone("crash" if ready else "hang")
            self._rest += more
        line, _, self._rest = self._rest.partition(b"\n")
        answer: dict[str, object] = json.loads(line)
        return answer

    def _gone(self, how: str) -> Hung:
        process = self._process
        assert process is not None
        if how == "hang":
            os.killpg(process.pid, signal.SIGKILL)
        status = process.wait()
        self.end()
        self._errors.seek(0, os.SEEK_END)
        size = self._errors.tell()
        self._errors.seek(max(0, size - 3000))
        name = signal.Signals(-status).name if status < 0 else f"status {status}"
        return Hung(how, f"{name}: {self._errors.read().decode(errors='replace')}")

    def end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            with contextlib.suppress(OSError):
                pipe.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(END_S)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
