"""What a network is shown of a hand, and the coordinates of its answers.

Voxels and depth map show the same measured points of the same cube around a reference point, in 44 cells an axis.

- Voxels: x, y, z in the camera frame, and so are the answers.
- Depth map, a perspective image: x, y where the line of sight meets the plane through the reference point, and a depth
  z. The answers are such x, y, z, too, and the camera turns them into points.

All coordinates are fractions of the cube's edge, from its centre.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from models.ablation.hands import Hands
from models.core.types import Cube
from models.core.voxels import occupancy, points_in_cube
from models.data.synthetic.samples import DEPTH_UNITS, POSE_CUBE_M
from models.networks.baselines import RESOLUTION

View = Literal["depth map", "voxels"]
Change = tuple[NDArray[np.float64], NDArray[np.float64]]
"""A turn and scale (3, 3) and a shift (3,) in metres, around the reference point."""
UNCHANGED: Change = (np.eye(3), np.zeros(3))


def shown(hands: Hands, index: int, center_cam_m: NDArray, view: View, change: Change = UNCHANGED) -> NDArray:
    """One hand as input: (1, 44, 44) float32 for a depth map, (1, 44, 44, 44) uint8 for voxels; see `baselines`."""
    return (_depth_map if view == "depth map" else _voxels)(hands, index, center_cam_m, change)


def _voxels(hands: Hands, index: int, center_cam_m: NDArray, change: Change) -> NDArray[np.uint8]:
    matrix, shift = change
    around = Cube(center_cam_m, hands.setting.reach_m)
    points = points_in_cube(hands.depth[index], DEPTH_UNITS, hands.camera(index), around)
    moved = (points - center_cam_m.astype(np.float32)) @ matrix.T.astype(np.float32) + shift.astype(np.float32)
    return occupancy(moved, Cube(np.zeros(3), hands.setting.cube_m), RESOLUTION)[None]


def _depth_map(hands: Hands, index: int, center_cam_m: NDArray, change: Change) -> NDArray[np.float32]:
    """Depths in units of half the cube's edge from its centre; 1 where nothing was measured within the cube."""
    matrix, shift = change
    camera = hands.camera(index)
    cube_m = hands.setting.cube_m
    steps = cube_m * ((np.arange(RESOLUTION) + 0.5) / RESOLUTION - 0.5)
    places = np.stack(np.meshgrid(steps, steps), axis=-1) - shift[:2]  # (44, 44, 2) as x, y
    x, y = np.moveaxis(places @ np.linalg.inv(matrix[:2, :2]).T + center_cam_m[:2], -1, 0)
    u = np.round(camera.fx * x / center_cam_m[2] + camera.ppx).astype(np.int64)
    v = np.round(camera.fy * y / center_cam_m[2] + camera.ppy).astype(np.int64)
    inside = (u >= 0) & (u < camera.width) & (v >= 0) & (v < camera.height)
    raw = np.where(inside, hands.depth[index][np.where(inside, v, 0), np.where(inside, u, 0)], 0)
    depth = matrix[2, 2] * (raw * DEPTH_UNITS - center_cam_m[2]) + shift[2]
    relative = depth * (2 / cube_m)
    return np.where((raw > 0) & (np.abs(relative) < 1), relative, 1).astype(np.float32)[None]


def to_view(
    points_cam_m: NDArray, center_cam_m: NDArray, view: View, change: Change = UNCHANGED, cube_m: float = POSE_CUBE_M
) -> NDArray:
    """Camera-frame points (..., J, 3), metres, in the coordinates of a view of the cube around each centre (..., 3)."""
    center = np.asarray(center_cam_m)[..., None, :]
    around = np.asarray(points_cam_m, dtype=np.float64) - center
    if view == "depth map":
        on_plane = points_cam_m[..., :2] * center[..., 2:] / points_cam_m[..., 2:] - center[..., :2]
        around = np.concatenate([on_plane, around[..., 2:]], axis=-1)
    matrix, shift = change
    return (around @ matrix.T + shift) / cube_m


def from_view(points: NDArray, center_cam_m: NDArray, view: View, cube_m: float = POSE_CUBE_M) -> NDArray[np.float64]:
    """The way back from an unchanged view: (..., J, 3) and centres (..., 3) to camera-frame points, metres."""
    center = np.asarray(center_cam_m)[..., None, :]
    found = np.asarray(points, dtype=np.float64) * cube_m + center
    if view == "depth map":
        found[..., :2] *= found[..., 2:] / center[..., 2:]
    return found
