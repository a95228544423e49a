"""Concentric depth crops: what the reference-point network sees (paper, section 4.1, after DeepPrior++)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.core.types import Camera

CROP_SCALES = (1.0, 0.5, 0.25)


def concentric_crops(
    raw: NDArray, depth_units: float, camera: Camera, center_cam_m: NDArray, size_m: float, resolution: int
) -> NDArray[np.float32]:
    """Three crops (3, S, S) float32 around a camera-frame point: `size_m`, its half and its quarter, S = `resolution`.

    raw: (H, W) depth in device units of `depth_units` metres. Each crop samples the nearest pixel on a grid that is
    `size_m` x scale wide at the point's depth. Values are depths relative to the point, in units of half the crop's
    width, clipped to -1 .. 1; pixels without a measurement, beyond the far side or outside the image are 1.
    Raises ValueError where the point is not in front of the camera.
    """
    x, y, z = center = np.asarray(center_cam_m, dtype=np.float64)
    if not np.isfinite(center).all() or z <= 0:
        raise ValueError(f"crop centre: expected a point in front of the camera, got {center}")
    crops = np.ones((len(CROP_SCALES), resolution, resolution), dtype=np.float32)
    steps = (np.arange(resolution) + 0.5) / resolution - 0.5
    for crop, scale in zip(crops, CROP_SCALES):
        width = size_m * scale
        u = np.round(camera.fx * (x + steps * width) / z + camera.ppx).astype(np.int64)
        v = np.round(camera.fy * (y + steps * width) / z + camera.ppy).astype(np.int64)
        columns, rows = np.nonzero((u >= 0) & (u < camera.width))[0], np.nonzero((v >= 0) & (v < camera.height))[0]
        if not len(columns) or not len(rows):
            continue
        depth = raw[v[rows[0]] : v[rows[-1]] + 1, u[columns[0]] : u[columns[-1]] + 1]
        depth = depth[np.ix_(v[rows] - v[rows[0]], u[columns] - u[columns[0]])]
        relative = (depth.astype(np.float32) * np.float32(depth_units) - np.float32(z)) * np.float32(2 / width)
        values = np.where(depth == 0, np.float32(1), np.clip(relative, -1, 1))
        crop[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] = values
    return crops
