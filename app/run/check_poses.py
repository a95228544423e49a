"""Tests files of poses: each row whole? What is, goes into a new file."""

from __future__ import annotations

import json
import math
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from app.run.check_result import CheckResult, free_name
from app.run.npz_rows import LONGEST_ROW, archive_of, parsed_row
from models.data.depth_image import BROKEN_NPY
from models.data.pose_csv import HEAD
from models.outputs import RecordFile, write_whole

CHUNK_BYTES = 1 << 20


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
    if whole <= head:
        return CheckResult(path, (rows,), "has no whole row")
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
            members = [name for name in archive.namelist() if not name.endswith("_names.npy")]
            frames = {name: _rows_of(archive, name) for name in members}
    except (OSError, KeyError, NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error, *BROKEN_NPY) as error:
        return CheckResult(path, problem=f"is damaged ({error}), and an archive cannot be repaired")
    if "frame.npy" not in frames or len(set(frames.values())) != 1:
        return CheckResult(path, problem="is no file of poses")
    return CheckResult(path, (f"rows     {frames['frame.npy']} whole, 0 broken",))


def _rows_of(archive: zipfile.ZipFile, name: str) -> int:
    """Rows of an array in the archive; read through to its checksum, but never held in memory. Raises of all kinds."""
    with archive.open(name) as member:
        version = np.lib.format.read_magic(member)
        header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, kind = header(member)
        left = math.prod(shape) * kind.itemsize
        while chunk := member.read(CHUNK_BYTES):
            left -= len(chunk)
    if left or not shape:
        raise ValueError(f"{name} is of another size than it says")
    return int(shape[0])


def _is_json(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while line := file.readline(LONGEST_ROW):
            yield line
