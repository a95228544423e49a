"""`python -m tests.reliability cycles`: each source is opened, read once and closed, over and over.

Recordings and cameras as the program opens them, with a reader process for each cycle, and the same code without.
"""

from __future__ import annotations

import gc
import multiprocessing
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from app.errors import SourceError
from app.sources import make_source
from app.sources.base import Source
from app.sources.reader import ReaderSource
from app.sources.recording import RecordingSource
from app.sources.simulator import SimulatorSource
from tests.app.sources.film import CAMERA, BlobMovie
from tests.reliability.faulty import write_films
from tests.reliability.own import own

CAMERA_CODE = "tests.app.sources.software_camera:software_camera"
"""The camera's own code on the SDK's software device."""


def sources(folder: Path) -> dict[str, tuple[Callable[[], Source], bool]]:
    """Name: makes a source; whether it has a process of its own."""
    films = write_films(folder)
    recordings = {suffix: films[suffix] for suffix in (".bag", ".db3", ".mcap")}
    found: dict[str, tuple[Callable[[], Source], bool]] = {
        "folder": (lambda: make_source(str(films["folder"]), realtime=False), False),
        "simulated camera": (lambda: SimulatorSource(camera=CAMERA, realtime=False, movie=BlobMovie), False),
        "camera, as the program opens it": (lambda: ReaderSource(CAMERA_CODE, (), SourceError), True),
    }
    for suffix, path in recordings.items():
        found[f"{suffix}, the reader process's code"] = (lambda path=path: RecordingSource(path, False), False)
        found[f"{suffix}, as the program opens it"] = (lambda path=path: make_source(str(path), realtime=False), True)
    return found


def run(
    count: int, jobs: int = 1, told: Callable[[dict[str, object]], None] = lambda row: None, only: str = ""
) -> list[dict[str, object]]:
    """A row for each source, which has a process to itself: threads and handles that the cycles have added.

    only: part of the names of the sources to take.
    """
    with tempfile.TemporaryDirectory() as folder:
        names = [name for name in sources(Path(folder)) if only in name]
        rows: dict[str, dict[str, object]] = {}
        with multiprocessing.get_context("spawn").Pool(jobs, maxtasksperchild=1) as pool:
            for row in pool.imap_unordered(partial(of_source, folder=folder, count=count), names):
                rows[str(row["name"])] = row
                told(row)
    return [rows[name] for name in names]


def of_source(name: str, folder: str, count: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory(dir=folder) as own_folder:
        make, _ = sources(Path(own_folder))[name]
        return cycled(name, make, count)


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
