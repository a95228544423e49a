"""The pass over the pixels for models/reading/voxel_pass.py, which loads its machine code: imported to make that."""

from __future__ import annotations

import numba
import numpy as np
from numba import carray, types


@numba.njit(error_model="numpy")
def _clear(image, step, low, high, clear):
    """Copy an image (H + 2, W + 2) uint16, whose border is 0, to `clear` without the pixels between two surfaces.

    low, high: room for a row each. The loops along a row hold no branches, so that they become vector instructions.
    """
    height, width = image.shape
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


@numba.njit(error_model="numpy")
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


@numba.njit(error_model="numpy")
def _fill(image, slab, rule, optics, corner, origin, scale, counts, volume):
    """Set the occupied voxels of a volume (D, D, D) of zeros; returns the number of points in the slab.

    image: (H + 2, W + 2) uint16, a part of the depth image in a border of 0. slab: its depths, raw units. rule: a step
    between surfaces, raw units, and companions of a pixel that does not fly. optics: metres a unit, fx, fy. corner:
    pixels from the principal point to the part's first pixel. origin: the cube's low corner, metres. scale: voxels a
    metre. counts: room for a row. All real numbers are float32.
    """
    near, far = slab
    step, companions = rule
    resolution = volume.shape[0]
    points = 0
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


@numba.cfunc(
    types.int64(
        *[types.CPointer(types.uint16)] * 3,
        types.CPointer(types.uint8),
        types.CPointer(types.int64),
        types.CPointer(types.float32),
        types.CPointer(types.uint8),
    ),
)
def kernel(image_at, clear_at, rows_at, counts_at, whole_at, real_at, volume_at):
    """Fill a volume of zeros from a part of a depth image; returns the number of points in the cube's slab.

    image_at: (H + 2, W + 2) uint16 in a border of 0. clear_at: as much room, zeros. rows_at: room for two rows.
    counts_at: for one of uint8. whole_at: H + 2, W + 2, D; the slab's depths, near and far, raw units; a step between
    surfaces, raw units, and companions of a pixel that does not fly. real_at: metres a unit, fx, fy; pixels from the
    principal point to the part's first pixel, u and v; the cube's low corner, metres; voxels a metre. volume_at:
    (D, D, D) uint8.
    """
    whole, real = carray(whole_at, 7), carray(real_at, 9)
    height, width, resolution = whole[0], whole[1], whole[2]
    image, clear = carray(image_at, (height, width)), carray(clear_at, (height, width))
    rows = carray(rows_at, (2, width))
    _clear(image, whole[5], rows[0], rows[1], clear)
    return _fill(
        clear,
        (whole[3], whole[4]),
        (whole[5], whole[6]),
        real[:3],
        real[3:5],
        real[5:8],
        real[8],
        carray(counts_at, width),
        carray(volume_at, (resolution, resolution, resolution)),
    )
