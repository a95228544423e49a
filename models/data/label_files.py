"""Label files as text, and an account of the frames that could not be used."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

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


class Line(NamedTuple):
    """A line of a text file that holds something. number: its place in the file, the first is 1."""

    number: int
    text: str


LARGEST_BYTES = 1 << 28
"""Of a text file. A row of poses has about 900 bytes: three hours at 30 a second."""
_LINE_END = re.compile(r"\r*\n|\r")
"""LF, CR LF, CR CR LF (a file that was taken for text once too often), CR."""


def read_lines(path: Path) -> list[Line]:
    """The lines of a text file, whatever ends them, without blank ones. Raises ValueError where it cannot be read."""
    try:
        if (size := path.stat().st_size) > LARGEST_BYTES:
            raise ValueError(f"{path}: is too large, {size} bytes")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ValueError(f"{path}: cannot be read ({error.strerror or error})") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path}: is not a text file") from None
    return [Line(number, line) for number, line in enumerate(_LINE_END.split(text), start=1) if line.strip()]


@dataclass(frozen=True, slots=True, eq=False)
class LabelTable:
    """Rows of a label file: names (N,), where a row starts with one, and values (N, K) float64, NaN in broken rows."""

    names: tuple[str, ...]
    values: NDArray[np.float64]

    def joints(self) -> NDArray[np.float64]:
        """The values as joints (N, K / 3, 3), in the file's own units and frame."""
        return self.values.reshape(len(self.values), self.values.shape[1] // 3, 3)

    def reordered(self, order: Sequence[int]) -> LabelTable:
        """The same rows, their joints in another order: `order` are the places that the joints have now."""
        return LabelTable(self.names, self.joints()[:, list(order)].reshape(self.values.shape))

    def usable(self) -> NDArray[np.bool_]:
        """(N,) bool: rows whose every value is a number."""
        return np.asarray(np.isfinite(self.values).all(axis=1))


def pooled(tables: Sequence[LabelTable]) -> LabelTable:
    """The rows of several tables as one."""
    names = tuple(name for table in tables for name in table.names)
    return LabelTable(names, np.concatenate([table.values for table in tables]))


def read_table(path: Path, columns: int, named: bool, skipped: Skipped | None) -> LabelTable:
    """Rows of `columns` numbers, between spaces, tabs or commas; with `named` each row starts with a name.

    A row is broken where it has another number of values, or a value that is not finite. With a counter `skipped` it is
    counted and becomes a row of NaN, so that the others keep their places. Without one it raises ValueError with the
    file and the line.
    """
    return parse_table(path, read_lines(path), columns, named, skipped)


def parse_table(path: Path, lines: Sequence[Line], columns: int, named: bool, skipped: Skipped | None) -> LabelTable:
    """The table in some lines of a file; see read_table."""
    values = np.full((len(lines), columns), np.nan)
    names = []
    for line, row in zip(lines, values):
        parts = line.text.replace(",", " ").split()
        names.append(parts.pop(0) if named and parts else "")
        problem = parse_row(parts, row)
        if problem:
            left_out(skipped, "label not usable", f"{path}, line {line.number}: {problem}")
            row[:] = np.nan
    return LabelTable(tuple(names), values)


def parse_row(parts: list[str], row: NDArray[np.float64]) -> str:
    """Fills a row (K,) of a table; returns what is wrong with its text, nothing where all is well."""
    if len(parts) != len(row):
        return f"expected {len(row)} numbers, got {len(parts)}"
    try:
        row[:] = parts
    except ValueError as error:
        return str(error)
    return "" if np.isfinite(row).all() else "holds a value that is not finite"
