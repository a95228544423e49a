"""Flying pixels: depths that hang in the air between two surfaces, where one pixel saw both."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.core.camera import windowed
from models.core.types import Camera, Cube
from models.core.voxels import crop_window, points_in_cube

# Neighbours on one surface differ by less, unless it is seen at a grazing angle; so do those of a far, coarse image.
STEP_M = 0.01
STEP_PIXELS = 3.0
COMPANIONS = 3
"""Of a pixel's eight neighbours so many belong to its surface, even at a corner of the silhouette."""


def without_flying_pixels(raw: NDArray[np.uint16], depth_units: float, pixel_m: float) -> NDArray[np.uint16]:
    """A copy of a depth image (H, W), in device units, with flying pixels set to 0, no measurement.

    A pixel flies where some of its eight neighbours lie nearer by a step and others farther by one: a step is
    `STEP_M`, or `STEP_PIXELS` times `pixel_m`, the width in metres that a pixel covers. The edge of a near surface has
    only farther neighbours and the edge of a hidden one only nearer ones, so both stay; no measurement counts as none.
    What is left flies, too, where fewer than `COMPANIONS` neighbours lie within a step: spray beside an edge behind
    which nothing is measured.
    """
    step = step_of(depth_units, pixel_m)
    # Unmeasured pixels wrap round to the largest value, so that one less never makes them the nearest.
    nearest = _over_neighbours(np.minimum, raw - np.uint16(1)) + np.uint16(1)
    farthest = _over_neighbours(np.maximum, raw)
    # raw - nearest and farthest - raw are never negative where raw is measured
    flies = (raw > 0) & (raw - nearest > step) & (farthest - raw > step)
    clear = np.where(flies, np.uint16(0), raw)
    return np.where(_companions(clear, step) < COMPANIONS, np.uint16(0), clear)


def step_of(depth_units: float, pixel_m: float) -> int:
    """A step between two surfaces, in device units: whole millimetres, so that it is the same in units of any size."""
    step_m = round(1000 * max(STEP_M, STEP_PIXELS * pixel_m)) / 1000
    return min(max(round(step_m / depth_units), 1), int(np.iinfo(np.uint16).max))


def clear_points(raw: NDArray[np.uint16], depth_units: float, camera: Camera, cube: Cube) -> NDArray[np.float32]:
    """The points (N, 3) float32 of a whole depth image in a cube, metres, camera frame, without flying pixels."""
    window = crop_window(camera, cube)
    part = raw[window]
    if not part.size:
        return np.empty((0, 3), dtype=np.float32)
    cleaned = without_flying_pixels(part, depth_units, cube.center_cam_m[2] / camera.fx)
    return points_in_cube(cleaned, depth_units, windowed(camera, window), cube)


def _companions(raw: NDArray[np.uint16], step: int) -> NDArray[np.uint8]:
    """How many of each measured pixel's eight neighbours (H, W) are measured and differ by no more than a step."""
    counts = np.zeros(raw.shape, dtype=np.uint8)
    whole, head, tail = slice(None), slice(None, -1), slice(1, None)
    # four directions: each pair of neighbours is compared once and counts for both
    for one, other in (
        ((head, whole), (tail, whole)),
        ((whole, head), (whole, tail)),
        ((head, head), (tail, tail)),
        ((head, tail), (tail, head)),
    ):
        a, b = raw[one], raw[other]
        close = (np.maximum(a, b) - np.minimum(a, b) <= step) & (a > 0) & (b > 0)
        counts[one] += close
        counts[other] += close
    return counts


def _over_neighbours(pick: np.ufunc, image: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """`pick` (np.minimum or np.maximum) over the 3x3 around each pixel of an image (H, W), its border left out."""
    rows = image.copy()
    pick(rows[1:], image[:-1], out=rows[1:])
    pick(rows[:-1], image[1:], out=rows[:-1])
    result: NDArray[np.uint16] = rows.copy()
    pick(result[:, 1:], rows[:, :-1], out=result[:, 1:])
    pick(result[:, :-1], rows[:, 1:], out=result[:, :-1])
    return result
