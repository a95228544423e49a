"""From raw depth to occupancy in one compiled pass over the pixels that a cube can cover.

Gives exactly what `clear_points` (models/core/flying.py) and `occupancy` (models/core/voxels.py) give, which say why.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from models.core import flying
from models.core.types import Cube, DepthFrame
from models.core.voxels import crop_window, slab


def clear_occupancy(frame: DepthFrame, cube: Cube, resolution: int) -> tuple[NDArray[np.uint8], int]:
    """The occupancy (D, D, D) uint8 of a cube without flying pixels, and how many points were measured in its slab."""
    volume = np.zeros((resolution, resolution, resolution), dtype=np.uint8)
    rows, columns = crop_window(frame.camera, cube)
    window = frame.raw[rows, columns]
    if not window.size:
        return volume, 0
    # A border without measurements spares the pass all looks whether a neighbour exists.
    bordered = np.pad(window, 1)
    camera, units = frame.camera, frame.depth_units
    step = flying.step_of(units, cube.center_cam_m[2] / camera.fx)
    points = _fill(
        _without_between(bordered, step),
        slab(cube, units),
        (step, flying.COMPANIONS),
        np.array([units, camera.fx, camera.fy], dtype=np.float32),
        np.array([columns.start - camera.ppx, rows.start - camera.ppy], dtype=np.float32),
        (cube.center_cam_m - cube.size_m / 2).astype(np.float32),
        np.float32(resolution / cube.size_m),
        volume,
    )
    return volume, int(points)


@numba.njit(cache=True, nogil=True)
def _without_between(image, step):
    """A copy of an image (H + 2, W + 2) uint16, whose border is 0, without the pixels between two surfaces.

    The loops along a row hold no branches, so that they are compiled to vector instructions.
    """
    height, width = image.shape
    clear = np.zeros_like(image)
    low, high = np.empty(width, dtype=np.uint16), np.empty(width, dtype=np.uint16)
    for v in range(1, height - 1):
        above, here, below = image[v - 1], image[v], image[v + 1]
        for u in range(width):
            # Unmeasured pixels wrap round to the largest value, so that one less never makes them the nearest.
            low[u] = min(np.uint16(above[u] - 1), np.uint16(here[u] - 1), np.uint16(below[u] - 1))
            high[u] = max(above[u], here[u], below[u])
        for u in range(1, width - 1):
            nearest = np.int32(min(low[u - 1], low[u], low[u + 1])) + 1
            farthest = np.int32(max(high[u - 1], high[u], high[u + 1]))
            depth = np.int32(here[u])
            between = (depth - nearest > step) & (farthest - depth > step)
            clear[v, u] = np.uint16(0) if between else here[u]
    return clear


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _fill(image, slab, rule, optics, corner, origin, scale, volume):
    """Set the occupied voxels of a volume (D, D, D) of zeros; returns the number of points in the slab.

    image: (H + 2, W + 2) uint16, a part of the depth image in a border of 0. slab: its depths, raw units. rule: a step
    between surfaces, raw units, and companions of a pixel that does not fly. optics: metres a unit, fx, fy. corner:
    pixels from the principal point to the part's first pixel. origin: the cube's low corner, metres. scale: voxels a
    metre. All real numbers are float32.
    """
    near, far = slab
    step, companions = rule
    resolution = volume.shape[0]
    points = 0
    counts = np.empty(image.shape[1], dtype=np.uint8)
    for v in range(1, image.shape[0] - 1):
        _count_companions(image[v - 1], image[v], image[v + 1], step, counts)
        for u in range(1, image.shape[1] - 1):
            if not near <= image[v, u] < far or counts[u] < companions:
                continue
            points += 1
            z = np.float32(image[v, u]) * optics[0]
            x = (np.float32(u - 1) + corner[0]) * z / optics[1]
            y = (np.float32(v - 1) + corner[1]) * z / optics[2]
            i = int(np.floor((x - origin[0]) * scale))
            j = int(np.floor((y - origin[1]) * scale))
            k = int(np.floor((z - origin[2]) * scale))
            if 0 <= i < resolution and 0 <= j < resolution and 0 <= k < resolution:
                volume[i, j, k] = 1
    return points


@numba.njit(cache=True, nogil=True)
def _count_companions(above, here, below, step, counts):
    """Of each pixel of a row (W,), the border's apart, how many of the eight neighbours are measured within a step."""
    for u in range(1, len(here) - 1):
        depth = np.int32(here[u])
        count = np.uint8(0)
        for other in (
            above[u - 1],
            above[u],
            above[u + 1],
            here[u - 1],
            here[u + 1],
            below[u - 1],
            below[u],
            below[u + 1],
        ):
            count += np.uint8((other > 0) & (abs(np.int32(other) - depth) <= step))
        counts[u] = count
