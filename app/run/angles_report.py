"""The goniometer: collects the joint angles of a recording frame by frame, and writes a page about them.

Only frames whose pose is called tracked count.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.errors import ExportError
from app.run.angles_page import page
from app.run.motion_range import AngleCurves
from app.tracking.result import TrackResult
from models.core.hand_state.angles import ANGLES, joint_angles
from models.core.types import Handedness
from models.outputs import OutputError, write_whole
from models.reading.verdict import Verdict

FEWEST_FRAMES = 10
"""A hand that is tracked in fewer frames is left out."""


class AnglesReport:
    """Collects results and writes the page at `close`, which may be called twice.

    Opening and `close` raise ExportError with one line.
    """

    def __init__(self, path: Path, source: str) -> None:
        """source: its name for people."""
        self._path, self._source = path, source
        self._frames = 0
        self._start_ms: float | None = None
        self._rows: dict[Handedness, list[tuple[float, NDArray[np.float64], NDArray[np.float64]]]] = {}
        self._closed = False
        with self._errors():
            path.parent.mkdir(parents=True, exist_ok=True)

    def write(self, result: TrackResult) -> None:
        """Take in one frame: no pose, that of one hand, or of two."""
        self._frames += 1
        self._start_ms = result.timestamp_ms if self._start_ms is None else self._start_ms
        time_s = (result.timestamp_ms - self._start_ms) / 1000
        for hand in (result, *result.others):
            if hand.pose is None or hand.verdict is not Verdict.TRACKED:
                continue
            angles = joint_angles(hand.pose)
            deviations = np.full(len(ANGLES), np.nan) if angles.sd_deg is None else angles.sd_deg
            self._rows.setdefault(hand.pose.hand, []).append((time_s, angles.degrees, deviations))

    def curves(self) -> list[AngleCurves]:
        """The hands so far that have frames enough, the one with the most first."""
        hands = [(hand, rows) for hand, rows in self._rows.items() if len(rows) >= FEWEST_FRAMES]
        hands.sort(key=lambda found: -len(found[1]))
        return [AngleCurves(hand, *(np.array(column) for column in zip(*rows))) for hand, rows in hands]

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        text = page(self.curves(), self._source, self._frames)
        with self._errors():
            write_whole(self._path, text.encode())

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except OutputError as error:
            raise ExportError(f"joint angles cannot be written: {error}") from None
        except OSError as error:
            reason = error.strerror or error
            raise ExportError(
                f"joint angles cannot be written to {self._path}: {reason}; choose another file with --angles"
            ) from None
