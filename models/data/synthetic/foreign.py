"""Hands and cameras as training does not have them, to measure what a network makes of what it never learned.

Nothing here may enter training: the phalanges of these hands have lengths of their own instead of the shape space's,
and the cameras err in ways that models/data/synthetic/sensor.py does not know.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from models.data.synthetic.sensor import EDGE_LIMIT_M

_FINGER, _PHALANX, _LARGEST = 0.08, 0.07, 0.25
"""How far fingers, and phalanges within them, deviate in length from the rig's (standard deviations), and at most."""


def foreign_phalanges(rng: np.random.Generator) -> NDArray[np.float64]:
    """Lengths (5, 3) of the phalanges beside the rig's, thumb first and from the palm outwards."""
    deviation = rng.normal(0, _FINGER, (5, 1)) + rng.normal(0, _PHALANX, (5, 3))
    return 1 + np.clip(deviation, -_LARGEST, _LARGEST)


def foreign_errors(depth_m: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """What other cameras make of a measured depth image (H, W), metres, 0 where nothing is; each error half the time.

    Silhouettes lose their outermost pixels; surfaces are smoothed but for their edges; rows and columns come from an
    image of half the size; distances are wrong by up to 4 mm in waves, as a time-of-flight camera's demodulation makes
    them (Lindner et al., "Time-of-Flight sensor calibration for accurate range sensing", CVIU 2010).
    """
    wanted = rng.random(4) < 0.5
    wave_m, phase = rng.uniform(0, 0.004), rng.uniform(0, 2 * np.pi)
    depth = depth_m
    if wanted[0]:
        depth = _half_sized(depth)
    if wanted[1]:
        depth = _eaten(depth)
    if wanted[2]:
        depth = _smoothed(depth)
    if wanted[3]:
        depth = np.where(depth > 0, depth + wave_m * np.sin(depth * (2 * np.pi / 0.15) + phase), 0)
    return depth.astype(np.float32)


def _half_sized(depth: NDArray[np.float32]) -> NDArray[np.float32]:
    height, width = depth.shape
    small = cv2.resize(depth, (width // 2, height // 2), interpolation=cv2.INTER_NEAREST)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST)


def _eaten(depth: NDArray[np.float32]) -> NDArray[np.float32]:
    """Without the pixels beside something far behind them or unmeasured; single lost pixels are no such thing."""
    filled = np.where(depth > 0, depth, cv2.medianBlur(depth, 5))
    farthest = cv2.dilate(np.where(filled > 0, filled, np.float32(1e3)), np.ones((3, 3), np.uint8))
    return np.where(farthest - depth > EDGE_LIMIT_M, np.float32(0), depth)


def _smoothed(depth: NDArray[np.float32]) -> NDArray[np.float32]:
    smooth = cv2.bilateralFilter(depth, 5, 0.012, 2.0)
    return np.where(depth > 0, smooth, 0)
