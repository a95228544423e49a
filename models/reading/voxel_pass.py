"""From raw depth to occupancy in one compiled pass over the pixels that a cube can cover.

Gives exactly what `clear_points` (models/core/flying.py) and `occupancy` (models/core/voxels.py) give, which say why.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from models.core import flying
from models.core.types import Cube, DepthFrame
from models.core.voxels import crop_window, slab
from models.reading import machine_code


def clear_occupancy(frame: DepthFrame, cube: Cube, resolution: int) -> tuple[NDArray[np.uint8], int]:
    """The occupancy (D, D, D) uint8 of a cube without flying pixels, and how many points were measured in its slab."""
    volume = np.zeros((resolution, resolution, resolution), dtype=np.uint8)
    rows, columns = crop_window(frame.camera, cube)
    window = frame.raw[rows, columns]
    if not window.size:
        return volume, 0
    # A border without measurements spares the pass all looks whether a neighbour exists.
    height, width = window.shape[0] + 2, window.shape[1] + 2
    bordered, clear = np.zeros((2, height, width), dtype=np.uint16)
    bordered[1:-1, 1:-1] = window
    room = np.empty((3, width), dtype=np.uint16)
    camera, units = frame.camera, frame.depth_units
    step = flying.step_of(units, cube.center_cam_m[2] / camera.fx)
    whole = np.array([height, width, resolution, *slab(cube, units), step, flying.COMPANIONS], dtype=np.int64)
    corner = columns.start - camera.ppx, rows.start - camera.ppy
    origin = cube.center_cam_m - cube.size_m / 2
    real = np.array([units, camera.fx, camera.fy, *corner, *origin, resolution / cube.size_m], dtype=np.float32)
    arrays = bordered, clear, room, room[2:], whole, real, volume
    return volume, _kernel()(*(array.ctypes.data for array in arrays))


@cache
def _kernel() -> Callable[..., int]:
    return machine_code.load("models.reading.voxel_kernel", ("address",) * 7)
