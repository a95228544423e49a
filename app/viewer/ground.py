"""A quiet grid on the ground, so that depth and height can be read."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.viewer.colors import BACKGROUND, GROUND_COLOR

HEIGHT_M = 0.32
"""Below the camera: under hands and faces, above most tables' edges."""
HALF_WIDTH_M, NEAR_M, FAR_M, CELL_M = 0.7, 0.2, 1.6, 0.1


def ground_grid() -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.float64]]:
    """Points (P, 3) in the camera frame, metres; lines (L, 2); a colour a line (L, 3), RGB in 0..1.

    Each line is a row of short ones that fade with the distance from the grid's middle, so that it has no edge.
    """
    x = np.arange(-HALF_WIDTH_M, HALF_WIDTH_M + CELL_M / 2, CELL_M)
    z = np.arange(NEAR_M, FAR_M + CELL_M / 2, CELL_M)
    points = np.array([(a, HEIGHT_M, b) for b in z for a in x])
    index = np.arange(len(points)).reshape(len(z), len(x))
    along = np.stack([index[:, :-1].ravel(), index[:, 1:].ravel()], axis=1)
    away = np.stack([index[:-1].ravel(), index[1:].ravel()], axis=1)
    lines = np.concatenate([along, away]).astype(np.int32)
    middles = points[lines].mean(axis=1)
    off_center = np.hypot(middles[:, 0] / HALF_WIDTH_M, (middles[:, 2] - (NEAR_M + FAR_M) / 2) * 2 / (FAR_M - NEAR_M))
    share = np.clip(1.1 - off_center, 0, 1)[:, None]
    colors = np.asarray(BACKGROUND) * (1 - share) + np.asarray(GROUND_COLOR) * share
    return points, lines, colors
