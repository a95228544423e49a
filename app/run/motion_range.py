"""The angles of one hand over time, and the range that each joint went through.

The range runs from the 5th to the 95th percentile of the frames, so that single wrong frames do not make it; its ends
have the median standard deviation of the tenth of frames there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.core.hand_state.angles import ANGLES
from models.core.types import Handedness

LOW, HIGH = 5, 95
_END_SHARE = 10


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
