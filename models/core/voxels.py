"""Cubes to binary occupancy volumes and back (paper, section 4.1 and 4.2).

Volume index [ix, iy, iz] along the camera's X, Y, Z; voxel i spans [i, i + 1) voxel edges, its centre is i + 0.5.
Cube coordinates are fractions of the edge measured from the cube's centre: the cube spans -0.5 .. 0.5 on each axis.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.core.types import Camera, Cube


def cam_to_cube(points_cam_m: NDArray[Any], cube: Cube) -> NDArray[np.float64]:
    """Camera-frame points (..., 3) in metres to cube coordinates (..., 3)."""
    return (np.asarray(points_cam_m, dtype=np.float64) - cube.center_cam_m) / cube.size_m


def cube_to_cam(points_cube: NDArray[Any], cube: Cube) -> NDArray[np.float64]:
    """Cube coordinates (..., 3) to camera-frame points (..., 3) in metres."""
    return np.asarray(points_cube, dtype=np.float64) * cube.size_m + cube.center_cam_m


def crop_window(camera: Camera, cube: Cube) -> tuple[slice, slice]:
    """Rows and columns of the pixels that can hold points of the cube; empty slices where it is out of view.

    A cube that reaches behind the camera may show anywhere, so it gets the whole image.
    """
    half = cube.size_m / 2
    x, y, z = cube.center_cam_m
    z_near, z_far = z - half, z + half
    if z_far <= 0:
        return slice(0, 0), slice(0, 0)
    if z_near <= 1e-3:
        return slice(0, camera.height), slice(0, camera.width)

    def span(low: float, high: float, focal: float, principal: float, length: int) -> slice:
        first = focal * low / (z_near if low < 0 else z_far) + principal
        last = focal * high / (z_far if high < 0 else z_near) + principal
        start = int(np.clip(np.floor(first), 0, length))
        return slice(start, int(np.clip(np.ceil(last) + 1, start, length)))

    columns = span(x - half, x + half, camera.fx, camera.ppx, camera.width)
    rows = span(y - half, y + half, camera.fy, camera.ppy, camera.height)
    return rows, columns


def slab(cube: Cube, depth_units: float) -> tuple[int, int]:
    """The measured depths of a cube, from `near` up to but without `far`, in device units.

    Whole units: comparing uint16 with floats would turn the image into floats first, four times as slow.
    """
    half = cube.size_m / 2
    near = max(math.ceil((cube.center_cam_m[2] - half) / depth_units), 1)
    return near, math.ceil((cube.center_cam_m[2] + half) / depth_units)


def points_in_cube(raw: NDArray[Any], depth_units: float, camera: Camera, cube: Cube) -> NDArray[np.float32]:
    """Camera-frame points (N, 3) float32, metres, of the measured pixels whose depth lies in the cube's slab.

    raw: (H, W) depth in device units, `depth_units` metres each; 0 is no measurement. Only the pixel window that the
    cube can cover is touched, so points may lie a little outside the cube sideways. Raises ValueError for depth that is
    not in whole units.
    """
    if not np.issubdtype(raw.dtype, np.integer):
        raise ValueError(f"depth: expected whole raw units, got {raw.dtype}")
    rows, columns = crop_window(camera, cube)
    window = raw[rows, columns]
    near, far = slab(cube, depth_units)
    v, u = np.nonzero((window >= near) & (window < far))
    z = window[v, u].astype(np.float32) * np.float32(depth_units)
    x = (u.astype(np.float32) + np.float32(columns.start - camera.ppx)) * z / np.float32(camera.fx)
    y = (v.astype(np.float32) + np.float32(rows.start - camera.ppy)) * z / np.float32(camera.fy)
    return np.stack([x, y, z], axis=1)


def occupancy(points_cam_m: NDArray[Any], cube: Cube, resolution: int) -> NDArray[np.uint8]:
    """Binary occupancy (D, D, D) uint8 of points (N, 3) in metres: 1 where a voxel holds a point, D = `resolution`.

    Points outside the cube are left out; indices are floored, so nothing leaks into the first slab.
    """
    scale = resolution / cube.size_m
    origin = cube.center_cam_m - cube.size_m / 2
    voxels = np.floor((np.asarray(points_cam_m) - origin.astype(np.float32)) * np.float32(scale)).astype(np.int64)
    voxels = voxels[((voxels >= 0) & (voxels < resolution)).all(axis=1)]
    volume = np.zeros((resolution, resolution, resolution), dtype=np.uint8)
    volume.reshape(-1)[(voxels[:, 0] * resolution + voxels[:, 1]) * resolution + voxels[:, 2]] = 1
    return volume


def voxel_to_cube(voxels: NDArray[Any], resolution: int) -> NDArray[np.float64]:
    """Continuous voxel coordinates (..., 3), voxel i spanning [i, i + 1), to cube coordinates."""
    return np.asarray(voxels, dtype=np.float64) / resolution - 0.5


def cube_to_voxel(points_cube: NDArray[Any], resolution: int) -> NDArray[np.float64]:
    """Cube coordinates (..., 3) to continuous voxel coordinates, voxel i spanning [i, i + 1)."""
    return (np.asarray(points_cube, dtype=np.float64) + 0.5) * resolution
