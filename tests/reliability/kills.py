"""`python -m tests.reliability kills`: the program is killed while it writes; what it wrote must open.

What was written more than a second before the kill must be there. Half of the runs find older outputs in the place of
theirs: each then holds the older one or a new one, whole.
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
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from models.data.pose_csv import REQUIRED_COLUMNS
from tests.app.sources.film import image
from tests.reliability.watched import ROOT, Hung, Worker

RECORDS = ("film.bag", "film.db3", "frames")
EXPORTS = ("poses.csv", "poses.jsonl", "poses.npz")
LOSES_AT_MOST_S = 1.0
LONGEST_RUN_S = 3.5
AFTER_S = 0.5
"""So long after the run's end the latest kills come: some hit the closing of the files, some come too late."""


@dataclass
class Kept:
    """What is left of one output. frames: how many it holds; "" in problem where it opens."""

    name: str
    frames: int = 0
    problem: str = ""
    is_whole: bool = False


@dataclass
class Kill:
    """One kill. told: the frames that had been written, those before the last second, those in all."""

    number: int
    record: str
    export: str
    at_s: float
    ended: bool
    written: int
    due: int
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
    at_s = float(rng.uniform(0.0, seconds + AFTER_S))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch)
        has_older = bool(rng.random() < 0.5)
        if has_older:
            _put_older(folder, export)
        times, ended, killed_s = _run_and_kill(folder, record, export, seconds, at_s)
        due = sum(time_s < killed_s - LOSES_AT_MOST_S for time_s in times)
        done = Kill(number, record, export, at_s, ended, len(times), len(times) if ended else due)
        time.sleep(0.3)  # the film's encoder outlives the program, and finishes
        done.kept = [_recording(folder, record, len(times), worker), _export(folder, export, has_older), _film(folder)]
        done.kept += [_pictures(folder), _at_the_end(folder, done, has_older)]
        return done


def _put_older(folder: Path, export: str) -> None:
    (folder / "run.json").write_text(json.dumps(OLDER))
    if not export.endswith(".npz"):
        (folder / export).write_text("older\n")


OLDER = {"source": "older", "model": "b", "device": "c", "frames": 3, "tracked": 2}


def _run_and_kill(
    folder: Path, record: str, export: str, seconds: float, at_s: float
) -> tuple[list[float], bool, float]:
    """The times at which frames had been written, whether the run had ended, and when it was killed."""
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
    time.sleep(at_s)
    killed_s = time.monotonic()
    os.kill(process.pid, signal.SIGKILL)  # the encoder is no part of it: it has a session of its own
    said = process.stdout.read().decode().splitlines()
    process.wait()
    errors.seek(0)
    if b"Traceback" in errors.read():
        errors.seek(0)
        raise AssertionError(f"the run failed: {errors.read().decode()[-1000:]}")
    return [float(line.split()[1]) for line in said if line != "end"], "end" in said, killed_s


def _found(folder: Path, name: str, suffix: str | None = None) -> Path | None:
    """The output, or the unfinished file beside its place."""
    stem, ending = Path(name).stem, Path(name).suffix
    if (folder / name).exists() and suffix is None:
        return folder / name
    parts = sorted(folder.glob(f"{stem}.part-*{ending if suffix is None else suffix}"))
    return parts[0] if parts else None


def _recording(folder: Path, record: str, written: int, worker: Worker) -> Kept:
    kept = Kept(Path(record).suffix or "folder")
    path = _found(folder, record)
    if path is None or (path.is_dir() and not any(path.glob("*.png"))):
        return kept
    try:
        outcome = worker.run("play", path, 30)
    except Hung as hung:
        kept.problem = f"{hung.how} {hung.said[-300:]}"
        return kept
    expected = [zlib.crc32(image(number)) for number in range(len(outcome.sums))]
    kept.frames = len(outcome.sums)
    if outcome.how == "refused" and not kept.frames and not written:
        return kept  # in one line; nothing had been written yet
    if outcome.how != "fine":
        kept.problem = f"{outcome.how} after {kept.frames}: {outcome.said[-300:]}"
    elif outcome.sums != expected:
        kept.problem = "other pixels than were recorded"
    return kept


def _export(folder: Path, export: str, has_older: bool) -> Kept:
    kept = Kept(Path(export).suffix)
    path = _found(folder, export)
    if export.endswith(".npz"):
        rows = _found(folder, export, ".jsonl")
        if path is not None:
            with np.load(path) as archive:
                kept.frames = len(archive["frame"])
        elif rows is not None:
            kept.frames = sum(json.loads(line)["frame"] >= 0 for line in rows.read_text().splitlines())
        return kept
    if path is None:
        return kept
    lines = path.read_text().splitlines()
    if has_older and lines == ["older"]:
        return kept
    try:
        if export.endswith(".csv"):
            assert lines[0].split(",")[: len(REQUIRED_COLUMNS)] == list(REQUIRED_COLUMNS)
            assert len({line.count(",") for line in lines}) == 1
            kept.frames = len(lines) - 1
        else:
            kept.frames = len([json.loads(line) for line in lines])
    except (AssertionError, ValueError, IndexError) as error:
        kept.problem = repr(error)
    return kept


def _film(folder: Path) -> Kept:
    kept = Kept(".mp4")
    path = _found(folder, "film.mp4")
    deadline_s = time.monotonic() + 10
    while path is not None:
        film = cv2.VideoCapture(str(path))
        kept.frames = int(film.get(cv2.CAP_PROP_FRAME_COUNT)) if film.isOpened() else 0
        film.release()
        if kept.frames or time.monotonic() > deadline_s:
            break
        time.sleep(0.2)
        path = _found(folder, "film.mp4")
    return kept


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
    outputs: dict[str, dict[str, int]] = {}
    for one in done:
        for kept in one.kept:
            sums = outputs.setdefault(kept.name, {"kills": 0, "broken": 0, "short": 0, "most_lost": 0})
            sums["kills"] += 1
            sums["broken"] += bool(kept.problem)
            if not kept.problem:
                sums["short"] += kept.frames < one.due
                sums["most_lost"] = max(sums["most_lost"], one.due - kept.frames)
    return {"seed": seed, "count": len(done), "ended": sum(one.ended for one in done), "outputs": outputs}


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
