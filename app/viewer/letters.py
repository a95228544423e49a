"""L and R in the 3D view, which say of each of two hands which one it is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.viewer.colors import LETTER_COLOR
from app.viewer.meshes import Triangles, Vertices, instances, tubes, unit_tube
from models.core.skeleton import FINGER_MCPS, WRIST
from models.core.types import Handedness, Pose

HEIGHT_M, STROKE_RADIUS_M = 0.026, 0.0022
BELOW_WRIST_M = 0.045
"""Distance of the letter's middle from the wrist, away from the fingers."""
# Strokes from point to point, to the right and down, in letter heights around the letter's middle.
_STROKES: dict[Handedness, NDArray[np.float64]] = {
    "left": np.array([[(-0.3, -0.5), (-0.3, 0.5)], [(-0.3, 0.5), (0.3, 0.5)]]),
    "right": np.array(
        [
            [(-0.3, -0.5), (-0.3, 0.5)],
            [(-0.3, -0.5), (0.25, -0.5)],
            [(0.25, -0.5), (0.25, 0.0)],
            [(0.25, 0.0), (-0.3, 0.0)],
            [(-0.05, 0.0), (0.3, 0.5)],
        ]
    ),
}
_MOST_STROKES = max(map(len, _STROKES.values()))


class LetterShape:
    """One letter. triangles: (T, 3) and colors: (V, 3) never change; `place` gives the vertices of a hand's letter."""

    _SEGMENTS = 8

    def __init__(self) -> None:
        tube, triangles = unit_tube(self._SEGMENTS)
        self.triangles: Triangles = instances(triangles, len(tube), _MOST_STROKES)
        self.colors: Vertices = np.tile(LETTER_COLOR, (_MOST_STROKES * len(tube), 1)).astype(np.float64)

    def place(self, pose: Pose) -> tuple[Vertices, Vertices]:
        """Vertices in metres and unit normals, both (V, 3), camera frame: upright, as the depth camera sees it."""
        joints = pose.joints_cam_m
        away = joints[WRIST] - joints[list(FINGER_MCPS)].mean(axis=0)
        away = away / max(float(np.linalg.norm(away)), 1e-6)
        middle = joints[WRIST] + BELOW_WRIST_M * away
        strokes = np.zeros((_MOST_STROKES, 2, 3))  # strokes of no length are not to be seen
        mine = _STROKES[pose.hand]
        strokes[: len(mine), :, :2] = HEIGHT_M * mine
        return tubes(middle + strokes[:, 0], middle + strokes[:, 1], STROKE_RADIUS_M, self._SEGMENTS)
