"""Tests files of poses: each row whole? What is, goes into a new file."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from app.run.check_result import CheckResult, free_name
from app.run.npz_rows import LONGEST_ROW, archive_of, parsed_row
from models.data.pose_csv import HEAD
from models.outputs import RecordFile, write_whole

LARGEST_ARRAY = 1 << 32


def check_poses(path: Path) -> CheckResult:
    """Test a .csv, .jsonl or .npz. Raises OSError."""
    if path.suffix.lower() == ".npz":
        return _check_npz(path)
    first = next(_lines(path), b"")
    if path.suffix.lower() == ".csv":
        if not first.startswith(",".join(HEAD).encode()):
            return CheckResult(path, problem="is no file of poses")
        cells = first.count(b",")
        return _check_rows(path, lambda line: line.count(b",") == cells, head=1)
    if parsed_row(first) is not None:
        return _finish_npz(path)
    return _check_rows(path, _is_json)


def _check_rows(path: Path, is_whole: Callable[[bytes], bool], head: int = 0) -> CheckResult:
    whole = broken = 0
    for line in _lines(path):
        good = line.endswith(b"\n") and is_whole(line)
        whole, broken = whole + good, broken + (not good)
    rows = f"rows     {whole - head} whole, {broken} broken"
    if not broken:
        return CheckResult(path, (rows,))
    target = free_name(path)
    file = RecordFile(target)
    for line in _lines(path):
        if line.endswith(b"\n") and is_whole(line):
            file.add(line)
    file.close()
    return CheckResult(path, (rows,), f"{broken} of its rows are torn or damaged", target)


def _finish_npz(path: Path) -> CheckResult:
    """Make the archive of the rows that a run which was killed has left."""
    target = path.with_name(path.name.rpartition(".part-")[0] + ".npz") if ".part-" in path.name else path
    target = target if target.suffix == ".npz" and not target.exists() else free_name(path.with_suffix(".npz"))
    write_whole(target, archive_of(path))
    return CheckResult(path, (), "is the rows of an export that was not finished", target)


def _check_npz(path: Path) -> CheckResult:
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > LARGEST_ARRAY:
                return CheckResult(path, problem="is too large to be one of this program's")
        with np.load(path, allow_pickle=False) as arrays:
            frames = {name: len(arrays[name]) for name in arrays.files if not name.endswith("_names")}
    except (OSError, ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile, NotImplementedError) as error:
        return CheckResult(path, problem=f"is damaged ({error}), and an archive cannot be repaired")
    if "frame" not in frames or len(set(frames.values())) != 1:
        return CheckResult(path, problem="is no file of poses")
    return CheckResult(path, (f"rows     {frames['frame']} whole, 0 broken",))


def _is_json(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while line := file.readline(LONGEST_ROW):
            yield line
