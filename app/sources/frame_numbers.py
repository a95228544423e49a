"""Frame numbers that tell frames apart, where a file's own do not."""

from __future__ import annotations


class FrameNumbers:
    """Numbers that grow from frame to frame: a file's own while they do, else one more than the last.

    Recorders repeat numbers, start over, or leave them out; each frame is still one of its own, by its place.
    """

    def __init__(self) -> None:
        self._last = -1

    def of(self, number: int) -> int:
        """The number of the next frame, which the file calls `number`."""
        self._last = max(number, self._last + 1)
        return self._last
