"""`python -m tests.reliability faults`: every fault of a source, by every kind of source, headless and in the window.

A cell says what the user is told, how long no result came at most (the time to recovery), and how it ended. A cell
fails where the program hangs, or a file that was written meanwhile does not hold what was handed out.
"""

from __future__ import annotations

import csv
import json
import logging
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.errors import AppError
from app.run.headless import run_headless
from app.settings import Options
from app.sources import make_source
from app.sources.base import EndOfStream
from tests.app.fakes import FakeTracker
from tests.app.gui.xvfb import environment as display_environment
from tests.app.gui.xvfb import virtual_display
from tests.reliability.faulty import IN_A_PROCESS, NEEDS_A_PROCESS, faulty, write_films
from tests.reliability.watched import ROOT

LONGEST_S = 40.0


@dataclass
class Cell:
    """What came of one fault by one kind of source. how: "headless" or "window". told: what the user was told.

    gap_s: the longest time without a result from the fault on. frames: that were handed out and recorded.
    problem: "" where all is well.
    """

    fault: str
    kind: str
    how: str
    told: str = ""
    gap_s: float = 0.0
    ended: str = ""
    frames: int = 0
    problem: str = ""


def cells(faults: Iterable[str], kinds: Iterable[str]) -> list[tuple[str, str]]:
    """The cells that make sense: a source in the program's own process that crashes takes the program with it."""
    return [(fault, kind) for fault in faults for kind in kinds if kind in IN_A_PROCESS or fault not in NEEDS_A_PROCESS]


def headless(fault: str, kind: str, film: Path, folder: Path) -> Cell:
    """A run without a window that records and exports."""
    cell = Cell(fault, kind, "headless")
    times: list[float] = []
    options = Options(source=str(film), headless=True, record=folder / "out.bag", export=folder / "out.csv")
    source = faulty(kind, film, False, fault, folder / "mark")

    def run() -> None:
        also = [lambda *_: times.append(time.monotonic())]
        try:
            outcome = run_headless(options, source, FakeTracker(), "", also=also, shows_progress=False)
            cell.ended = "ends with a line" if outcome.error else "plays to its end"
            cell.told = str(outcome.error or "")
        except AppError as error:
            cell.ended, cell.told = "ends with a line", str(error)
        except BaseException as error:
            cell.ended, cell.told = "ends", repr(error)

    with log_said((folder / "mark").exists) as said:
        thread = threading.Thread(target=run, name="cell", daemon=True)
        thread.start()
        thread.join(LONGEST_S)
    if thread.is_alive():
        cell.problem = "hangs"
        source.close()
        return cell
    cell.told = "; ".join([*said, *([cell.told] if cell.told else [])])
    cell.gap_s, cell.frames = _gap(folder / "mark", times), len(times)
    cell.problem = check_files(folder / "out.bag", folder / "out.csv", cell.frames)
    return cell


@contextmanager
def log_said(counts: Callable[[], bool] = lambda: True) -> Iterator[list[str]]:
    """What the program's log says meanwhile, on stderr for whoever runs it. counts: whether it counts by now."""
    said: list[str] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if counts():
                said.append(record.getMessage())

    handler = Handler(logging.WARNING)
    logging.getLogger("app").addHandler(handler)
    try:
        yield said
    finally:
        logging.getLogger("app").removeHandler(handler)


def _gap(mark: Path, times: list[float]) -> float:
    """The longest time without a result, from the last one before the fault on."""
    if not mark.exists():
        return 0.0
    begin_s = float(mark.read_text().split()[1])
    after = [each for each in times if each > begin_s]
    before = [each for each in times if each <= begin_s][-1:]
    steps = [*before, *after]
    return max((b - a for a, b in zip(steps, steps[1:])), default=0.0)


def check_files(recording: Path, poses: Path, frames: int | None) -> str:
    """What is wrong with the files of a run; "" where they hold `frames` frames (None: any)."""
    found = 0
    try:
        source = make_source(str(recording), realtime=False)
        source.open()
        try:
            while source.read() is not None:
                found += 1
        except EndOfStream:
            pass
        finally:
            source.close()
        rows = len(list(csv.reader(poses.read_text().splitlines()))) - 1
    except (AppError, OSError) as error:
        return f"a file is lost: {error}"
    if frames is not None and (found, rows) != (frames, frames):
        return f"{frames} frames were handed out, the recording has {found}, the poses {rows}"
    return ""


def run_headless_cells(chosen: list[tuple[str, str]], told: Callable[[Cell], None] = lambda cell: None) -> list[Cell]:
    done = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        films = write_films(Path(scratch))
        for number, (fault, kind) in enumerate(chosen):
            if fault == "stalls for ever" and kind not in IN_A_PROCESS:
                continue  # nobody but Ctrl-C ends it: tests/app/run/test_interrupts.py
            folder = Path(scratch) / f"cell{number}"
            folder.mkdir()
            done.append(headless(fault, kind, films[kind], folder))
            told(done[-1])
    return done


def run_window_cells(chosen: list[tuple[str, str]], told: Callable[[Cell], None] = lambda cell: None) -> list[Cell]:
    """Each fault in a window of its own on a virtual display, one kind of source after the other."""
    done = []
    faults = list(dict.fromkeys(fault for fault, _ in chosen))
    with virtual_display() as display:
        environment = {**display_environment(display), "V2V_VIEWER": "off"}
        for fault in faults:
            wanted = [f"{one}|{kind}" for one, kind in chosen if one == fault]
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
                command = [sys.executable, "-m", "tests.reliability.fault_window", folder, *wanted]
                ended = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=600)
                report = Path(folder) / "report.json"
                if not report.exists():
                    done.append(Cell(fault, "all", "window", problem=f"the window failed: {ended.stderr[-500:]}"))
                    told(done[-1])
                    continue
                for found in json.loads(report.read_text())["cells"]:
                    done.append(Cell(**found))
                    told(done[-1])
    return done
