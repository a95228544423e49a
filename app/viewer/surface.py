"""From a depth frame to a coloured, shaded surface of bounded size: fine at the hand, coarse elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.core.skeleton import HAND
from models.core.types import Camera, Cube, Pose
from models.core.voxels import crop_window

MAX_REST_POINTS = 6_000
MAX_HAND_POINTS = 5_000
MAX_POINTS_OF_TWO = 3_500
"""Of each of two hands."""
FARTHEST_M = 4.0
STEEPEST = 6.0
"""Neighbours belong to one surface up to this slope: across steeper steps the camera sees two things."""
HAND_REACH_M = (0.026, 0.050)
"""Up to the first distance from the bones a surface is all hand, from the second on it is none of it."""
_NEAREST_CUBE_M = 0.05
"""A cube that begins nearer to the camera may cover any pixel, and gets no part of its own."""
_EDGES_M = 0.004  # noise of a surface, however near it is


Paint = Callable[[NDArray[np.float32], NDArray[np.float32]], NDArray[np.float32]]
"""Colours (N, 3) RGB in 0..1, not shaded yet, of points (N, 3), camera frame, metres, and of how much of each is hand,
(N,) in 0..1. app/viewer/paint.py has some."""


@dataclass(frozen=True, slots=True)
class Surface:
    """vertices_cam_m: (V, 3) float32, camera frame, metres. triangles: (T, 3) int32, counter-clockwise as the depth
    camera sees them. colors: (V, 3) float32 RGB in 0..1."""

    vertices_cam_m: NDArray[np.float32]
    triangles: NDArray[np.int32]
    colors: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Grid:
    """Pixels of a depth image: rows (h,) and columns (w,), which of the (h, w) crossings are taken, and their depth."""

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    taken: NDArray[np.bool_]
    depth_m: NDArray[np.float32]
    stride: int


def build_surface(
    depth_m: NDArray[np.float32],
    camera: Camera,
    poses: Sequence[Pose],
    paint: Paint,
    color: NDArray[np.uint8] | None = None,
) -> Surface:
    """The surface of a depth image (H, W) in metres, 0 where unmeasured; at most about 13,000 vertices.

    What lies beyond FARTHEST_M is left out: sensors mark "out of range" with large depths. Hands are finer than the
    rest. Colours are those of `paint`, shaded by the surface's normals, but where `color` (H, W, 3) RGB has others.
    """
    stride = max(1, int(np.ceil(np.sqrt(depth_m.size / MAX_REST_POINTS))))
    rest = _grid(depth_m, slice(0, camera.height), slice(0, camera.width), stride, (0.0, FARTHEST_M))
    cubes = [pose.cube for pose in poses if pose.cube is not None]
    cubes = [cube for cube in cubes if cube.center_cam_m[2] - cube.size_m / 2 >= _NEAREST_CUBE_M]
    most = MAX_HAND_POINTS if len(cubes) == 1 else MAX_POINTS_OF_TWO
    hands: list[tuple[Grid, Cube]] = []
    parts: list[Surface] = []
    for cube in cubes:
        hand = _hand_grid(depth_m, camera, cube, most)
        parts.append(_patch(hand, _outside(hand, hands), camera, poses, paint, color))
        hands.append((hand, cube))
    parts.append(_patch(rest, _outside(rest, hands), camera, poses, paint, color))
    return _joined(parts)


def _outside(grid: Grid, others: list[tuple[Grid, Cube]]) -> NDArray[np.bool_]:
    """The crossings of a grid that are taken and that no other one shows."""
    taken = grid.taken
    for other, cube in others:
        taken = taken & ~_inside(grid, other, cube)
    return taken


def _slab(cube: Cube) -> tuple[float, float]:
    return float(cube.center_cam_m[2] - cube.size_m / 2), float(cube.center_cam_m[2] + cube.size_m / 2)


def _hand_grid(depth_m: NDArray[np.float32], camera: Camera, cube: Cube, most: int) -> Grid:
    """The pixels that the cube covers, as fine as the bound allows."""
    rows, columns = crop_window(camera, cube)
    near_m, far_m = _slab(cube)
    within = depth_m[rows, columns]
    count = np.count_nonzero((within > near_m) & (within < far_m))
    return _grid(depth_m, rows, columns, max(1, int(np.ceil(np.sqrt(count / most)))), (near_m, far_m))


def _grid(depth_m: NDArray[np.float32], rows: slice, columns: slice, stride: int, slab_m: tuple[float, float]) -> Grid:
    v, u = np.arange(rows.start, rows.stop, stride), np.arange(columns.start, columns.stop, stride)
    z = depth_m[rows.start : rows.stop : stride, columns.start : columns.stop : stride]
    return Grid(v, u, (z > max(slab_m[0], 0.0)) & (z < slab_m[1]), z, stride)


def _inside(rest: Grid, hand: Grid, cube: Cube) -> NDArray[np.bool_]:
    """Which crossings of `rest` another grid shows: those within the hand's, but for a seam where the two overlap."""
    if not len(hand.rows) or not len(hand.columns):
        return np.zeros_like(rest.taken)
    seam, (near_m, far_m) = rest.stride, _slab(cube)
    v = (rest.rows > hand.rows[0] + seam) & (rest.rows < hand.rows[-1] - seam)
    u = (rest.columns > hand.columns[0] + seam) & (rest.columns < hand.columns[-1] - seam)
    return v[:, None] & u[None, :] & (rest.depth_m > near_m) & (rest.depth_m < far_m)


def _patch(
    grid: Grid,
    taken: NDArray[np.bool_],
    camera: Camera,
    poses: Sequence[Pose],
    paint: Paint,
    color: NDArray[np.uint8] | None,
) -> Surface:
    """The surface of one grid's taken crossings; those that belong to no triangle are left out."""
    triangles = _triangles(grid, taken, camera)
    used = np.zeros(taken.size, dtype=bool)
    used[triangles] = True
    numbers = np.cumsum(used, dtype=np.int32) - 1
    at = np.flatnonzero(used)
    v, u = np.divmod(at, taken.shape[1])
    z = grid.depth_m.reshape(-1)[at]
    x = ((grid.columns - camera.ppx) / camera.fx).astype(np.float32)[u] * z
    y = ((grid.rows - camera.ppy) / camera.fy).astype(np.float32)[v] * z
    vertices = np.stack([x, y, z], axis=1)
    warm = np.zeros(len(vertices), np.float32)
    for pose in poses:
        np.maximum(warm, _share_of_hand(vertices, pose), out=warm)
    colors = paint(vertices, warm) * _shade(grid, camera).reshape(-1)[at][:, None]
    if color is not None:
        seen = color[grid.rows[v], grid.columns[u]]
        there = np.asarray(seen.any(axis=1))[:, None]
        colors = np.where(there, seen / np.float32(255), colors)
    return Surface(vertices, numbers[triangles], np.minimum(colors, 1.0))


def _triangles(grid: Grid, taken: NDArray[np.bool_], camera: Camera) -> NDArray[np.int64]:
    """Two triangles a cell of the grid, but for those that reach over a step: flat indices of crossings (T, 3)."""
    if min(taken.shape) < 2:
        return np.zeros((0, 3), dtype=np.int64)
    z = np.where(taken, grid.depth_m, np.float32(np.nan))
    index = np.arange(taken.size).reshape(taken.shape)
    parts = []
    corners = [(slice(None, -1), slice(None, -1)), (slice(None, -1), slice(1, None))]
    corners += [(slice(1, None), slice(None, -1)), (slice(1, None), slice(1, None))]
    slope = np.float32(STEEPEST * grid.stride / camera.fx)
    for three in ((0, 2, 1), (1, 2, 3)):
        a, b, c = (z[corners[corner]] for corner in three)
        near, far = np.minimum(np.minimum(a, b), c), np.maximum(np.maximum(a, b), c)
        whole = far - near < np.maximum(slope * near, np.float32(_EDGES_M))  # false where one is unmeasured
        parts.append(np.stack([index[corners[corner]][whole] for corner in three], axis=1))
    return np.concatenate(parts)


def _share_of_hand(points: NDArray[np.float32], pose: Pose) -> NDArray[np.float32]:
    """How much each point (N, 3) belongs to the hand, 0..1, by its distance from joints and the middles of bones."""
    joints, bones = pose.joints_cam_m.astype(np.float32), np.array(HAND.bones)
    marks = np.concatenate([joints, (joints[bones[:, 0]] + joints[bones[:, 1]]) / 2])
    near_m, far_m = (np.float32(reach_m) for reach_m in HAND_REACH_M)
    share = np.zeros(len(points), dtype=np.float32)
    low, high = marks.min(axis=0) - far_m, marks.max(axis=0) + far_m
    close = np.flatnonzero(((points > low) & (points < high)).all(axis=1))
    middle = marks.mean(axis=0)
    a, b = points[close] - middle, marks - middle
    squared = (a**2).sum(axis=1) + ((b**2).sum(axis=1)[:, None] - 2 * (b @ a.T)).min(axis=0)
    share[close] = np.clip((far_m - np.sqrt(np.maximum(squared, 0))) / (far_m - near_m), 0, 1)
    return share


def _shade(grid: Grid, camera: Camera) -> NDArray[np.float32]:
    """Brightness (h, w) in 0.55..1.1 of a grid lit from the upper left behind the camera.

    Slopes across steps saturate instead of blowing up.
    """
    z = grid.depth_m
    if min(z.shape) < 3:
        return np.ones(z.shape, dtype=np.float32)
    step = np.maximum(z, np.float32(0.05)) * np.float32(grid.stride / camera.fx)
    slope_v = np.clip(np.gradient(z, axis=0) / step, -3, 3)
    slope_u = np.clip(np.gradient(z, axis=1) / step, -3, 3)
    light = (1.0 - 0.45 * slope_u - 0.55 * slope_v) / np.sqrt(1.0 + slope_u**2 + slope_v**2) / 1.23
    return (0.55 + 0.55 * np.clip(light, 0, 1)).astype(np.float32)


def _joined(parts: list[Surface]) -> Surface:
    starts = np.cumsum([0, *(len(part.vertices_cam_m) for part in parts[:-1])])
    return Surface(
        np.concatenate([part.vertices_cam_m for part in parts]),
        np.concatenate([part.triangles + start for part, start in zip(parts, starts)]).astype(np.int32),
        np.concatenate([part.colors for part in parts]),
    )
