"""Pinhole projection between pixels and the camera frame (metres, +X right, +Y down, +Z forward)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.core.types import Camera

MIRROR = np.array([-1.0, 1.0, 1.0])
"""Camera-frame points times this are their mirror image at x = 0, in which a left hand is a right one."""


def project(points_cam_m: NDArray[Any], camera: Camera) -> NDArray[np.float64]:
    """Pixels (N, 2) as u, v of camera-frame points (N, 3); z must be above zero for a meaningful result."""
    points = np.asarray(points_cam_m, dtype=np.float64)
    u = camera.fx * points[..., 0] / points[..., 2] + camera.ppx
    v = camera.fy * points[..., 1] / points[..., 2] + camera.ppy
    return np.stack([u, v], axis=-1)


def deproject(uv: NDArray[Any], depth_m: NDArray[Any], camera: Camera) -> NDArray[np.float64]:
    """Camera-frame points (N, 3) of pixels `uv` (N, 2) at depths `depth_m` (N,), the z coordinate in metres."""
    uv = np.asarray(uv, dtype=np.float64)
    z = np.asarray(depth_m, dtype=np.float64)
    x = (uv[..., 0] - camera.ppx) * z / camera.fx
    y = (uv[..., 1] - camera.ppy) * z / camera.fy
    return np.stack([x, y, z], axis=-1)


def depth_to_points(depth_m: NDArray[Any], camera: Camera, stride: int = 1) -> NDArray[np.float32]:
    """Camera-frame points (N, 3) float32 of the measured pixels of a depth image (H, W), every `stride`-th each way."""
    v, u = np.nonzero(depth_m[::stride, ::stride] > 0)
    v, u = v * stride, u * stride
    z = depth_m[v, u].astype(np.float32)
    x = (u.astype(np.float32) - np.float32(camera.ppx)) * z / np.float32(camera.fx)
    y = (v.astype(np.float32) - np.float32(camera.ppy)) * z / np.float32(camera.fy)
    return np.stack([x, y, z], axis=1)


def windowed(camera: Camera, window: tuple[slice, slice]) -> Camera:
    """The camera of an image window (rows, columns); an empty window counts as one pixel, for a camera has some."""
    rows, columns = window
    width, height = max(columns.stop - columns.start, 1), max(rows.stop - rows.start, 1)
    ppx, ppy = camera.ppx - columns.start, camera.ppy - rows.start
    return Camera(width, height, camera.fx, camera.fy, ppx, ppy)


def resized(camera: Camera, width: int, height: int) -> Camera:
    """The camera after its image was resampled to `width` x `height`; pixel centres stay at integers."""
    sx, sy = width / camera.width, height / camera.height
    return Camera(
        width=width,
        height=height,
        fx=camera.fx * sx,
        fy=camera.fy * sy,
        ppx=(camera.ppx + 0.5) * sx - 0.5,
        ppy=(camera.ppy + 0.5) * sy - 0.5,
    )
