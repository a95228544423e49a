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
_AIR_M = 0.003
"""Between two names."""
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
        self._widths_m = [float(np.ptp(points[:, 0])) for points in self._flat]
        self.colors = np.tile(NAME_COLOR, (sum(map(len, self._flat)), 1))

    def place(self, joints_cam_m: Points, rotation: Points, eye_cam_m: Points) -> tuple[Points, Points]:
        """Vertices and normals (V, 3) for joints (J, 3); rotation (3, 3): rows are the view's right, down, forward.

        The names stand at one distance from the eye (3,), so that they are of one size and are kept apart.
        """
        right, down, forward = rotation
        middles = []
        for before, tip in self._last_bones:
            along = joints_cam_m[tip] - joints_cam_m[before]
            middles.append(joints_cam_m[tip] + along * (_GAP_M / max(float(np.linalg.norm(along)), 1e-6)))
        seen = np.array(middles) - eye_cam_m
        depth_m = np.maximum(seen @ forward, 1e-3)
        middles = list(eye_cam_m + seen * (depth_m.mean() / depth_m)[:, None])
        flat = np.array(middles) @ np.stack([right, -down], axis=1)
        raised_m = _apart(flat, self._widths_m) - flat[:, 1]
        placed = [
            middle - up_m * down + points[:, :1] * right - points[:, 1:] * down
            for middle, up_m, points in zip(middles, raised_m, self._flat)
        ]
        vertices = np.concatenate(placed)
        return vertices, np.tile(-forward, (len(vertices), 1))


def _apart(places_m: Points, widths_m: list[float]) -> Points:
    """How high (N,) texts stand whose middles are at these places (N, 2), to the right and up, so that none overlaps.

    From the lowest on, each is raised above those that it would hide.
    """
    heights_m = places_m[:, 1].copy()
    done: list[int] = []
    for text in np.argsort(heights_m):
        for other in sorted(done, key=lambda text: heights_m[text]):
            beside_m = (widths_m[text] + widths_m[other]) / 2 + _AIR_M
            is_beside = abs(places_m[text, 0] - places_m[other, 0]) >= beside_m
            if not is_beside and abs(heights_m[text] - heights_m[other]) < HEIGHT_M + _AIR_M:
                heights_m[text] = heights_m[other] + HEIGHT_M + _AIR_M
        done.append(int(text))
    return heights_m


def _letters(text: str) -> tuple[Points, NDArray[np.int32]]:
    """Points (V, 2) in metres, to the right and up of the text's middle; triangles (T, 3)."""
    mesh = o3d.t.geometry.TriangleMesh.create_text(text, depth=0.0)
    points = mesh.vertex.positions.numpy()[:, :2].astype(np.float64)
    low, high = points.min(axis=0), points.max(axis=0)
    points = (points - (low + high) / 2) * HEIGHT_M / (high[1] - low[1])
    return points, mesh.triangle.indices.numpy().astype(np.int32)
