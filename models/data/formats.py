"""How points are exchanged: u v d (pixels, pixels, depth) or x y z. Which of both a file holds can be told."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from models.core.camera import deproject, project
from models.core.types import Camera

Format = Literal["uvd", "xyz"]
FORMATS: tuple[Format, ...] = ("uvd", "xyz")
NAMES: dict[Format, str] = {"uvd": "u v d", "xyz": "x y z"}
CLEARLY = 2.0
"""A file is read in another than its usual format where that brings it so many times nearer to the image's middle."""


def to_camera_m(
    points: NDArray[np.float64], form: Format, camera: Camera, unit_m: float, signs: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Points (..., 3) of a file in the camera frame, metres.

    unit_m: metres a unit of d, or of x y z. signs: (3,), -1 where an axis of x y z points the other way.
    """
    if form == "uvd":
        return deproject(points[..., :2], points[..., 2] * unit_m, camera)
    return points * (unit_m * signs)


def from_camera(
    points_cam_m: NDArray[np.float64], form: Format, camera: Camera, unit_m: float, signs: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What `to_camera_m` reads as `points_cam_m` (..., 3)."""
    if form == "uvd":
        return np.concatenate([project(points_cam_m, camera), points_cam_m[..., 2:] / unit_m], axis=-1)
    return points_cam_m / (unit_m * signs)


def likely_format(points: NDArray[np.float64], camera: Camera, usual: Format) -> Format:
    """The format of points (..., 3) by their range: hands are nearer to the middle of an image than to its corner.

    `usual` unless the other one is clearly likelier. Points that are not finite do not count.
    """
    rows = points.reshape(-1, 3)
    rows = rows[np.isfinite(rows).all(axis=1) & (rows[:, 2] != 0)]
    if not len(rows):
        return usual
    middle = np.array([camera.ppx, camera.ppy])
    lateral = rows[:, :2] / np.abs(rows[:, 2:]) * [camera.fx, camera.fy]
    away_px = {"uvd": _median_length(rows[:, :2] - middle), "xyz": _median_length(lateral)}
    other: Format = "xyz" if usual == "uvd" else "uvd"
    return other if away_px[other] * CLEARLY < away_px[usual] else usual


def _median_length(vectors: NDArray[np.float64]) -> float:
    return float(np.median(np.linalg.norm(vectors, axis=-1)))
