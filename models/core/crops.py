"""Depth crops: what the reference-point network sees, and where it starts (paper, section 4.1, after DeepPrior++)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.core.flying import clear_points
from models.core.types import Camera, Cube


def center_of_mass(
    raw: NDArray[np.uint16], depth_units: float, camera: Camera, cube: Cube, min_points: int = 1
) -> NDArray[np.float64] | None:
    """The mean (3,) of what a depth image (H, W) shows in a cube, metres, camera frame; None below `min_points`."""
    points = clear_points(raw, depth_units, camera, cube)
    points = points[(np.abs(points - cube.center_cam_m) < cube.size_m / 2).all(axis=1)]
    return points.mean(axis=0).astype(np.float64) if len(points) >= min_points else None


def depth_crop(
    raw: NDArray[Any], depth_units: float, camera: Camera, center_cam_m: NDArray[Any], size_m: float, resolution: int
) -> NDArray[np.float32]:
    """A crop (1, S, S) float32 around a camera-frame point, `size_m` wide at its depth, S = `resolution`.

    raw: (H, W) depth in device units of `depth_units` metres. The crop samples the nearest pixel on a regular grid.
    Values are depths relative to the point, in units of half the crop's width, clipped to -1 .. 1; pixels without a
    measurement, beyond the far side or outside the image are 1. Raises ValueError where the point is not in front of
    the camera.
    """
    x, y, z = center = np.asarray(center_cam_m, dtype=np.float64)
    if not np.isfinite(center).all() or z <= 0:
        raise ValueError(f"crop centre: expected a point in front of the camera, got {center}")
    crop = np.ones((1, resolution, resolution), dtype=np.float32)
    steps = size_m * ((np.arange(resolution) + 0.5) / resolution - 0.5)
    u = np.round(camera.fx * (x + steps) / z + camera.ppx).astype(np.int64)
    v = np.round(camera.fy * (y + steps) / z + camera.ppy).astype(np.int64)
    columns, rows = np.nonzero((u >= 0) & (u < camera.width))[0], np.nonzero((v >= 0) & (v < camera.height))[0]
    if len(columns) and len(rows):
        depth = raw[np.ix_(v[rows], u[columns])]
        relative = (depth.astype(np.float32) * np.float32(depth_units) - np.float32(z)) * np.float32(2 / size_m)
        values = np.where(depth == 0, np.float32(1), np.clip(relative, -1, 1))
        crop[0, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] = values
    return crop
