"""What one depth image shows around a hand, thinned out to about three millimetres a pixel: the fit's measurements."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numba
import numpy as np
from numpy.typing import NDArray

from models.core.flying import step_of
from models.core.skeleton import HAND, hand_reference_point
from models.core.types import Camera, Cube, DepthFrame
from models.core.voxels import crop_window

PIXEL_M = 0.003
RADIUS_M = 0.15
"""What is farther from the palm is no part of the hand."""
LEAST_PIXELS = 30
REACH_M = 0.03
"""A pixel belongs to the hand where it is as near as this to a bone of it."""
SAMPLES, ARM_SAMPLES = 240, 60
ARM_M = 0.05
"""A pixel belongs to the forearm where it is beyond the wrist and as near as this to the line through it."""
_FROM, _TO = (np.array(ends) for ends in zip(*HAND.bones))


@dataclass(frozen=True, slots=True)
class Seen:
    """A small image (h, w) of the hand as a right one.

    depth_m: (h, w) float64, 0 where nothing is measured. camera: that of the small image. is_hand: (h, w) which pixels
    are near to a bone. nearest: (h, w, 2) row and column of the pixel nearest to each that shows anything near the hand
    at all; itself where it does. cloud: (N, 3) some of the hand's points, metres, and then of the forearm's; pixels:
    (N, 2) row and column of each. hand_points: how many are the hand's.
    """

    depth_m: NDArray[np.float64]
    camera: Camera
    is_hand: NDArray[np.bool_]
    nearest: NDArray[np.int64]
    cloud: NDArray[np.float64]
    pixels: NDArray[np.int64]
    hand_points: int


def seen_around(frame: DepthFrame, joints_cam_m: NDArray[np.float64], is_left: bool) -> Seen | None:
    """What the frame shows around joints (21, 3), camera frame, mirrored for a left hand; None where that is nothing.

    joints_cam_m: as they are in the frame, not mirrored.
    """
    palm = hand_reference_point(joints_cam_m)
    if palm[2] < 0.05:
        return None
    rows, columns = crop_window(frame.camera, Cube(palm, 2 * RADIUS_M))
    pixel_m = palm[2] / frame.camera.fx
    step = max(round(PIXEL_M / pixel_m), 1)
    raw = frame.raw[rows, columns][::step, ::step]
    if min(raw.shape) < 8:
        return None
    camera = frame.camera
    ppx, ppy = (camera.ppx - columns.start) / step, (camera.ppy - rows.start) / step
    height, width = raw.shape
    if is_left:
        raw, ppx = raw[:, ::-1], width - 1 - ppx
        palm = palm * [-1, 1, 1]
        joints_cam_m = joints_cam_m * [-1, 1, 1]
    small = Camera(width, height, camera.fx / step, camera.fy / step, ppx, ppy)
    depth_m, is_hand, is_arm = np.zeros(raw.shape), np.zeros(raw.shape, np.bool_), np.zeros(raw.shape, np.bool_)
    limit = step_of(frame.depth_units, pixel_m * step)
    _look(
        np.ascontiguousarray(raw), limit, frame.depth_units, small.fx, small.fy, ppx, ppy,
        palm, joints_cam_m[_FROM], joints_cam_m[_TO], depth_m, is_hand, is_arm,
    )  # fmt: skip
    hand, arm = _sampled(is_hand, SAMPLES), _sampled(is_arm, ARM_SAMPLES)
    if len(hand) < LEAST_PIXELS:
        return None
    pixels = np.concatenate([hand, arm])
    v, u = pixels.T
    z = depth_m[v, u]
    cloud = np.stack([(u - ppx) * z / small.fx, (v - ppy) * z / small.fy, z], axis=1)
    return Seen(depth_m, small, is_hand, _nearest(depth_m > 0), cloud, pixels, len(hand))


def _sampled(mask: NDArray[np.bool_], most: int) -> NDArray[np.int64]:
    """Row and column (N, 2) of at most so many pixels of a mask, evenly."""
    pixels = np.argwhere(mask)
    picked: NDArray[np.int64] = pixels[np.linspace(0, len(pixels) - 1, min(most, len(pixels))).astype(np.int64)]
    return picked


def _nearest(shown: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Row and column (h, w, 2) of the shown pixel nearest to each; single lost pixels count as shown."""
    mask = cv2.morphologyEx(shown.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    _, labels = cv2.distanceTransformWithLabels(1 - mask, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    v, u = np.nonzero(mask)
    places = np.zeros((int(labels.max()) + 1, 2), dtype=np.int64)
    places[labels[v, u]] = np.stack([v, u], axis=1)
    nearest: NDArray[np.int64] = places[labels]
    return nearest


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _look(raw, limit, units, fx, fy, ppx, ppy, palm, starts, ends, depth_m, is_hand, is_arm):
    """Depths near the palm without flying pixels, and which of them lie near a bone."""
    height, width = raw.shape
    wrist = starts[0]
    away = wrist - palm
    away = away / (np.sqrt((away**2).sum()) + 1e-9)
    near, far = (palm[2] - 0.15) / units, (palm[2] + 0.15) / units
    for y in range(height):
        for x in range(width):
            value = np.int64(raw[y, x])
            if value == 0 or value < near or value > far:
                continue
            alike, nearer, farther = 0, False, False
            for dy in range(-1, 2):
                for dx in range(-1, 2):
                    if (dy == 0 and dx == 0) or not (0 <= y + dy < height and 0 <= x + dx < width):
                        continue
                    other = np.int64(raw[y + dy, x + dx])
                    if other == 0:
                        continue
                    if abs(other - value) <= limit:
                        alike += 1
                    elif other < value:
                        nearer = True
                    else:
                        farther = True
            if alike < 3 or (nearer and farther):
                continue
            z = value * units
            px, py = (x - ppx) * z / fx, (y - ppy) * z / fy
            gap = (px - palm[0]) ** 2 + (py - palm[1]) ** 2 + (z - palm[2]) ** 2
            if gap > 0.15**2:
                continue
            depth_m[y, x] = z
            for b in range(starts.shape[0]):
                ax, ay, az = starts[b, 0], starts[b, 1], starts[b, 2]
                bx, by, bz = ends[b, 0] - ax, ends[b, 1] - ay, ends[b, 2] - az
                length = bx * bx + by * by + bz * bz + 1e-12
                t = ((px - ax) * bx + (py - ay) * by + (z - az) * bz) / length
                t = min(max(t, 0.0), 1.0)
                gap = (px - ax - t * bx) ** 2 + (py - ay - t * by) ** 2 + (z - az - t * bz) ** 2
                if gap < 0.03**2:
                    is_hand[y, x] = True
                    break
            if not is_hand[y, x]:
                dx, dy, dz = px - wrist[0], py - wrist[1], z - wrist[2]
                along = dx * away[0] + dy * away[1] + dz * away[2]
                is_arm[y, x] = along > 0.0 and dx * dx + dy * dy + dz * dz - along * along < 0.05**2
