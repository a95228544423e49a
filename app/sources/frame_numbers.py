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


class PlacedNumbers(FrameNumbers):
    """The same for a file in which one can go to any frame: what was numbered once keeps its number.

    Behind frames that were never numbered it is the file's own number, at least one more for each place.
    """

    def __init__(self) -> None:
        super().__init__()
        self._given: list[int] = []  # of the first places
        self._place = 0

    def of(self, number: int) -> int:
        place, self._place = self._place, self._place + 1
        if place < len(self._given):
            self._last = self._given[place]
            return self._last
        given = super().of(number)
        if place == len(self._given):
            self._given.append(given)
        return given

    def go_to(self, place: int) -> None:
        """The next frame is the one at this place, from 0."""
        self._place = place
        if place and place <= len(self._given):
            self._last = self._given[place - 1]
        else:
            self._last = place - 1 + (self._given[0] if self._given else 0)
