"""`python -m tests.reliability kills`: the program is killed while it writes; what it wrote must open.

What was written more than a second before the kill must be there. Half of the runs find older outputs in the place of
theirs: each then holds the older one or a new one, whole. Every other kill comes while the outputs are being closed:
from a thousandth of a second to a second after the last frame.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from tests.reliability import kept as outputs
from tests.reliability.kept import Kept
from tests.reliability.watched import ROOT, Worker

RECORDS = ("film.bag", "film.db3", "frames")
EXPORTS = ("poses.csv", "poses.jsonl", "poses.npz")
LOSES_AT_MOST_S = 1.0
LONGEST_RUN_S, SHORT_RUN_S = 3.5, 1.5
AFTER_S = 0.5
"""So long after the run's end the latest kills come."""
CLOSING_S = (0.001, 1.0)
"""After the last frame: so long a closing takes, by the kind of output and how busy the machine is."""


@dataclass
class Kill:
    """One kill, `at_s` after the start or, while the outputs were being closed, after the last frame.

    ended: the run had come to its end. written: frames that had been written, due: that must be there.
    """

    number: int
    record: str
    export: str
    at_s: float
    ended: bool
    written: int
    due: int
    was_closing: bool = False
    kept: list[Kept] = field(default_factory=list)

    def faults(self) -> list[str]:
        """Outputs that do not open, or have lost more than the last second."""
        found = [f"{kept.name}: {kept.problem}" for kept in self.kept if kept.problem]
        short = [kept for kept in self.kept if not kept.problem and kept.frames < self.due]
        return found + [f"{kept.name}: {kept.frames} of the {self.due} frames that were due" for kept in short]


def kill(number: int, seed: int, worker: Worker) -> Kill:
    """Start a run, kill it at a random moment, look at what is left."""
    rng = np.random.default_rng([seed, number])
    record, export = RECORDS[number % 3], EXPORTS[number // 3 % 3]
    seconds = float(rng.uniform(0.3, LONGEST_RUN_S))
    in_closing = number // 9 % 2 == 1  # each pair of outputs in turn
    if in_closing:
        seconds = float(rng.uniform(0.3, SHORT_RUN_S))
        at_s = float(np.exp(rng.uniform(*np.log(CLOSING_S))))
    else:
        at_s = float(rng.uniform(0.0, seconds + AFTER_S))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch)
        has_older = bool(rng.random() < 0.5)
        if has_older:
            _put_older(folder, export)
        said, killed_s = _run_and_kill(folder, record, export, seconds, at_s, in_closing)
        times = [float(line.split()[1]) for line in said if line not in ("closing", "end")]
        due, ended = sum(time_s < killed_s - LOSES_AT_MOST_S for time_s in times), "end" in said
        done = Kill(number, record, export, at_s, ended, len(times), len(times) if ended else due)
        done.was_closing = "closing" in said and not ended
        time.sleep(0.3)  # the film's encoder outlives the program, and finishes
        done.kept = [
            outputs.recording(folder, record, len(times), worker),
            outputs.export(folder, export, has_older),
            outputs.film(folder),
            _pictures(folder),
            _at_the_end(folder, done, has_older),
        ]
        return done


def _put_older(folder: Path, export: str) -> None:
    (folder / "run.json").write_text(json.dumps(OLDER))
    if not export.endswith(".npz"):
        (folder / export).write_text("older\n")


OLDER = {"source": "older", "model": "b", "device": "c", "frames": 3, "tracked": 2}


def _run_and_kill(
    folder: Path, record: str, export: str, seconds: float, at_s: float, in_closing: bool
) -> tuple[list[str], float]:
    """What the run has said, and when it was killed."""
    command = [sys.executable, "-m", "tests.reliability.victim", folder, record, export, seconds]
    errors = tempfile.TemporaryFile()  # noqa: SIM115 - read below
    process = subprocess.Popen(
        [str(word) for word in command], cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, start_new_session=True
    )
    assert process.stdout is not None
    ready = process.stdout.readline()
    if ready != b"ready\n":
        errors.seek(0)
        raise AssertionError(f"the run did not start: {errors.read().decode()[-1000:]}")
    said: list[str] = []
    while in_closing and "closing" not in said:
        said.append(process.stdout.readline().decode().strip())
        assert said[-1], "the run ended before it closed anything"
    time.sleep(at_s)
    killed_s = time.monotonic()
    os.kill(process.pid, signal.SIGKILL)  # the encoder is no part of it: it has a session of its own
    said += process.stdout.read().decode().splitlines()
    process.wait()
    errors.seek(0)
    if b"Traceback" in errors.read():
        errors.seek(0)
        raise AssertionError(f"the run failed: {errors.read().decode()[-1000:]}")
    return said, killed_s


def _pictures(folder: Path) -> Kept:
    """Each picture is whole; how many there are is not counted, as not every frame has one."""
    kept = Kept("pictures", frames=1 << 30)
    for path in folder.glob("pictures/*"):
        if cv2.imread(str(path)) is None:
            kept.problem = f"{path.name} is no picture"
    return kept


def _at_the_end(folder: Path, done: Kill, has_older: bool) -> Kept:
    """What is written at the end: the summary is the older one, a whole new one, or none; the page is whole or none."""
    kept = Kept("summary and page", frames=1 << 30)
    summary, page = folder / "run.json", folder / "angles.html"
    try:
        content = json.loads(summary.read_text()) if summary.exists() else None
        if done.ended and (content is None or content == OLDER):
            kept.problem = "the summary is missing"
        if has_older and content is None:
            kept.problem = "the older summary is gone"
        if page.exists() and "</html>" not in page.read_text():
            kept.problem = "the page is cut off"
    except ValueError as error:
        kept.problem = f"the summary is broken: {error}"
    return kept


def counted(seed: int, done: list[Kill]) -> dict[str, Any]:
    """The kills summed up by output."""
    sums_of: dict[str, dict[str, int]] = {}
    for one in done:
        for kept in one.kept:
            sums = sums_of.setdefault(kept.name, {"kills": 0, "broken": 0, "short": 0, "most_lost": 0})
            sums["kills"] += 1
            sums["broken"] += bool(kept.problem)
            if not kept.problem:
                sums["short"] += kept.frames < one.due
                sums["most_lost"] = max(sums["most_lost"], one.due - kept.frames)
    ended, closing = sum(one.ended for one in done), sum(one.was_closing for one in done)
    return {"seed": seed, "count": len(done), "ended": ended, "closing": closing, "outputs": sums_of}


def run(seed: int, count: int, jobs: int = 2, told: Callable[[Kill], None] = lambda kill: None) -> list[Kill]:
    """So many kills, in order of their numbers."""
    numbers, lock = iter(range(count)), threading.Lock()
    done: list[Kill] = []
    errors: list[BaseException] = []

    def work() -> None:
        worker = Worker()
        try:
            while not errors:
                with lock:
                    number = next(numbers, None)
                if number is None:
                    return
                one = kill(number, seed, worker)
                with lock:
                    done.append(one)
                    told(one)
        except BaseException as error:
            errors.append(error)
        finally:
            worker.end()

    threads = [threading.Thread(target=work, name=f"kills-{number}") for number in range(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return sorted(done, key=lambda one: one.number)
