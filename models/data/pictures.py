"""Drawing depth images and skeletons for people to look at: BGR pictures (H, W, 3) uint8."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from models.core.skeleton import Skeleton

BGR = tuple[int, int, int]


def draw_skeleton(
    image: NDArray[np.uint8],
    uv: NDArray,
    skeleton: Skeleton,
    radius: int = 2,
    thickness: int = 1,
    color: BGR | None = None,
) -> None:
    """Draws joints at pixels `uv` (J, 2), dots of `radius` pixels, and the bones between them, in place.

    color: of everything, instead of the skeleton's own colours.
    """
    points = np.clip(uv, -9999, 9999).astype(int)
    own = [tuple(round(255 * c) for c in reversed(skeleton.joint_color(joint))) for joint in range(len(points))]
    colors = own if color is None else [color] * len(points)
    for parent, child in skeleton.bones:
        cv2.line(image, points[parent].tolist(), points[child].tolist(), colors[child], thickness, cv2.LINE_AA)
    for point, joint_color in zip(points, colors):
        cv2.circle(image, point.tolist(), radius, joint_color, -1, cv2.LINE_AA)


def shaded(depth_m: NDArray, near_m: float, far_m: float) -> NDArray[np.uint8]:
    """Picture of a depth image: near is light, no measurement black."""
    level = np.clip((far_m - depth_m) / (far_m - near_m), 0, 1)
    gray = np.where((depth_m > 0) & np.isfinite(depth_m), 40 + 215 * level, 0).astype(np.uint8)
    return np.repeat(gray[..., None], 3, axis=2)


def sheet(tiles: list[NDArray[np.uint8]], columns: int) -> NDArray[np.uint8]:
    """Tiles of one size in rows of up to `columns`; the last row is filled up with black."""
    columns = min(columns, len(tiles))
    tiles = tiles + [np.zeros_like(tiles[0])] * (-len(tiles) % columns)
    return np.vstack([np.hstack(tiles[i : i + columns]) for i in range(0, len(tiles), columns)])
