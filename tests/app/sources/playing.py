"""Plays recordings in a process of their own: the SDK may end the process, or never come back, on a broken one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = """
import json, sys
from app.errors import SourceError
from app.sources import make_source, sdk_player
from app.sources.base import EndOfStream

sdk_player.STALL_S = 3.0
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
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input="".join(f"{spec}\n" for spec in specs),
        capture_output=True,
        text=True,
        timeout=timeout_s,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    played = [Played(**json.loads(line)) for line in done.stdout.splitlines()]
    died_at = specs[len(played)] if len(played) < len(specs) else "the end"
    assert done.returncode == 0, f"the process ended at {died_at}: {done.stderr[-500:]}"
    assert len(played) == len(specs)
    return played
