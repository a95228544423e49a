"""What set-up tells people, on stderr: one line a stage, which counts along while it stands on a terminal."""

from __future__ import annotations

import shutil
import sys
import time
from types import TracebackType

REDRAW_S = 0.25


def say(line: str) -> None:
    """One line for people."""
    print(line, file=sys.stderr, flush=True)


class Stage:
    """Context manager of one stage: `WHAT: DETAIL, 12 s` when it has succeeded, and meanwhile on a terminal."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.detail = ""
        """How far it is; may change at any time."""

    def __enter__(self) -> Stage:
        self._began_s = self._drawn_s = time.monotonic()
        self._is_live = sys.stderr.isatty()
        self._draw()
        return self

    def tick(self) -> None:
        """Counts on, at most some times a second."""
        if time.monotonic() - self._drawn_s > REDRAW_S:
            self._draw()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if self._is_live:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
        if error is None:
            say(self._line())

    def _draw(self) -> None:
        self._drawn_s = time.monotonic()
        if self._is_live:
            width = shutil.get_terminal_size().columns - 1
            print("\r\x1b[K" + f"{self._line()} ..."[:width], end="", file=sys.stderr, flush=True)

    def _line(self) -> str:
        parts = [self.detail, f"{time.monotonic() - self._began_s:.0f} s"]
        return f"{self.what}: {', '.join(filter(None, parts))}"
