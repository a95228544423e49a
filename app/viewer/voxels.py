"""What the network sees, as triangles: occupied voxels, and one joint's likelihood as small cubes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.viewer.colors import LIKELIHOOD_RAMP, RAMP_STEPS, VOXEL_COLOR
from app.viewer.shown import Insight
from app.viewer.surface import Surface

LEAST_SHARE = 0.02
"""Voxels of a likelihood below this share of its highest one are left out."""
MOST_VOXELS = 500
_LIGHT = np.array([-0.35, -0.75, -0.56])
"""Unit vector from the scene to the light: up, to the left and towards the camera."""


def _side(axis: int, outward: int) -> NDArray[np.float32]:
    """The corners (4, 3) of a unit cube's side, counter-clockwise from outside."""
    one, other = (axis + 1) % 3, (axis + 2) % 3
    corners = np.zeros((4, 3), np.float32)
    corners[:, axis] = outward
    corners[[1, 2], one] = 1
    corners[[2, 3], other] = 1
    return corners if outward else corners[::-1]


_FACES = [(axis, outward, _side(axis, outward)) for axis in range(3) for outward in (0, 1)]


def _brightness(axis: int, outward: int) -> float:
    return float(0.55 + 0.45 * max(_LIGHT[axis] * (1 if outward else -1), -0.2))


def occupied(insight: Insight) -> Surface:
    """The occupied voxels: of each the sides that no other one covers."""
    occupancy = insight.occupancy.astype(bool)
    edge_m = insight.cube.size_m / occupancy.shape[0]
    low_m = insight.cube.center_cam_m - insight.cube.size_m / 2
    around = np.pad(occupancy, 1)
    quads, colors = [], []
    for axis, outward, side in _FACES:
        neighbor = np.roll(around, -1 if outward else 1, axis=axis)[1:-1, 1:-1, 1:-1]
        bare = np.argwhere(occupancy & ~neighbor).astype(np.float32)
        quads.append((low_m + (bare[:, None] + side) * edge_m).reshape(-1, 3))
        color = np.asarray(VOXEL_COLOR) * _brightness(axis, outward)
        colors.append(np.tile(color, (4 * len(bare), 1)))
    vertices = np.concatenate(quads).astype(np.float32)
    return Surface(vertices, _of_quads(len(vertices) // 4), np.concatenate(colors).astype(np.float32))


def likelihood(insight: Insight, joint: int) -> Surface:
    """The likelihood of one joint: a cube a voxel, the larger and lighter the likelier the joint is there."""
    volume = insight.volumes[joint]
    resolution = volume.shape[0]
    edge_m = insight.cube.size_m / resolution
    low_m = insight.cube.center_cam_m - insight.cube.size_m / 2
    share = volume / max(float(volume.max()), 1e-12)
    at = np.argwhere(share >= LEAST_SHARE)
    values = share[tuple(at.T)]
    order = np.argsort(values)[-MOST_VOXELS:]
    at, values = at[order], values[order]
    centers = low_m + (at + 0.5) * edge_m
    half_m = 0.5 * edge_m * np.cbrt(values)[:, None, None]
    quads, colors = [], []
    tints = LIKELIHOOD_RAMP[(values * (RAMP_STEPS - 1)).astype(int)]
    for axis, outward, side in _FACES:
        quads.append((centers[:, None] + half_m * (2 * side - 1)).reshape(-1, 3))
        colors.append(np.repeat(tints * _brightness(axis, outward), 4, axis=0))
    vertices = np.concatenate(quads).astype(np.float32)
    return Surface(vertices, _of_quads(len(vertices) // 4), np.concatenate(colors).astype(np.float32))


def _of_quads(count: int) -> NDArray[np.int32]:
    """Two triangles for each of `count` quads whose four corners follow one another: (2 * count, 3)."""
    corners = 4 * np.arange(count, dtype=np.int32)[:, None, None]
    return (corners + np.array([[(0, 1, 2), (0, 2, 3)]], np.int32)).reshape(-1, 3)
