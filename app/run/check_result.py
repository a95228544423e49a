"""What came of testing a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class CheckResult:
    """lines: what was found, for people. problem: what is wrong, as the end of a sentence; empty where it is whole.

    repaired: the new file that holds what is left.
    """

    path: Path
    lines: tuple[str, ...] = ()
    problem: str = ""
    repaired: Path | None = None

    @property
    def verdict(self) -> str:
        """In one line, with what to do."""
        if not self.problem:
            return f"{self.path}: is whole"
        rest = f"what is left is in {self.repaired}" if self.repaired else "nothing of it can be repaired"
        return f"{self.path}: {self.problem}; {rest}"


def free_name(path: Path) -> Path:
    """NAME.repaired with the same ending, or NAME.repaired-2 … where that is there already."""
    names = (
        f"{path.stem}.repaired{number}{path.suffix}" for number in ("", *(f"-{count}" for count in range(2, 10_000)))
    )
    return next(new for name in names if not (new := path.with_name(name)).exists())
