"""Flying pixels: depths that hang in the air between two surfaces, where one pixel saw both."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

# Neighbours on one surface differ by less, unless it is seen at a grazing angle; so do those of a far, coarse image.
STEP_M = 0.01
STEP_PIXELS = 3.0

_NEIGHBOURS = np.ones((3, 3), np.uint8)


def without_flying_pixels(raw: NDArray[np.uint16], depth_units: float, pixel_m: float) -> NDArray[np.uint16]:
    """A copy of a depth image (H, W), in device units, with flying pixels set to 0, no measurement.

    A pixel flies where some of its eight neighbours lie nearer by a step and others farther by one: a step is
    `STEP_M`, or `STEP_PIXELS` times `pixel_m`, the width in metres that a pixel covers. The edge of a near surface has
    only farther neighbours and the edge of a hidden one only nearer ones, so both stay; no measurement counts as none.
    """
    step = max(round(max(STEP_M, STEP_PIXELS * pixel_m) / depth_units), 1)
    most = np.iinfo(np.uint16).max
    nearest = cv2.erode(np.where(raw == 0, most, raw), _NEIGHBOURS).astype(np.int32)
    farthest = cv2.dilate(raw, _NEIGHBOURS).astype(np.int32)
    flies = (nearest < raw.astype(np.int32) - step) & (farthest > raw.astype(np.int32) + step)
    return np.where(flies, np.uint16(0), raw)
