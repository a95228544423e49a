"""`python -m tests.reliability cycles`: each source is opened, read once and closed, over and over."""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Callable
from pathlib import Path

from app.sources import make_source
from app.sources.base import Source
from app.sources.recording import RecordingSource
from app.sources.simulator import SimulatorSource
from tests.app.sources.film import CAMERA, BlobMovie
from tests.reliability.faulty import write_films
from tests.reliability.own import own

WITH_A_PROCESS = 10
"""A reader process takes so long to start that only every so manieth cycle has one."""


def sources(folder: Path) -> dict[str, tuple[Callable[[], Source], bool]]:
    """Name: makes a source; whether it has a process of its own."""
    films = write_films(folder)
    recordings = {suffix: films[suffix] for suffix in (".bag", ".db3", ".mcap")}
    found: dict[str, tuple[Callable[[], Source], bool]] = {
        "folder": (lambda: make_source(str(films["folder"]), realtime=False), False),
        "simulated camera": (lambda: SimulatorSource(camera=CAMERA, realtime=False, movie=BlobMovie), False),
    }
    for suffix, path in recordings.items():
        found[f"{suffix}, the reader process's code"] = (lambda path=path: RecordingSource(path, False), False)
        found[f"{suffix}, as the program opens it"] = (lambda path=path: make_source(str(path), realtime=False), True)
    return found


def run(count: int, told: Callable[[dict[str, object]], None] = lambda row: None) -> list[dict[str, object]]:
    """A row for each source: threads and handles are those that the cycles have added."""
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, (make, has_process) in sources(Path(folder)).items():
            cycles = max(10, count // WITH_A_PROCESS) if has_process else count
            row = cycled(name, make, cycles)
            rows.append(row)
            told(row)
    return rows


def cycled(name: str, make: Callable[[], Source], cycles: int) -> dict[str, object]:
    """What so many cycles of one source have added, from the first tenth on."""
    begin = max(cycles // 10, 2)
    before = first = own()
    for cycle in range(cycles):
        source = make()
        source.open()
        assert source.read() is not None
        source.close()
        if cycle + 1 == begin:
            gc.collect()
            before = first = own()
    gc.collect()
    last = own()
    return {
        "name": name,
        "count": cycles,
        "threads": f"{last.threads - before.threads:+d}",
        "handles": f"{last.handles - before.handles:+d}",
        "first_mib": first.resident_mib,
        "last_mib": last.resident_mib,
    }
