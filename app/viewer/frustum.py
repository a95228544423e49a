"""The depth camera in the 3D view: where it stands, and the edges of what it sees."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.viewer.meshes import Triangles, Vertices, instances, tubes, unit_tube
from models.core.camera import deproject
from models.core.types import Camera

DEPTH_M = 0.12
"""Distance of its picture from the camera: so large that it can be seen, so small that no hand is in it."""
RADIUS_M = 0.0008
COLOR = (0.55, 0.66, 0.80)
_ROOF_M = 0.02  # a small mark says which edge is the upper one


class FrustumShape:
    """Twelve edges as tubes. triangles: (T, 3) and colors: (V, 3) never change; `place` gives a camera's vertices."""

    _SEGMENTS, _EDGES = 6, 10

    def __init__(self) -> None:
        tube, triangles = unit_tube(self._SEGMENTS)
        self.triangles: Triangles = instances(triangles, len(tube), self._EDGES)
        self.colors: Vertices = np.tile(COLOR, (self._EDGES * len(tube), 1)).astype(np.float64)

    def place(self, camera: Camera) -> tuple[Vertices, Vertices]:
        """Vertices in metres and unit normals, both (V, 3), camera frame."""
        starts, ends = edges(camera)
        return tubes(starts, ends, RADIUS_M, self._SEGMENTS)


def edges(camera: Camera) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Starts and ends (10, 3), camera frame, metres: four rays, the picture's four sides, and a roof on its top."""
    left, top, right, bottom = -0.5, -0.5, camera.width - 0.5, camera.height - 0.5  # pixel centres are at integers
    corners_uv = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    corners = np.asarray(deproject(corners_uv, np.full(4, DEPTH_M), camera), dtype=np.float64)
    middle = corners[:2].mean(axis=0) - (0, _ROOF_M, 0)
    starts = np.concatenate([np.zeros((4, 3)), corners, corners[:2]])
    ends = np.concatenate([corners, np.roll(corners, -1, axis=0), [middle, middle]])
    return starts, ends
