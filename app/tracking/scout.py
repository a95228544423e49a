"""Looks for a second hand beside one that is followed, a little at a time, so that it costs next to nothing.

In each fifth frame the detector lists places that may hold a hand, and one of them, the likeliest that was not asked
lately, is shown to the reference network. A place that looks like a hand there is read by the pose network in the next
frame. A place that is refused, by either network, is not asked again for a while, unless it has moved.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.tracking.locate import HandLocator
from app.tracking.result import Stopwatch
from models.core.types import DepthFrame
from models.reading.refine import Sighting

LOOK_EVERY = 5
"""Frames from one look to the next: 0.17 s at 30 fps."""
FIRST_REST, LONGEST_REST = 15, 120
"""Frames for which a refused place is not asked: half a second at 30 fps at first, twice as long each time."""
RECENT_REST = 3
"""The same where a hand was seen a moment ago, which may come back at any place."""
MOVED_M = 0.06
"""A candidate farther than this from all refused places is another place: those of a blob at rest jitter by 3 cm."""


@dataclass(slots=True)
class _Refused:
    """A place (3,) that held no hand, until which frame it is left alone, and for how many frames it was this time."""

    center_cam_m: NDArray[np.float64]
    until: int
    rest: int


class Scout:
    """Finds places worth a reading beside a hand that is followed. Used by one thread at a time."""

    def __init__(self, locator: HandLocator) -> None:
        self._locator = locator
        self.reset()

    def reset(self) -> None:
        """Forget what was refused: another scene may come."""
        self._frame, self._looked = 0, -LOOK_EVERY
        self._refused: list[_Refused] = []
        self._promising: Sighting | None = None
        self._is_recent = False

    def next_frame(self, is_recent: bool = False) -> bool:
        """Count a frame. Returns whether there is anything to do in it: a look, or a place to hand over.

        is_recent: whether a hand was seen a moment ago, so that it is looked for in every frame.
        """
        self._frame += 1
        if is_recent and not self._is_recent:
            self._refused = []
        self._is_recent = is_recent
        return is_recent or self._promising is not None or self._frame - self._looked >= LOOK_EVERY

    def place(self, frame: DepthFrame, watch: Stopwatch) -> Sighting | None:
        """A place to read, or None; where there is none yet, it is looked for. frame: without the followed hand.

        Where a hand was seen a moment ago it is handed over in the same frame, otherwise in the next one.
        """
        found, self._promising = self._promising, None
        if found is None:
            self._looked = self._frame
            found = self._look(frame, watch)
            if not self._is_recent:
                found, self._promising = None, found
        return found

    def refuse(self, center_cam_m: NDArray[np.float64]) -> None:
        """This place (3,), metres, holds no hand: leave it alone for a while, each time for longer."""
        near = [refused for refused in self._refused if _is_near(refused, center_cam_m)]
        rest = min(2 * max(refused.rest for refused in near), LONGEST_REST) if near else FIRST_REST
        if self._is_recent:
            rest = RECENT_REST
        # Those that were not asked again for long are forgotten, so that the list stays short.
        kept = [r for r in self._refused if self._frame < r.until + LONGEST_REST and not any(r is n for n in near)]
        self._refused = [*kept, _Refused(np.array(center_cam_m), self._frame + rest, rest)]

    def _look(self, frame: DepthFrame, watch: Stopwatch) -> Sighting | None:
        for candidate in self._locator.candidates(frame, watch):
            if self._is_refused(candidate):
                continue
            sighting = self._locator.judged(frame, candidate, watch)
            if sighting is not None and not self._is_refused(sighting.center_cam_m):
                return sighting
            self.refuse(candidate)
            break
        return None

    def _is_refused(self, center_cam_m: NDArray[np.float64]) -> bool:
        return any(self._frame < r.until and _is_near(r, center_cam_m) for r in self._refused)


def _is_near(refused: _Refused, center_cam_m: NDArray[np.float64]) -> bool:
    return bool(np.linalg.norm(refused.center_cam_m - center_cam_m) < MOVED_M)
