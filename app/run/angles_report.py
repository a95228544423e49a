"""The goniometer: the joint angles of a recording, frame by frame, and the range that each joint went through.

Only frames whose pose is called tracked count. The range runs from the 5th to the 95th percentile of the frames, so
that single wrong frames do not make it; its ends have the median standard deviation of the tenth of frames there.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.errors import ExportError
from app.tracking.result import TrackResult
from models.core.hand_state.angles import ANGLES, joint_angles
from models.core.types import Handedness
from models.outputs import OutputError, write_whole
from models.reading.verdict import Verdict

LOW, HIGH = 5, 95
_END_SHARE = 10
FEWEST_FRAMES = 10
"""A hand that is tracked in fewer frames is left out."""


@dataclass(frozen=True, slots=True)
class MotionRange:
    """One joint angle over a recording, degrees: low and high percentile with their standard deviation, the median.

    low_sd, high_sd: NaN where the network was not calibrated.
    """

    name: str
    low: float
    high: float
    median: float
    low_sd: float
    high_sd: float


@dataclass(frozen=True, slots=True, eq=False)  # arrays inside: compared by identity
class AngleCurves:
    """The angles of one hand over time. times_s: (N,), from the first frame of the run. degrees, sd_deg: (N, 23).

    NaN where not known.
    """

    hand: Handedness
    times_s: NDArray[np.float64]
    degrees: NDArray[np.float64]
    sd_deg: NDArray[np.float64]

    def ranges(self) -> list[MotionRange]:
        """The range of each angle that is known, in the order of ANGLES."""
        known = [number for number in range(len(ANGLES)) if np.isfinite(self.degrees[:, number]).any()]
        return [_range(ANGLES[number], self.degrees[:, number], self.sd_deg[:, number]) for number in known]


def _range(name: str, degrees: NDArray[np.float64], sd_deg: NDArray[np.float64]) -> MotionRange:
    low, median, high = np.percentile(degrees, (LOW, 50, HIGH))
    first, last = np.percentile(degrees, (_END_SHARE, 100 - _END_SHARE))
    ends = (float(np.median(sd_deg[part])) for part in (degrees <= first, degrees >= last))
    return MotionRange(name, float(low), float(high), float(median), *ends)


class AnglesReport:
    """Collects results and writes the page at `close`, which may be called twice. Raises ExportError with one line."""

    def __init__(self, path: Path, source: str) -> None:
        """source: its name for people."""
        self._path, self._source = path, source
        self._frames = 0
        self._start_ms: float | None = None
        self._rows: dict[Handedness, list[tuple[float, NDArray[np.float64], NDArray[np.float64]]]] = {}
        self._closed = False

    def write(self, result: TrackResult) -> None:
        """Take in one frame, with or without a pose."""
        self._frames += 1
        self._start_ms = result.timestamp_ms if self._start_ms is None else self._start_ms
        if result.pose is None or result.verdict is not Verdict.TRACKED:
            return
        angles = joint_angles(result.pose)
        deviations = np.full(len(ANGLES), np.nan) if angles.sd_deg is None else angles.sd_deg
        time_s = (result.timestamp_ms - self._start_ms) / 1000
        self._rows.setdefault(result.pose.hand, []).append((time_s, angles.degrees, deviations))

    def curves(self) -> list[AngleCurves]:
        """The hands so far that have frames enough, the one with the most first."""
        hands = [(hand, rows) for hand, rows in self._rows.items() if len(rows) >= FEWEST_FRAMES]
        hands.sort(key=lambda found: -len(found[1]))
        return [AngleCurves(hand, *(np.array(column) for column in zip(*rows))) for hand, rows in hands]

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        from app.run.angles_page import page

        text = page(self.curves(), self._source, self._frames)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._path, text.encode())
        except OutputError as error:
            raise ExportError(f"joint angles cannot be written: {error}") from None
        except OSError as error:
            reason = error.strerror or error
            raise ExportError(
                f"joint angles cannot be written to {self._path}: {reason}; choose another file with --angles"
            ) from None
