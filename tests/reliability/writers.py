"""`python -m tests.reliability writers`: every fault of a disk, by every kind of output, headless and in the window.

Whatever happens to the disk: the user gets a line, and what had been written is there and opens. A writer that is
killed is killed before each of its steps (tests/reliability/steps.py), or before `count` of them.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.app.gui.xvfb import environment as display_environment
from tests.app.gui.xvfb import virtual_display
from tests.reliability import kept as outputs
from tests.reliability.faults import Cell
from tests.reliability.small_disk import ALONE
from tests.reliability.steps import OUTPUTS
from tests.reliability.watched import ROOT, Worker
from tests.reliability.writer_victim import FAULTS

KILLED = "killed at each of its steps"
WINDOW_ONLY = (".mp4",)
LONGEST_S = 600
LATEST = 500
"""The window records from any frame on."""
PART = re.compile(r"part-[0-9a-f]{8}")
DB3_LAG_FRAMES = 31
"""A second of frames: what the SDK had not passed on when the disk was full."""


def headless(output: str, fault: str, folder: Path, worker: Worker) -> Cell:
    command = [*ALONE, sys.executable, "-m", "tests.reliability.writer_victim", str(folder), output, fault]
    ended = _run(command, {})
    if ended.returncode:
        return Cell(fault, output, "headless", problem=f"the program failed: {ended.stderr[-500:]}")
    cell = Cell(fault, output, "headless", **json.loads(ended.stdout.splitlines()[-1]))
    begin, _ = FAULTS[fault]
    _judge(cell, folder, cell.frames if begin is None else min(begin, cell.frames), worker)
    return cell


def window(output: str, faults: list[str], folder: Path, display: str, worker: Worker) -> list[Cell]:
    command = [*ALONE, sys.executable, "-m", "tests.reliability.writer_window", str(folder), output, *faults]
    ended = _run(command, {**display_environment(display), "V2V_VIEWER": "off"})
    if ended.returncode or not (folder / "report.json").exists():
        return [Cell("all", output, "window", problem=f"the window failed: {ended.stderr[-500:]}")]
    done = []
    for number, found in enumerate(json.loads((folder / "report.json").read_text())["cells"]):
        cell = Cell(kind=output, how="window", **found)
        _judge(cell, folder / str(number), cell.frames, worker)
        done.append(cell)
    return done


def _run(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
        check=False,
    )


def _judge(cell: Cell, folder: Path, due: int, worker: Worker) -> None:
    """Is there what was written before the fault, and was the user told?"""
    left, name = folder / "left", OUTPUTS[cell.kind]
    cell.told = PART.sub("part-RANDOM", cell.told.replace(f"{folder}/disk/outputs/", ""))
    if cell.fault == "folder removed":
        due = 0
    if cell.kind == ".db3":
        due = max(0, due - DB3_LAG_FRAMES)
    if cell.kind == ".mp4":
        due = 0  # a film is whole or none
    if cell.ended in ("hangs", "fails"):
        cell.problem = cell.ended
    elif due:
        kept = _kept(left, cell.kind, name, cell.frames, worker)
        cell.problem = kept.problem or ("" if kept.frames >= due else f"{kept.frames} of {due} frames are left")
    if not cell.told and "at the end" not in cell.fault:
        cell.problem = cell.problem or "the user is told nothing"


def _kept(left: Path, output: str, name: str, written: int, worker: Worker) -> outputs.Kept:
    if output in (".bag", ".db3", "folder"):
        return outputs.recording(left, name, written, worker, LATEST)
    return outputs.export(left, name, False)


def killed(output: str, folder: Path, count: int | None, seed: int) -> Cell:
    """All kills of one output as one cell. frames: how many there were."""
    words = [] if count is None else [str(count), str(seed)]
    command = [sys.executable, "-m", "tests.reliability.steps", output, str(folder), *words]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if ended.returncode:
        return Cell(KILLED, output, "headless", problem=f"the part failed: {ended.stderr[-500:]}")
    kills = json.loads(ended.stdout.splitlines()[-1])
    bad = [f"{one['place']}: {one['problem']}" for one in kills if one["problem"]]
    problem = f"{len(bad)} of {len(kills)}: {'; '.join(bad[:3])}" if bad else ""
    return Cell(KILLED, output, "headless", ended=f"{len(kills)} steps", frames=len(kills), problem=problem)


def run(
    kinds: Iterable[str],
    faults: Iterable[str],
    how: str,
    count: int | None,
    seed: int,
    told: Callable[[Cell], None] = lambda cell: None,
) -> list[Cell]:
    """A cell for each; `how` as of `tests.reliability faults`."""
    done: list[Cell] = []

    def add(*cells: Cell) -> None:
        for cell in cells:
            done.append(cell)
            told(cell)

    kinds, faults = list(kinds), list(faults)
    disks = [fault for fault in faults if fault in FAULTS]
    worker = Worker()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch, virtual_display() as display:
        for number, kind in enumerate(kinds):
            for place, fault in enumerate(disks if how != "window" and kind not in WINDOW_ONLY else []):
                add(headless(kind, fault, _new(scratch, f"headless{number}-{place}"), worker))
            if how != "headless" and disks:
                add(*window(kind, disks, _new(scratch, f"window{number}"), display, worker))
            if KILLED in faults:
                add(killed(kind, _new(scratch, f"steps{number}"), count, seed))
    worker.end()
    return done


def _new(scratch: str, name: str) -> Path:
    folder = Path(scratch) / name
    folder.mkdir()
    return folder
