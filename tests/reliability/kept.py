"""What is left of outputs whose writing was broken off, and whether it opens."""

from __future__ import annotations

import json
import time
import zlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from models.data.pose_csv import REQUIRED_COLUMNS
from tests.app.sources.film import image
from tests.reliability.watched import Hung, Worker
from tests.reliability.worker import Outcome


@dataclass
class Kept:
    """What is left of one output. frames: how many it holds; "" in problem where it opens."""

    name: str
    frames: int = 0
    problem: str = ""
    is_whole: bool = False


def found(folder: Path, name: str, suffix: str | None = None) -> Path | None:
    """The output, or the unfinished file beside its place."""
    stem, ending = Path(name).stem, Path(name).suffix
    if (folder / name).exists() and suffix is None:
        return folder / name
    parts = sorted(folder.glob(f"{stem}.part-*{ending if suffix is None else suffix}"))
    return parts[0] if parts else None


def recording(folder: Path, record: str, written: int, worker: Worker, latest: int = 0) -> Kept:
    """A .bag, .db3 or folder of the film's images. written: how many were handed out; latest: where it may begin."""
    kept = Kept(Path(record).suffix or "folder")
    path = found(folder, record)
    if path is None or (path.is_dir() and not any(path.glob("*.png"))):
        return kept
    try:
        outcome = _played(path, worker)
    except Hung as hung:
        kept.problem = f"{hung.how} {hung.said[-300:]}"
        return kept
    film = [zlib.crc32(image(number)) for number in range(latest + len(outcome.sums))]
    begin = film.index(outcome.sums[0]) if outcome.sums and outcome.sums[0] in film else 0
    expected = film[begin : begin + len(outcome.sums)]
    kept.frames = len(outcome.sums)
    if outcome.how == "refused" and not kept.frames and not written:
        return kept  # in one line; nothing had been written yet
    if outcome.how != "fine":
        kept.problem = f"{outcome.how} after {kept.frames}: {outcome.said[-300:]}"
    elif outcome.sums != expected:
        kept.problem = "other pixels than were recorded"
    elif outcome.damaged or any("not checked" in note for note in outcome.notes):
        kept.problem = f"its checksums are not right: {outcome.damaged} frames damaged, {outcome.notes}"
    return kept


def _played(path: Path, worker: Worker) -> Outcome:
    """By the code of the reader process; where the SDK crashes or hangs, as the program does it, with that process."""
    try:
        return worker.run("play", path, 30)
    except Hung:
        reader = Worker("--reader")
        try:
            return reader.run("play", path, 30)
        finally:
            reader.end()


def export(folder: Path, export: str, has_older: bool) -> Kept:
    """A file of poses. has_older: a file was there before, of one line that says "older"."""
    kept = Kept(Path(export).suffix)
    path = found(folder, export)
    if export.endswith(".npz"):
        rows = found(folder, export, ".jsonl")
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


def film(folder: Path) -> Kept:
    """film.mp4, whose encoder may still be at it."""
    kept = Kept(".mp4")
    path = found(folder, "film.mp4")
    deadline_s = time.monotonic() + 10
    while path is not None:
        capture = cv2.VideoCapture(str(path))
        kept.frames = int(capture.get(cv2.CAP_PROP_FRAME_COUNT)) if capture.isOpened() else 0
        capture.release()
        if kept.frames or time.monotonic() > deadline_s:
            break
        time.sleep(0.2)
        path = found(folder, "film.mp4")
    return kept
