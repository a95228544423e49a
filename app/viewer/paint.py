"""What the colours of the surface say: how warm a hand is, how far a point is, or how far off the model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.viewer.colors import DEPTH_RAMP, HAND_COLOR, RAMP_STEPS, RESIDUAL_RAMP, REST_RAMP, ramp_index
from app.viewer.meshes import vertex_normals
from app.viewer.shown import Coloring, HandMesh
from app.viewer.surface import Paint

Colors = NDArray[np.float32]

FARTHEST_MM = 15.0
"""Of the colours by distance from the model; what is farther off has the colour of its end."""
_GRAIN_M = 0.005
"""Distance along the skin between a point and the vertex beside it, which says nothing about the model."""
_CHUNK = 1024


def paint_of(coloring: Coloring, span_m: tuple[float, float], meshes: Sequence[HandMesh]) -> Paint:
    """The paint of a choice. span_m: nearest and farthest depth of the colours. Without meshes there is no residual."""
    if coloring is Coloring.DEPTH:
        return lambda points, _warm: DEPTH_RAMP[ramp_index(points[:, 2], *span_m)]
    if coloring is Coloring.RESIDUAL and meshes:
        return lambda points, warm: _residual(points, warm, span_m, meshes)
    return lambda points, warm: _warm(points, warm, span_m)


def _warm(points: NDArray[np.float32], warm: NDArray[np.float32], span_m: tuple[float, float]) -> Colors:
    colors = REST_RAMP[ramp_index(points[:, 2], *span_m)]
    return colors + warm[:, None] * (np.asarray(HAND_COLOR, np.float32) - colors)


def _residual(
    points: NDArray[np.float32],
    warm: NDArray[np.float32],
    span_m: tuple[float, float],
    meshes: Sequence[HandMesh],
) -> Colors:
    colors = REST_RAMP[ramp_index(points[:, 2], *span_m)]
    at = np.flatnonzero(warm > 0)
    if not len(at):
        return colors
    off_mm = np.min([distance_mm(points[at], mesh) for mesh in meshes], axis=0)
    row = np.clip(off_mm * ((RAMP_STEPS - 1) / FARTHEST_MM), 0, RAMP_STEPS - 1).astype(int)
    colors[at] += warm[at, None] * (RESIDUAL_RAMP[row] - colors[at])
    return colors


def distance_mm(points: NDArray[np.float32], mesh: HandMesh) -> NDArray[np.float32]:
    """How far points (N, 3) are off the side of a hand's skin that the camera sees: (N,) millimetres."""
    normals = vertex_normals(mesh.vertices_cam_m, mesh.faces)
    seen = (normals * mesh.vertices_cam_m).sum(axis=1) < 0
    if not seen.any():
        return np.full(len(points), np.inf, np.float32)
    vertices, normals = mesh.vertices_cam_m[seen].astype(np.float32), normals[seen]
    middle = vertices.mean(axis=0)
    places, marks = points.astype(np.float32) - middle, vertices - middle
    squares = (marks**2).sum(axis=1)
    nearest = [
        (squares - 2 * (places[start : start + _CHUNK] @ marks.T)).argmin(axis=1)
        for start in range(0, len(places), _CHUNK)
    ]
    at = np.concatenate(nearest)
    away = places - marks[at]
    along = (away * normals[at]).sum(axis=1)
    across = np.sqrt(np.maximum((away**2).sum(axis=1) - along**2, 0))
    return (1000 * np.hypot(along, np.maximum(across - _GRAIN_M, 0))).astype(np.float32)
