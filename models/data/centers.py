"""Precomputed reference points of a data set: read, and checked to be what they should be."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.core.skeleton import joints_center
from models.core.types import Camera
from models.data.formats import NAMES, Format, likely_format, to_camera_m
from models.data.label_files import MissingFileError, parse_row, read_lines


def read_centers(path: Path) -> NDArray[np.float64]:
    """Reference points (N, 3) as they are in the file, NaN where it says that a frame is invalid.

    The format is that of the authors of V2V-PoseNet (github.com/mks0601/V2V-PoseNet_RELEASE): one line a frame, three
    numbers or `invalid invalid invalid`. Raises ValueError with the file and the line where it is neither.
    """
    if not path.is_file():
        raise MissingFileError(f"{path}: is missing; it should hold one reference point a line")
    lines = read_lines(path)
    centers = np.full((len(lines), 3), np.nan)
    for line, center in zip(lines, centers):
        parts = line.text.replace(",", " ").split()
        if parts[:1] == ["invalid"]:
            continue
        problem = parse_row(parts, center)
        if problem:
            raise ValueError(f"{path}, line {line.number}: {problem}")
    return centers


def centers_in_camera(
    path: Path,
    points: NDArray[np.float64],
    scale: Sequence[float],
    camera: Camera | None,
    joints_cam_m: NDArray[np.float32] | None,
    cube_m: float,
) -> NDArray[np.float64]:
    """The points (N, 3) of a file, u v d or x y z, in the camera frame, metres.

    scale: (3,), metres in the camera frame per unit of x, y, z, negative where an axis points the other way. camera:
    without one only x y z can be read. joints_cam_m: (N, J, 3), the labels, NaN where there is none: the format is the
    one that lies nearer to them. Without labels it is told by the range of the values. Raises ValueError where neither
    puts most cubes of `cube_m` on the labelled hand.
    """
    unit_m, signs = abs(scale[2]), np.sign(scale)
    forms: tuple[Format, ...] = ("xyz",) if camera is None else ("xyz", "uvd")
    readings = {form: _read_as(points, form, camera, unit_m, signs) for form in forms}
    off_m = {form: _distance_m(reading, joints_cam_m) for form, reading in readings.items()}
    if not np.isfinite(off_m["xyz"]):
        return readings["xyz" if camera is None else likely_format(points, camera, "xyz")]
    nearest = min(forms, key=lambda form: off_m[form])
    if off_m[nearest] > cube_m / 2:
        said = " and ".join(f"{1000 * off_m[form]:.0f} mm as {NAMES[form]}" for form in forms)
        raise ValueError(f"{path}: lies {said} from the labels, expected less than {500 * cube_m:.0f} mm")
    return readings[nearest]


def _read_as(
    points: NDArray[np.float64], form: Format, camera: Camera | None, unit_m: float, signs: NDArray[np.float64]
) -> NDArray[np.float64]:
    assert form == "xyz" or camera is not None
    return points * (unit_m * signs) if camera is None else to_camera_m(points, form, camera, unit_m, signs)


def _distance_m(points_cam_m: NDArray[np.float64], joints_cam_m: NDArray[np.float32] | None) -> float:
    """The median distance to the mean of the joints; NaN where no frame has both."""
    if joints_cam_m is None:
        return np.nan
    apart = np.linalg.norm(points_cam_m - joints_center(joints_cam_m), axis=-1)
    apart = apart[np.isfinite(apart)]
    return float(np.median(apart)) if len(apart) else np.nan
