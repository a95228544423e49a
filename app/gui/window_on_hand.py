"""The part of a picture that is shown when it is zoomed to the hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF

ROOM = 1.7
"""The part is so much larger than the hand."""
LEAST_SHARE = 0.2
"""Of the picture's width: a smaller part has hardly any pixels."""
EASE = 0.25
"""So much of the way to where the hand is now it goes with each frame: a picture that jumps is hard to look at."""


class WindowOnHand:
    """A part of the picture's own proportions that follows the hands. Without hands it goes back to all of it."""

    def __init__(self) -> None:
        self._part: NDArray[np.float64] | None = None  # middle and width, in shares of the picture

    def forget(self) -> None:
        """Begin with the whole picture."""
        self._part = None

    def follow(self, hands_uv: Sequence[NDArray[np.float64]], shape: tuple[int, int]) -> None:
        """A new frame. hands_uv: pixels (J, 2) of each hand's joints; none for all. shape: (height, width)."""
        aim = np.array([0.5, 0.5, 1.0])
        if hands_uv:
            size = np.array(shape[::-1])
            spots = np.clip((np.concatenate(hands_uv) + 0.5) / size, 0, 1)
            low, high = spots.min(axis=0), spots.max(axis=0)
            share = float(np.clip(ROOM * (high - low).max(), LEAST_SHARE, 1.0))
            aim = np.array([*np.clip((low + high) / 2, share / 2, 1 - share / 2), share])
        self._part = aim if self._part is None else self._part + EASE * (aim - self._part)

    def within(self, width: int, height: int) -> QRectF:
        """The part, in pixels of a picture of this size, whose left edge is at 0."""
        u, v, share = (0.5, 0.5, 1.0) if self._part is None else self._part
        return QRectF((u - share / 2) * width, (v - share / 2) * height, share * width, share * height)
