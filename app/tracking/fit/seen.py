"""What one depth image shows around a hand, thinned out to about three millimetres a pixel: the fit's measurements."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numba
import numpy as np
from numpy.typing import NDArray

from models.core.camera import MIRROR
from models.core.flying import step_of
from models.core.skeleton import HAND, hand_reference_point
from models.core.types import Cube, DepthFrame
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
NOISES = 5.0
"""Neighbours on one surface differ by less than so many times what half of them are off the middle of theirs."""
MOST_NOISE_M = 0.0075
_EDGE = 2
"""Lines of pixels that are the edge of a picture."""
_PALM_FROM_M = 0.02
"""The palm begins so far beyond the wrist."""
_BOX = np.ones((3, 3), np.uint8)
_FROM, _TO = (np.array(ends) for ends in zip(*HAND.bones))


class Image(NamedTuple):
    """A small image (h, w) of the hand as a right one.

    lens: its fx, fy, ppx, ppy. depth_m: (h, w) float64, 0 where nothing is measured. is_hand: (h, w) which pixels are
    near to a bone. is_shown: (h, w) which pixels show anything near the hand at all; single lost ones count. labels,
    label_pixels: row and column of the shown pixel nearest to each are label_pixels[labels[v, u]]. cloud: (N, 3) some
    of the hand's points, metres, and then of the forearm's; pixels: (N, 2) row and column of each. hand_points: how
    many are the hand's. cut_m: over what length the edge of the picture cuts through the hand, not the forearm.
    noise_m: how far half of the pixels are off those beside them, where so much that means were taken; else 0.
    """

    lens: tuple[float, float, float, float]
    depth_m: NDArray[np.float64]
    is_hand: NDArray[np.bool_]
    is_shown: NDArray[np.bool_]
    labels: NDArray[np.int32]
    label_pixels: NDArray[np.int64]
    cloud: NDArray[np.float64]
    pixels: NDArray[np.int64]
    hand_points: int
    cut_m: float
    noise_m: float


NOTHING = Image(
    (1.0, 1.0, 0.0, 0.0), np.zeros((1, 1)), np.zeros((1, 1), np.bool_), np.zeros((1, 1), np.bool_),
    np.zeros((1, 1), np.int32), np.zeros((1, 2), np.int64), np.zeros((0, 3)), np.zeros((0, 2), np.int64), 0, 0.0, 0.0,
)  # fmt: skip


def image_around(frame: DepthFrame, joints_cam_m: NDArray[np.float64], is_left: bool) -> Image | None:
    """What the frame shows around joints (21, 3), camera frame, mirrored for a left hand; None where that is nothing.

    joints_cam_m: as they are in the frame, not mirrored.
    """
    palm = hand_reference_point(joints_cam_m)
    if palm[2] < 0.05:
        return None
    camera = frame.camera
    rows, columns = crop_window(camera, Cube(palm, 2 * RADIUS_M))
    pixel_m = palm[2] / camera.fx
    step = max(round(PIXEL_M / pixel_m), 1)
    part = frame.raw[rows, columns][::step, ::step]
    if min(part.shape) < 8:
        return None
    ppx, ppy = (camera.ppx - columns.start) / step, (camera.ppy - rows.start) / step
    joints = np.array(joints_cam_m)
    if is_left:
        part, ppx = part[:, ::-1], part.shape[1] - 1 - ppx
        joints *= MIRROR
        palm = palm * MIRROR
    raw = np.array(part, order="C")
    units = float(frame.depth_units)
    limit = float(step_of(units, pixel_m * step))
    noise = min(_noise(raw, palm[2] / units, RADIUS_M / units), MOST_NOISE_M / units)
    is_noisy = NOISES * noise > limit
    if is_noisy:
        limit, whole = NOISES * noise, frame.raw[rows, columns]
        whole = whole[:, ::-1][:, (whole.shape[1] - 1) % step :] if is_left else whole
        _take_means(np.array(whole, order="C"), step, limit, raw)
    view = camera.fx / step, camera.fy / step, float(ppx), float(ppy)
    depth_m = np.zeros(raw.shape)
    _measure(raw, limit, units, view, palm, depth_m)
    is_hand, is_arm = np.zeros(raw.shape, np.bool_), np.zeros(raw.shape, np.bool_)
    _tell_apart(depth_m, view, palm, joints[_FROM], joints[_TO], is_hand, is_arm)
    hand, arm = _sampled(is_hand, SAMPLES), _sampled(is_arm, ARM_SAMPLES)
    if len(hand) < LEAST_PIXELS:
        return None
    sides = columns.start == 0, columns.stop == camera.width, rows.start == 0, rows.stop == camera.height
    if is_left:
        sides = sides[1], sides[0], sides[2], sides[3]
    cut_m = _cut_m(is_hand, depth_m, view, joints[0], palm, sides)
    pixels = np.concatenate([hand, arm])
    points = _points(depth_m, pixels, view)
    noise_m = noise * units if is_noisy else 0.0
    return Image(view, depth_m, is_hand, *_nearest(depth_m), points, pixels, len(hand), cut_m, noise_m)


def _nearest(depth_m: NDArray[np.float64]) -> tuple[NDArray[np.bool_], NDArray[np.int32], NDArray[np.int64]]:
    """`is_shown`, `labels` and `label_pixels` of an Image."""
    mask = cv2.morphologyEx((depth_m > 0).view(np.uint8), cv2.MORPH_CLOSE, _BOX)
    _, found = cv2.distanceTransformWithLabels(1 - mask, cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL)
    is_shown, labels = np.asarray(mask, dtype=np.bool_), np.asarray(found, dtype=np.int32)
    return is_shown, labels, _labelled(is_shown, labels)


@numba.njit(cache=True, nogil=True)
def _labelled(is_shown, labels):
    """Row and column of the shown pixel that has each label, (N + 1, 2): labels count from 1."""
    height, width = labels.shape
    pixels = np.zeros((np.count_nonzero(is_shown) + 1, 2), dtype=np.int64)
    for y in range(height):
        for x in range(width):
            if is_shown[y, x]:
                pixels[labels[y, x], 0], pixels[labels[y, x], 1] = y, x
    return pixels


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _cut_m(is_hand, depth_m, view, wrist, palm, sides):
    """Length of the picture's edges (left, right, top, bottom: which of the image's sides are) that the hand touches.

    What lies behind the wrist does not count: there the forearm comes in.
    """
    height, width = depth_m.shape
    total, least = 0.0, _PALM_FROM_M * np.sqrt(((palm - wrist) ** 2).sum())
    for side in range(4):
        if not sides[side]:
            continue
        for along in range(height if side < 2 else width):
            for into in range(_EDGE):
                across = into if side % 2 == 0 else (width if side < 2 else height) - 1 - into
                y, x = (along, across) if side < 2 else (across, along)
                if not is_hand[y, x]:
                    continue
                z = depth_m[y, x]
                beyond = (z - wrist[2]) * (palm[2] - wrist[2])
                beyond += ((x - view[2]) * z / view[0] - wrist[0]) * (palm[0] - wrist[0])
                beyond += ((y - view[3]) * z / view[1] - wrist[1]) * (palm[1] - wrist[1])
                if beyond > least:
                    total += z / view[0]
                    break
    return total


@numba.njit(cache=True, nogil=True)
def _sampled(mask, most):
    """Row and column (N, 2) of at most so many pixels of a mask, evenly."""
    places = np.flatnonzero(mask.reshape(-1))
    count = min(most, len(places))
    pixels = np.empty((count, 2), dtype=np.int64)
    for k in range(count):
        place = places[k * (len(places) - 1) // max(count - 1, 1)]
        pixels[k, 0], pixels[k, 1] = place // mask.shape[1], place % mask.shape[1]
    return pixels


@numba.njit(cache=True, nogil=True)
def _points(depth_m, pixels, view):
    """Points (N, 3) of some pixels (N, 2), metres."""
    points = np.empty((len(pixels), 3))
    for k in range(len(pixels)):
        v, u = pixels[k, 0], pixels[k, 1]
        z = depth_m[v, u]
        points[k, 0], points[k, 1], points[k, 2] = (u - view[2]) * z / view[0], (v - view[3]) * z / view[1], z
    return points


@numba.njit(cache=True, nogil=True)
def _noise(raw, palm, reach):
    """How far half of the pixels near the palm's depth are off the middle of those beside them, in device units; 0
    without any. A slope is no noise."""
    gaps, count = np.empty(raw.size), 0
    for y in range(0, raw.shape[0], 2):
        for x in range(1, raw.shape[1] - 1):
            before, here, behind = float(raw[y, x - 1]), float(raw[y, x]), float(raw[y, x + 1])
            least, most = min(before, here, behind), max(before, here, behind)
            if least > 0.0 and least >= palm - reach and most <= palm + reach:
                gaps[count] = abs(here - 0.5 * (before + behind))
                count += 1
    return np.median(gaps[:count]) if count else 0.0


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _take_means(whole, step, limit, raw):
    """Pixels become means over the 3x3 about them in the whole image, of which theirs has every `step`-th line."""
    for y in range(raw.shape[0]):
        for x in range(raw.shape[1]):
            middle, total, count = float(raw[y, x]), 0.0, 0
            if middle == 0.0:
                continue
            for v in range(max(step * y - 1, 0), min(step * y + 2, whole.shape[0])):
                for u in range(max(step * x - 1, 0), min(step * x + 2, whole.shape[1])):
                    z = float(whole[v, u])
                    if z > 0.0 and abs(z - middle) <= limit:
                        total += z
                        count += 1
            raw[y, x] = np.uint16(np.round(total / count))


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _measure(raw, limit, units, view, palm, depth_m):
    """Depths near the palm without flying pixels, metres, into depth_m."""
    fx, fy, ppx, ppy = view
    height, width = raw.shape
    near, far = (palm[2] - RADIUS_M) / units, (palm[2] + RADIUS_M) / units
    for y in range(height):
        for x in range(width):
            value = np.int64(raw[y, x])
            if value == 0 or value < near or value > far:
                continue
            z = value * units
            px, py = (x - ppx) * z / fx, (y - ppy) * z / fy
            if (px - palm[0]) ** 2 + (py - palm[1]) ** 2 + (z - palm[2]) ** 2 > RADIUS_M**2:
                continue
            alike, nearer, farther = 0, False, False
            for v in range(max(y - 1, 0), min(y + 2, height)):
                for u in range(max(x - 1, 0), min(x + 2, width)):
                    other = np.int64(raw[v, u])
                    if other == 0:
                        continue
                    if abs(other - value) <= limit:
                        alike += 1
                    elif other < value:
                        nearer = True
                    else:
                        farther = True
            if alike > 3 and not (nearer and farther):  # itself is one
                depth_m[y, x] = z


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _span(a, b, a_z, b_z, focal, principal, length):
    """First and last pixel (without it) along one axis of what lies within REACH_M of a line from a to b."""
    low, high = min(a, b) - REACH_M, max(a, b) + REACH_M
    near, far = max(min(a_z, b_z) - REACH_M, 0.01), max(max(a_z, b_z) + REACH_M, 0.02)
    first = focal * low / (near if low < 0.0 else far) + principal
    last = focal * high / (far if high < 0.0 else near) + principal
    return int(min(max(first, 0.0), length)), int(min(max(last + 2.0, 0.0), length))


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _tell_apart(depth_m, view, palm, starts, ends, is_hand, is_arm):
    """Which pixels lie near a bone, and of the others which near the line from the palm through the wrist."""
    fx, fy, ppx, ppy = view
    height, width = depth_m.shape
    for b in range(starts.shape[0]):
        ax, ay, az = starts[b]
        bx, by, bz = ends[b, 0] - ax, ends[b, 1] - ay, ends[b, 2] - az
        length = bx * bx + by * by + bz * bz + 1e-12
        left, right = _span(ax, ax + bx, az, az + bz, fx, ppx, width)
        top, bottom = _span(ay, ay + by, az, az + bz, fy, ppy, height)
        for y in range(top, bottom):
            for x in range(left, right):
                z = depth_m[y, x]
                if z == 0.0 or is_hand[y, x]:
                    continue
                px, py = (x - ppx) * z / fx - ax, (y - ppy) * z / fy - ay
                t = min(max((px * bx + py * by + (z - az) * bz) / length, 0.0), 1.0)
                gap = (px - t * bx) ** 2 + (py - t * by) ** 2 + (z - az - t * bz) ** 2
                is_hand[y, x] = gap < REACH_M**2
    wrist = starts[0]
    away = wrist - palm
    away = away / (np.sqrt((away**2).sum()) + 1e-9)
    for y in range(height):
        for x in range(width):
            z = depth_m[y, x]
            if z > 0.0 and not is_hand[y, x]:
                dx, dy, dz = (x - ppx) * z / fx - wrist[0], (y - ppy) * z / fy - wrist[1], z - wrist[2]
                along = dx * away[0] + dy * away[1] + dz * away[2]
                is_arm[y, x] = along > 0.0 and dx * dx + dy * dy + dz * dz - along * along < ARM_M**2
