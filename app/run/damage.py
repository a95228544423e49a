"""Which frames of a recording were damaged, in a line."""

from __future__ import annotations

MOST_RANGES = 12


class DamagedFrames:
    """Numbers of frames, as ranges; the first MOST_RANGES of these are named."""

    def __init__(self) -> None:
        self.count = 0
        self._ranges: list[list[int]] = []
        self._has_more = False

    def add(self, number: int) -> None:
        self.count += 1
        if self._ranges and self._ranges[-1][1] == number - 1 and not self._has_more:
            self._ranges[-1][1] = number
        elif len(self._ranges) < MOST_RANGES:
            self._ranges.append([number, number])
        else:
            self._has_more = True

    @property
    def names(self) -> str:
        """ "3, 7-9", with "…" where there are more."""
        names = [str(first) if first == last else f"{first}-{last}" for first, last in self._ranges]
        return ", ".join([*names, *(["…"] if self._has_more else [])])

    def note(self, frames: int) -> tuple[str, ...]:
        """A line that says how many of so many frames they are, and which; none where there are none."""
        if not self.count:
            return ()
        return (f"{self.count} of {frames} frames are damaged, and nothing is shown of them: {self.names}",)
