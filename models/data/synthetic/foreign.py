"""Hands and cameras as training does not have them, to measure what a network makes of what it never learned.

Nothing here may enter training: the phalanges of these hands have lengths of their own instead of the shape space's,
and the cameras err in ways that models/rendering/sensor.py does not know.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_FINGER, _PHALANX, _LARGEST = 0.08, 0.07, 0.25
"""Deviation of lengths from the rig's, relative: standard deviations of fingers and of phalanges, and the largest."""


def foreign_phalanges(rng: np.random.Generator) -> NDArray[np.float64]:
    """Lengths (5, 3) of the phalanges beside the rig's, thumb first and from the palm outwards."""
    deviation = rng.normal(0, _FINGER, (5, 1)) + rng.normal(0, _PHALANX, (5, 3))
    return 1 + np.clip(deviation, -_LARGEST, _LARGEST)


def foreign_errors(depth_m: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """What other cameras make of a measured depth image (H, W), metres, 0 where nothing is; each error half the time.

    Rows are out of line by a pixel or two. The image is half the size, enlarged with depths mixed across silhouettes.
    Surfaces are smoothed up to their edges. Distances are wrong by up to 4 mm in waves, as a time-of-flight camera's
    demodulation makes them (Lindner et al., "Time-of-Flight sensor calibration for accurate range sensing", CVIU 2010).
    """
    wanted = rng.random(4) < 0.5
    out_of_line = np.round(rng.normal(0, 0.8, len(depth_m))).astype(int)
    wave_m, phase = rng.uniform(0, 0.004), rng.uniform(0, 2 * np.pi)
    depth = depth_m
    if wanted[0]:
        depth = np.stack([np.roll(row, shift) for row, shift in zip(depth, out_of_line)])
    if wanted[1]:
        depth = _enlarged(depth)
    if wanted[2]:
        depth = np.where(depth > 0, cv2.bilateralFilter(depth, 5, 0.012, 2.0), 0)
    if wanted[3]:
        depth = np.where(depth > 0, depth + wave_m * np.sin(depth * (2 * np.pi / 0.15) + phase), 0)
    return depth.astype(np.float32)


def _enlarged(depth: NDArray[np.float32]) -> NDArray[np.float32]:
    """Half the pixels, and between them the mean of what was measured around."""
    size = depth.shape[::-1]
    small = depth[::2, ::2]
    total = cv2.resize(small, size, interpolation=cv2.INTER_LINEAR)
    weight = cv2.resize((small > 0).astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
    return np.where(weight > 0.5, total / np.maximum(weight, 0.5), np.float32(0))
