"""Flying pixels: depths that hang in the air between two surfaces, where one pixel saw both."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Neighbours on one surface differ by less, unless it is seen at a grazing angle; so do those of a far, coarse image.
STEP_M = 0.01
STEP_PIXELS = 3.0


def without_flying_pixels(raw: NDArray[np.uint16], depth_units: float, pixel_m: float) -> NDArray[np.uint16]:
    """A copy of a depth image (H, W), in device units, with flying pixels set to 0, no measurement.

    A pixel flies where some of its eight neighbours lie nearer by a step and others farther by one: a step is
    `STEP_M`, or `STEP_PIXELS` times `pixel_m`, the width in metres that a pixel covers. The edge of a near surface has
    only farther neighbours and the edge of a hidden one only nearer ones, so both stay; no measurement counts as none.
    """
    step = min(max(round(max(STEP_M, STEP_PIXELS * pixel_m) / depth_units), 1), np.iinfo(np.uint16).max)
    # Unmeasured pixels wrap round to the largest value, so that one less never makes them the nearest.
    nearest = _over_neighbours(np.minimum, raw - np.uint16(1)) + np.uint16(1)
    farthest = _over_neighbours(np.maximum, raw)
    # raw - nearest and farthest - raw are never negative where raw is measured
    flies = (raw > 0) & (raw - nearest > step) & (farthest - raw > step)
    return np.where(flies, np.uint16(0), raw)


def _over_neighbours(pick: np.ufunc, image: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """`pick` (np.minimum or np.maximum) over the 3x3 around each pixel of an image (H, W), its border left out."""
    rows = image.copy()
    pick(rows[1:], image[:-1], out=rows[1:])
    pick(rows[:-1], image[1:], out=rows[:-1])
    result = rows.copy()
    pick(result[:, 1:], rows[:, :-1], out=result[:, 1:])
    pick(result[:, :-1], rows[:, 1:], out=result[:, :-1])
    return result
