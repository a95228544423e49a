"""Depth images in which nothing lies where hands are searched for, which wrong units look like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.core.types import DepthFrame

MANY_FRAMES = 30
"""So many frames in a row, a second of most cameras, are more than a hand that has left the view."""
FEW_PIXELS = 0.001
"""Up to this share of the measured pixels is noise."""
PERCENTILES = (1, 99)
WRONG_UNITS = 4.0
"""Depth that is off by more than this factor is hardly a matter of moving the camera."""


@dataclass(frozen=True, slots=True)
class OutOfRange:
    """Frames without depth in the range that is searched.

    frames: how many in a row. near_m, far_m: the range that is searched. nearest_m, farthest_m: the range that is
    there, metres, without the farthest 1 % at both ends; None where nothing was measured at all.
    """

    frames: int
    near_m: float
    far_m: float
    nearest_m: float | None
    farthest_m: float | None

    @property
    def is_lasting(self) -> bool:
        return self.frames >= MANY_FRAMES

    def __str__(self) -> str:
        """What is wrong and what may be done, without a capital or a stop."""
        if self.nearest_m is None or self.farthest_m is None:
            return "there is no depth in the images; is the camera covered, or are these other images?"
        text = (
            f"no depth lies between {self.near_m:g} m and {self.far_m:g} m, it runs from {self.nearest_m:.3g} m to "
            f"{self.farthest_m:.3g} m"
        )
        if self.nearest_m > WRONG_UNITS * self.far_m or self.farthest_m < self.near_m / WRONG_UNITS:
            return f"{text}: are the units right?"
        return f"{text}: hold the hand there, or set --near and --far"

    def joined(self, later: OutOfRange) -> OutOfRange:
        """Of both: the longer row, and all depth that is there."""
        ends = [e for e in (self.nearest_m, self.farthest_m, later.nearest_m, later.farthest_m) if e is not None]
        nearest_m, farthest_m = (min(ends), max(ends)) if ends else (None, None)
        return OutOfRange(max(self.frames, later.frames), later.near_m, later.far_m, nearest_m, farthest_m)


class RangeWatch:
    """Counts frames in a row without depth between `near_m` and `far_m`."""

    def __init__(self, near_m: float, far_m: float) -> None:
        self._near_m, self._far_m = near_m, far_m
        self._frames = 0

    def reset(self) -> None:
        self._frames = 0

    def look(self, frame: DepthFrame) -> OutOfRange | None:
        """What the next frame without a hand adds; None where it has depth in range."""
        measured = frame.raw[frame.raw > 0]
        near, far = self._near_m / frame.depth_units, self._far_m / frame.depth_units
        if np.count_nonzero((measured >= near) & (measured <= far)) > FEW_PIXELS * len(measured):
            self._frames = 0
            return None
        self._frames += 1
        ends = np.percentile(measured, PERCENTILES) * frame.depth_units if len(measured) else (None, None)
        return OutOfRange(self._frames, self._near_m, self._far_m, *(e if e is None else float(e) for e in ends))
