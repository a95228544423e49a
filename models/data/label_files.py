"""Label files as text, precomputed reference points, and an account of the frames that could not be used."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


class MissingFileError(ValueError):
    """A file of a data set is not there; the message says which one and where the data set can be got."""


@dataclass(slots=True)
class Skipped:
    """Frames that were left out: how many for each reason, and where the first of each was.

    Without such a counter a reader raises at the first broken frame; with one it counts the frame and goes on.
    """

    counts: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)

    def add(self, reason: str, where: str, count: int = 1) -> None:
        """Counts `count` frames left out for `reason`; `where` names the file and the place in it."""
        if count:
            self.counts[reason] += count
            self.first.setdefault(reason, where)

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def lines(self) -> list[str]:
        """One line a reason, the most frequent first."""
        return [f"{reason}: {count} (first: {self.first[reason]})" for reason, count in self.counts.most_common()]


def left_out(skipped: Skipped | None, reason: str, error: ValueError | str) -> None:
    """Counts a broken frame where there is a counter, else raises ValueError with what was wrong."""
    if skipped is None:
        raise error if isinstance(error, ValueError) else ValueError(error)
    skipped.add(reason, str(error))


def need(path: Path, origin: str) -> Path:
    """The path itself where it exists, else MissingFileError that names it and where the data set can be got."""
    if not path.exists():
        raise MissingFileError(f"{path}: is missing; get the data set from {origin}")
    return path


def read_lines(path: Path) -> list[str]:
    """The lines of a text file without blank ones at its end. Raises ValueError where it cannot be read."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise ValueError(f"{path}: cannot be read ({error.strerror or error})") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path}: is not a text file") from None
    while lines and not lines[-1].strip():
        lines.pop()
    return lines


@dataclass(frozen=True, slots=True, eq=False)
class LabelTable:
    """Rows of a label file: names (N,), where a row starts with one, and values (N, K) float64, NaN in broken rows."""

    names: tuple[str, ...]
    values: NDArray[np.float64]

    def joints(self) -> NDArray[np.float64]:
        """The values as joints (N, K / 3, 3), in the file's own units and frame."""
        return self.values.reshape(len(self.values), self.values.shape[1] // 3, 3)

    def usable(self) -> NDArray[np.bool_]:
        """(N,) bool: rows whose every value is a number."""
        return np.asarray(np.isfinite(self.values).all(axis=1))


def read_table(path: Path, columns: int, named: bool, skipped: Skipped | None, first_line: int = 1) -> LabelTable:
    """Rows of `columns` numbers, between spaces, tabs or commas; with `named` each row starts with a name.

    first_line: where rows start; the file's first line is 1. A row is broken where it has another number of values, or
    a value that is not finite. With a counter `skipped` it is counted and becomes a row of NaN, so that the others keep
    their places. Without one it raises ValueError with the file and the line.
    """
    lines = read_lines(path)[first_line - 1 :]
    values = np.full((len(lines), columns), np.nan)
    names = []
    for row, line in enumerate(lines):
        parts = line.replace(",", " ").split()
        names.append(parts.pop(0) if named and parts else "")
        problem = _parse_row(parts, values[row])
        if problem:
            left_out(skipped, "label not usable", f"{path}, line {row + first_line}: {problem}")
            values[row] = np.nan
    return LabelTable(tuple(names), values)


def _parse_row(parts: list[str], row: NDArray[np.float64]) -> str:
    """Fills a row (K,) of a table; returns what is wrong with its text, nothing where all is well."""
    if len(parts) != len(row):
        return f"expected {len(row)} numbers, got {len(parts)}"
    try:
        row[:] = parts
    except ValueError as error:
        return str(error)
    return "" if np.isfinite(row).all() else "holds a value that is not finite"


def read_centers(path: Path, scale: tuple[float, float, float]) -> NDArray[np.float64]:
    """Precomputed reference points (N, 3), metres, camera frame, NaN where the file says that a frame is invalid.

    The format is that of the authors of V2V-PoseNet (github.com/mks0601/V2V-PoseNet_RELEASE): one line a frame, `x y z`
    or `invalid invalid invalid`. scale: metres in the camera frame per unit of the file's x, y, z, negative where an
    axis is turned round. Raises ValueError with the file and the line where it is neither.
    """
    if not path.is_file():
        raise MissingFileError(f"{path}: is missing; it should hold one reference point a line")
    lines = read_lines(path)
    centers = np.full((len(lines), 3), np.nan)
    for number, line in enumerate(lines):
        parts = line.split()
        if parts[:1] == ["invalid"]:
            continue
        problem = _parse_row(parts, centers[number])
        if problem:
            raise ValueError(f"{path}, line {number + 1}: {problem}")
    return centers * np.array(scale)
