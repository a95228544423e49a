"""Which points of a depth image belong to a hand whose joints are known, so that another hand is read without them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.core.camera import project
from models.core.skeleton import FINGER_MCPS, HAND, WRIST
from models.core.types import DepthFrame

# A hand is balls along its bones. Skin lies 8 to 20 mm from a bone; the rest is room for the error of a pose.
_STEPS = np.linspace(0, 1, 4)
_FINGER_M, _PALM_M = 0.022, 0.034
# The forearm goes on from the wrist, away from the fingers. It is as thick as this, and no hand when its own is gone.
_FOREARM_M, _FOREARM_STEPS_M = 0.055, np.arange(0.02, 0.26, 0.03)
# Neighbouring pixels within this of each other are on one surface.
_ONE_SURFACE_M = 0.03
_PARENTS, _CHILDREN = np.array(HAND.bones).T
_IS_PALM = _PARENTS == WRIST


def balls_of(joints_cam_m: NDArray[Any], forearm: bool = False) -> NDArray[np.float64]:
    """A hand as balls (B, 4): centre x, y, z in the camera frame and radius, metres. joints_cam_m: (21, 3)."""
    starts, ends = joints_cam_m[_PARENTS], joints_cam_m[_CHILDREN]
    centers = starts[:, None] + _STEPS[None, :, None] * (ends - starts)[:, None]
    radii = np.repeat(np.where(_IS_PALM, _PALM_M, _FINGER_M), len(_STEPS))
    balls = np.column_stack([centers.reshape(-1, 3), radii])
    if not forearm:
        return balls
    wrist = joints_cam_m[WRIST]
    away = wrist - joints_cam_m[list(FINGER_MCPS)].mean(axis=0)
    away = away / max(float(np.linalg.norm(away)), 1e-6)
    along = wrist + _FOREARM_STEPS_M[:, None] * away
    return np.concatenate([balls, np.column_stack([along, np.full(len(along), _FOREARM_M)])])


def without(
    frame: DepthFrame, hands: Sequence[NDArray[Any]], kept_cam_m: NDArray[Any] | None = None, forearms: bool = False
) -> DepthFrame:
    """The frame without the points of these hands: unmeasured, 0.

    hands: joints (21, 3) each, metres, camera frame. kept_cam_m: joints of a hand that keeps the points which lie
    nearer to it than to any of the others. forearms: whether the hands' forearms go as well.
    """
    if not hands:
        return frame
    balls = np.concatenate([balls_of(joints, forearms) for joints in hands])
    window = _window(frame, balls)
    part = frame.raw[window]
    if not part.size:
        return frame
    # The nearest of two by two pixels decides for all that is about as near: a finger is wider than that.
    nearest = _nearest_of_four(part)
    depth_m = nearest.astype(np.float32) * np.float32(frame.depth_units)
    reach = balls[:, 3].max()
    within = (depth_m > balls[:, 2].min() - reach) & (depth_m < balls[:, 2].max() + reach)
    near = np.flatnonzero(within & (nearest > 0))
    if not len(near):
        return frame
    points = _points(frame, window, depth_m, near)
    outside_m = _distance_m(points, balls)
    taken = np.flatnonzero(outside_m < 0)
    if kept_cam_m is not None and len(taken):
        taken = taken[outside_m[taken] < _distance_m(points[taken], balls_of(kept_cam_m))]
    farthest = np.zeros(nearest.shape)  # of what goes, in the frame's units
    farthest.flat[near[taken]] = nearest.flat[near[taken]] + _ONE_SURFACE_M / frame.depth_units
    raw = frame.raw.copy()
    limit = farthest.repeat(2, axis=0).repeat(2, axis=1)[: part.shape[0], : part.shape[1]]
    raw[window][part <= limit] = 0
    raw.setflags(write=False)  # else it would be copied
    return replace(frame, raw=raw)


def _nearest_of_four(raw: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """The nearest measurement of two by two pixels each of an image (H, W), rounded up; 0 where there is none."""
    height, width = raw.shape
    padded = np.zeros((height + height % 2, width + width % 2), np.uint16)
    padded[:height, :width] = raw
    # Unmeasured pixels wrap round to the largest value, so that one less never makes them the nearest.
    padded -= np.uint16(1)
    columns = np.minimum(padded[:, ::2], padded[:, 1::2])
    nearest: NDArray[np.uint16] = np.minimum(columns[::2], columns[1::2]) + np.uint16(1)
    return nearest


def _window(frame: DepthFrame, balls: NDArray[np.float64]) -> tuple[slice, slice]:
    """Rows and columns that the balls may cover; of balls at or behind the camera the whole image."""
    camera, radius = frame.camera, balls[:, 3:]
    nearest_m = balls[:, 2:3] - radius
    if (nearest_m <= 0.02).any():
        return slice(0, camera.height), slice(0, camera.width)
    uv = project(balls[:, :3], camera)
    reach = max(camera.fx, camera.fy) * radius / nearest_m
    low = np.floor((uv - reach).min(axis=0)).astype(int)
    high = np.ceil((uv + reach).max(axis=0)).astype(int) + 1
    (left, top), (right, bottom) = np.maximum(low, 0), np.maximum(high, 0)
    return slice(top, bottom), slice(left, right)


def _points(
    frame: DepthFrame, window: tuple[slice, slice], depth_m: NDArray[np.float32], which: NDArray[np.intp]
) -> NDArray[np.float32]:
    """Points (N, 3) of some samples (h, w), by flat index, each of two by two pixels of a window."""
    camera = frame.camera
    rows, columns = np.divmod(which, depth_m.shape[1])
    z = depth_m.flat[which]
    x = (window[1].start + 2 * columns + 0.5 - camera.ppx) / camera.fx * z
    y = (window[0].start + 2 * rows + 0.5 - camera.ppy) / camera.fy * z
    return np.column_stack([x, y, z]).astype(np.float32)


def _distance_m(points: NDArray[np.float32], balls: NDArray[np.float64]) -> NDArray[np.float32]:
    """How far each point (N, 3) lies outside the nearest ball; below zero within one."""
    # |p - c|^2 = |p|^2 - 2 p c + |c|^2, from the middle of the balls, so that float32 is exact enough. Of balls of one
    # radius the nearest centre decides, so that roots are drawn once for all of them.
    middle = balls[:, :3].mean(axis=0)
    centers, radii = (balls[:, :3] - middle).astype(np.float32), balls[:, 3]
    points = points - middle.astype(np.float32)
    of_centers = np.column_stack([-2 * centers, (centers**2).sum(axis=1)])
    of_points = np.column_stack([points, np.ones(len(points), np.float32)]).T
    squared_norm = (points**2).sum(axis=1)
    distances = []
    for radius in np.unique(radii):
        squared = (of_centers[radii == radius] @ of_points).min(axis=0) + squared_norm
        distances.append(np.sqrt(np.maximum(squared, 0)) - np.float32(radius))
    nearest: NDArray[np.float32] = np.minimum.reduce(distances)
    return nearest
