"""Plays recordings in a program of their own, so that a crash or a hang of it would be seen."""

from __future__ import annotations

import atexit
import json
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = """
import json, sys
from app.errors import SourceError
from app.sources import make_source
from app.sources.base import EndOfStream
for line in sys.stdin:
    spec = line.rstrip("\\n")
    played = {"spec": spec, "numbers": [], "units": [], "times_ms": [], "sums": [], "notes": []}
    source = None
    try:
        source = make_source(spec, realtime=False)
        played["notes"] = source.open().notes
        while True:
            frame = source.read()
            played["numbers"].append(frame.frame_id)
            played["units"].append(frame.depth_units)
            played["times_ms"].append(frame.timestamp_ms)
            played["sums"].append(int(frame.raw.sum()))
    except EndOfStream:
        played["outcome"] = "end"
    except SourceError as error:
        played["outcome"] = str(error)
    finally:
        if source is not None:
            source.close()
    print(json.dumps(played), flush=True)
"""


@dataclass(frozen=True)
class Played:
    """What came of playing a file. outcome: "end", or the error's message. The rest: of the frames that came.

    sums: of the raw pixels of each frame.
    """

    spec: str
    outcome: str
    numbers: list[int]
    units: list[float]
    times_ms: list[float]
    sums: list[int]
    notes: list[str]


def play(specs: Sequence[Path | str], timeout_s: float = 180) -> dict[str, Played]:
    """Play each source as `play_all` does; by file names."""
    played = {Path(each.spec).name: each for each in play_all(specs, timeout_s)}
    assert len(played) == len(specs)
    return played


def play_all(specs: Sequence[Path | str], timeout_s: float = 180) -> list[Played]:
    """Play each source from beginning to end, in one process. Fails where the process dies or hangs."""
    deadline_s = time.monotonic() + timeout_s
    return [_player().play(str(spec), deadline_s) for spec in specs]


class _Player:
    """The process, which plays one file after another until this one ends: to start it costs seconds."""

    def __init__(self) -> None:
        self._said = tempfile.TemporaryFile("w+")  # noqa: SIM115 - open as long as the process
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", PROGRAM]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": self._said}
        self._process = subprocess.Popen(command, text=True, cwd=ROOT, env=environment, **pipes)

    def play(self, spec: str, deadline_s: float) -> Played:
        process = self._process
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(f"{spec}\n")
        process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], max(deadline_s - time.monotonic(), 0))
        line = process.stdout.readline() if ready else ""
        if not line:
            self.end()
            self._said.seek(0)
            how = f"ended at {spec}: {self._said.read()[-500:]}" if ready else f"hangs at {spec}"
            raise AssertionError(f"the process {how}")
        return Played(**json.loads(line))

    def end(self) -> None:
        """Kill it; the next file gets a new one."""
        _player.cache_clear()
        self._process.kill()
        self._process.wait()


@cache
def _player() -> _Player:
    player = _Player()
    atexit.register(player.end)
    return player
