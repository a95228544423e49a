"""Small pictures of an estimated pose over the labelled one, on the depth image where it is at hand."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.core.camera import project
from models.core.skeleton import Skeleton
from models.core.types import Camera, DepthFrame
from models.data.pictures import BGR, draw_skeleton, shaded

TILE_PX = 220
PLAIN_GROUND: BGR = (52, 46, 42)
TRUTH_COLOR: BGR = (255, 255, 255)
MARGIN = 0.12
"""Around the joints, as a share of what they span."""
STRAY = 0.5
"""The estimate widens a tile by up to this share of what the labelled joints span, to each side."""
DEPTH_MARGIN = 0.35
"""Depths this share of the joints' extent before and behind the labelled joints are shaded, what is beyond is flat."""
LEAST_SPAN_PX = 16.0
NEAREST_M = 0.01
DIM = 0.62
"""The depth image is darker than elsewhere, so that white lines show on it."""


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """An estimated pose, its truth, and the image that both belong to.

    found_cam_m, truth_cam_m: (J, 3), metres, camera frame. camera: the one that took the image. frame: the depth image;
    None where it is not at hand. name: what people find the frame by.
    """

    name: str
    skeleton: Skeleton
    found_cam_m: NDArray
    truth_cam_m: NDArray
    camera: Camera
    frame: DepthFrame | None = None


def tile(comparison: Comparison) -> NDArray[np.uint8]:
    """Picture (TILE_PX, TILE_PX, 3) uint8, BGR, of the image around the hand or body.

    The estimate is in the skeleton's own colours, the truth thin and white over it. Without an image both are drawn on
    plain ground, at the pixels where they would be. A pose that holds something not finite is left out.
    """
    truth, found = image_points(comparison.truth_cam_m, comparison), image_points(comparison.found_cam_m, comparison)
    left, top, side = window(truth, found)
    scale = TILE_PX / side
    picture = np.full((TILE_PX, TILE_PX, 3), PLAIN_GROUND, dtype=np.uint8)
    if comparison.frame is not None:
        near_m, far_m = depth_range(comparison.truth_cam_m)
        image = np.multiply(shaded(comparison.frame.depth_m(), near_m, far_m), DIM).astype(np.uint8)
        move = np.array([[scale, 0, -0.5 - left * scale], [0, scale, -0.5 - top * scale]])
        size = TILE_PX, TILE_PX
        cv2.warpAffine(image, move, size, dst=picture, flags=cv2.INTER_NEAREST, borderValue=PLAIN_GROUND)
    for uv, thickness, radius, color in ((found, 2, 3, None), (truth, 1, 1, TRUTH_COLOR)):
        if np.isfinite(uv).all():
            place = np.rint((uv - (left, top)) * scale - 0.5)
            draw_skeleton(picture, place, comparison.skeleton, radius, thickness, color)
    return picture


def image_points(joints_cam_m: NDArray, comparison: Comparison) -> NDArray[np.float64]:
    """Pixels (J, 2) of joints (J, 3); those behind the camera are far outside of the image."""
    joints = np.array(joints_cam_m, dtype=np.float64)
    joints[:, 2] = np.maximum(joints[:, 2], NEAREST_M)
    return project(joints, comparison.camera)


def window(truth_uv: NDArray, found_uv: NDArray) -> tuple[float, float, float]:
    """Left, top and side in pixels of the square to show: around the truth (J, 2), and the estimate if it is near.

    Pixel centres are at integers in the image as in the tile, whose first pixel starts at `left`.
    """
    low, high = truth_uv.min(axis=0), truth_uv.max(axis=0)
    if np.isfinite(found_uv).all():
        stray = STRAY * float((high - low).max())
        low = np.clip(found_uv.min(axis=0), low - stray, low)
        high = np.clip(found_uv.max(axis=0), high, high + stray)
    side = max(float((high - low).max()), LEAST_SPAN_PX) * (1 + 2 * MARGIN)
    left, top = (low + high - side) / 2
    return float(left), float(top), side


def depth_range(truth_cam_m: NDArray) -> tuple[float, float]:
    """Nearest and farthest depth in metres to shade, around joints (J, 3)."""
    depth = truth_cam_m[:, 2]
    margin = DEPTH_MARGIN * max(float(np.ptp(truth_cam_m, axis=0).max()), NEAREST_M)
    return float(depth.min()) - margin, float(depth.max()) + margin
