"""From a depth frame to a coloured, shaded point cloud of bounded size: dense at the hand, thin elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.viewer.colors import DEPTH_RAMP, ramp_index
from models.core.types import Camera, Cube
from models.core.voxels import crop_window

MAX_BACKGROUND_POINTS = 26_000
MAX_HAND_POINTS = 8_000
FARTHEST_M = 4.0
HAND_SPACING_M = 0.0034
"""Distance between points of the hand: closer together they would hide the skeleton, which lies below the skin."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """points_cam_m: (N, 3) float32, camera frame, metres. colors: (N, 3) float32 RGB in 0..1."""

    points_cam_m: NDArray[np.float32]
    colors: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Window:
    """A rectangle of pixels: columns u0 up to u1, rows v0 up to v1, ends excluded."""

    u0: int
    v0: int
    u1: int
    v1: int

    @property
    def area(self) -> int:
        return max(self.u1 - self.u0, 0) * max(self.v1 - self.v0, 0)


@dataclass(frozen=True, slots=True)
class Grid:
    """Which pixels are taken: every `stride`-th each way, and of these, where staggered, one colour of a chessboard."""

    stride: int
    staggered: bool = False

    @property
    def spacing_px(self) -> float:
        """The side of the square that each point stands for."""
        return self.stride * (2**0.5 if self.staggered else 1.0)


def build_cloud(
    depth_m: NDArray[np.float32], camera: Camera, depth_range_m: tuple[float, float], cube: Cube | None = None
) -> Cloud:
    """The cloud of a depth image (H, W) in metres, 0 where unmeasured; at most about 35,000 points.

    What lies in `cube` is taken more densely. What lies beyond FARTHEST_M is left out: sensors mark "out of range"
    with large depths. Colour follows depth over `depth_range_m` (near, far) and is shaded by the surface's slope.
    """
    everything = Window(0, 0, camera.width, camera.height)
    coarse = Grid(max(1, int(np.ceil(np.sqrt(everything.area / MAX_BACKGROUND_POINTS)))))
    if cube is None:
        return Cloud(*_sample(depth_m, camera, everything, coarse, depth_range_m, (0.0, FARTHEST_M)))
    hand = _cube_window(cube, camera)
    slab = (float(cube.center_cam_m[2] - cube.size_m / 2), float(cube.center_cam_m[2] + cube.size_m / 2))
    within = depth_m[hand.v0 : hand.v1, hand.u0 : hand.u1]
    spacing_px = max(
        HAND_SPACING_M * camera.fx / max(float(cube.center_cam_m[2]), 0.05),
        np.sqrt(np.count_nonzero((within > slab[0]) & (within < slab[1])) / MAX_HAND_POINTS),
    )
    hand_grid = _grid_near(min(float(spacing_px), coarse.spacing_px))
    parts = (
        _sample(depth_m, camera, hand, hand_grid, depth_range_m, slab),
        _sample(depth_m, camera, everything, coarse, depth_range_m, (0.0, FARTHEST_M), hand, slab),
    )
    return Cloud(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def _grid_near(spacing_px: float) -> Grid:
    """The grid whose points are nearest to so far apart."""
    grids = [Grid(stride, staggered) for stride in range(1, int(spacing_px) + 2) for staggered in (False, True)]
    return min(grids, key=lambda grid: abs(np.log(grid.spacing_px / max(spacing_px, 0.5))))


def _cube_window(cube: Cube, camera: Camera) -> Window:
    """The pixels that the cube covers, cut to the image; none where it reaches the camera."""
    if cube.center_cam_m[2] - cube.size_m / 2 < 0.05:
        return Window(0, 0, 0, 0)
    rows, columns = crop_window(camera, cube)
    return Window(columns.start, rows.start, columns.stop, rows.stop)


def _sample(
    depth_m: NDArray[np.float32],
    camera: Camera,
    window: Window,
    grid: Grid,
    depth_range_m: tuple[float, float],
    slab_m: tuple[float, float],
    hole: Window | None = None,
    hole_slab_m: tuple[float, float] = (0.0, 0.0),
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Points (N, 3) and colours (N, 3) of the pixels of `window` on `grid` whose depth is within `slab_m`.

    Pixels of `hole` with a depth within `hole_slab_m` are left out: another call takes them.
    """
    v = np.arange(window.v0, window.v1, grid.stride)
    u = np.arange(window.u0, window.u1, grid.stride)
    z = depth_m[v[:, None], u[None, :]]
    keep = (z > slab_m[0]) & (z < slab_m[1]) & (z > 0)
    if grid.staggered:
        keep &= (np.arange(len(v))[:, None] + np.arange(len(u))[None, :]) % 2 == 0
    if hole is not None:
        in_hole = ((v >= hole.v0) & (v < hole.v1))[:, None] & ((u >= hole.u0) & (u < hole.u1))[None, :]
        keep &= ~(in_hole & (z > hole_slab_m[0]) & (z < hole_slab_m[1]))
    x = (u.astype(np.float32) - np.float32(camera.ppx)) / np.float32(camera.fx) * z
    y = (v.astype(np.float32) - np.float32(camera.ppy)).reshape(-1, 1) / np.float32(camera.fy) * z
    shade = _shade(z, grid.stride / camera.fx)
    points = np.stack([x[keep], y[keep], z[keep]], axis=1)
    colors = DEPTH_RAMP[ramp_index(z[keep], *depth_range_m)] * shade[keep][:, None]
    return points, np.minimum(colors, 1.0)


def _shade(z: NDArray[np.float32], pixel_angle: float) -> NDArray[np.float32]:
    """Brightness (h, w) in 0.6..1.1 of a depth grid lit from the upper left behind the camera.

    pixel_angle: tangent between neighbours of the grid. Slopes across depth edges saturate instead of blowing up.
    """
    if min(z.shape) < 3:
        return np.ones_like(z)
    step = np.maximum(z, 0.05) * np.float32(pixel_angle)
    slope_v = np.clip(np.gradient(z, axis=0) / step, -3, 3)
    slope_u = np.clip(np.gradient(z, axis=1) / step, -3, 3)
    light = (1.0 - 0.45 * slope_u - 0.55 * slope_v) / np.sqrt(1.0 + slope_u**2 + slope_v**2) / 1.23
    return (0.6 + 0.5 * np.clip(light, 0, 1)).astype(np.float32)
