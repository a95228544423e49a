"""The fingers' names as flat letters at their tips, turned to the eye."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.viewer.colors import NAME_COLOR
from app.viewer.library import o3d
from models.core.skeleton import Skeleton

HEIGHT_M = 0.011
"""Of a capital letter."""
_GAP_M = 0.020
"""From the tip to the middle of the letters, in the finger's own direction."""
Points = NDArray[np.float64]


class NamesShape:
    """One text a finger. triangles: (T, 3) int32 and colors: (V, 3) RGB in 0..1 never change; `place` moves them."""

    def __init__(self, skeleton: Skeleton) -> None:
        parents = {parent for parent, _ in skeleton.bones}
        self._last_bones = [bone for bone in skeleton.bones if bone[1] not in parents]
        texts = [_letters(skeleton.joints[tip].partition("_")[0].capitalize()) for _, tip in self._last_bones]
        starts = np.cumsum([0, *(len(points) for points, _ in texts[:-1])])
        self.triangles = np.concatenate([triangles + start for (_, triangles), start in zip(texts, starts)])
        self._flat = [points for points, _ in texts]
        self.colors = np.tile(NAME_COLOR, (sum(map(len, self._flat)), 1))

    def place(self, joints_cam_m: Points, rotation: Points) -> tuple[Points, Points]:
        """Vertices and normals (V, 3) for joints (J, 3); rotation (3, 3): rows are the view's right, down, forward."""
        right, down, forward = rotation
        points = []
        for (before, tip), flat in zip(self._last_bones, self._flat):
            along = joints_cam_m[tip] - joints_cam_m[before]
            middle = joints_cam_m[tip] + along * (_GAP_M / max(float(np.linalg.norm(along)), 1e-6))
            points.append(middle + flat[:, :1] * right - flat[:, 1:] * down)
        vertices = np.concatenate(points)
        return vertices, np.tile(-forward, (len(vertices), 1))


def _letters(text: str) -> tuple[Points, NDArray[np.int32]]:
    """Points (V, 2) in metres, to the right and up of the text's middle; triangles (T, 3)."""
    mesh = o3d.t.geometry.TriangleMesh.create_text(text, depth=0.0)
    points = mesh.vertex.positions.numpy()[:, :2].astype(np.float64)
    low, high = points.min(axis=0), points.max(axis=0)
    points = (points - (low + high) / 2) * HEIGHT_M / (high[1] - low[1])
    return points, mesh.triangle.indices.numpy().astype(np.int32)
