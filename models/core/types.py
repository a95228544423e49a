"""Data that crosses module boundaries: cameras, depth frames, cubes and poses.

Frame of reference everywhere: the camera frame of librealsense, +X right, +Y down, +Z forward, metres;
pixel centres at integer coordinates; a raw depth of 0 means no measurement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Handedness = Literal["left", "right"]

USUAL_UNITS_M = 0.001
"""Metres a raw unit, where nothing says otherwise."""
LATEST_MS = 2.0**31 * 1000
"""No time stamp of a camera lies beyond: the year 2038 for clocks that count from 1970, and all that ROS can write."""


def frozen_array(values: ArrayLike, dtype: np.dtype | type, shape: tuple[int | None, ...], name: str) -> NDArray[Any]:
    """Copy `values` into a read-only array and check its shape; `None` in `shape` accepts any length.

    Raises ValueError naming what was expected and what came.
    """
    array = np.array(values, dtype=dtype, copy=True)
    matches = array.ndim == len(shape) and all(s is None or s == n for s, n in zip(shape, array.shape))
    if not matches:
        raise ValueError(f"{name}: expected shape {shape}, got {array.shape}")
    array.setflags(write=False)
    return array


@dataclass(frozen=True, slots=True)
class Camera:
    """Pinhole intrinsics of a depth stream, in pixels.

    Lens distortion is not modelled: the depth streams of D4xx and L515 cameras are rectified.
    """

    width: int
    height: int
    fx: float
    fy: float
    ppx: float
    ppy: float

    def __post_init__(self) -> None:
        if self.width <= 0 or self.height <= 0:
            raise ValueError(f"camera size: expected positive width and height, got {self.width}x{self.height}")
        values = (self.fx, self.fy, self.ppx, self.ppy)
        if not all(np.isfinite(v) for v in values) or self.fx <= 0 or self.fy <= 0:
            raise ValueError(f"camera intrinsics: expected finite values and positive fx, fy, got {values}")

    @property
    def shape(self) -> tuple[int, int]:
        """Image size as (height, width)."""
        return self.height, self.width


@dataclass(frozen=True, slots=True, eq=False)  # arrays inside: compared by identity
class DepthFrame:
    """One depth image with the camera that took it.

    raw: (H, W) uint16, read-only, in device units; 0 means no measurement. An array that can be written to is copied.
    depth_units: metres per raw unit (0.001, 0.0001, 0.000125, ...).
    frame_id: the source's own frame number. timestamp_ms: the source's own clock; 0 where what it says is no time, NaN
    or beyond LATEST_MS.
    arrival_s: `time.monotonic()` when the frame reached this program; latencies start here.
    restarts: how often the source has started over before it: a recording at its end or sought elsewhere, a camera
    that was lost. Frames with the same number follow each other in time.
    index: its place in the recording or folder, from 0; None where it has none.
    is_sought: it was asked for by its place and did not come by playing. is_damaged: its pixels were not what was
    recorded, by their checksum; there are no measurements in their place.
    color: (H, W, 3) uint8 RGB, read-only, what a colour camera saw at each pixel, black where it saw nothing; None
    where there is none or nobody wants it. For people only: no pose depends on it. Copied as `raw` is.
    """

    raw: NDArray[np.uint16]
    depth_units: float
    camera: Camera
    frame_id: int
    timestamp_ms: float
    arrival_s: float
    restarts: int = 0
    index: int | None = None
    is_sought: bool = False
    is_damaged: bool = False
    color: NDArray[np.uint8] | None = None

    def __post_init__(self) -> None:
        raw = np.asarray(self.raw)
        if raw.dtype != np.uint16:
            raise ValueError(f"depth frame: expected uint16 pixels, got {raw.dtype}")
        if raw.flags.writeable:
            raw = frozen_array(raw, np.uint16, self.camera.shape, "depth frame")
        if raw.shape != self.camera.shape:
            raise ValueError(f"depth frame: expected shape {self.camera.shape}, got {raw.shape}")
        object.__setattr__(self, "raw", raw)
        if self.color is not None:
            color = np.asarray(self.color)
            if color.flags.writeable or color.shape != (*self.camera.shape, 3) or color.dtype != np.uint8:
                color = frozen_array(color, np.uint8, (*self.camera.shape, 3), "colours of a depth frame")
            object.__setattr__(self, "color", color)
        if not abs(self.timestamp_ms) < LATEST_MS:  # NaN is not
            object.__setattr__(self, "timestamp_ms", 0.0)
        if not np.isfinite(self.depth_units) or self.depth_units <= 0:
            raise ValueError(f"depth units: expected metres per unit above zero, got {self.depth_units}")

    def depth_m(self) -> NDArray[np.float32]:
        """Depth in metres, (H, W) float32; 0 where there is no measurement."""
        depth_m: NDArray[np.float32] = self.raw.astype(np.float32) * np.float32(self.depth_units)
        return depth_m


@dataclass(frozen=True, slots=True, eq=False)  # arrays inside: compared by identity
class Cube:
    """An axis-aligned cube in the camera frame: `center_cam_m` (3,) float64 and its edge length `size_m`."""

    center_cam_m: NDArray[np.float64]
    size_m: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "center_cam_m", frozen_array(self.center_cam_m, np.float64, (3,), "cube centre"))
        if not np.isfinite(self.center_cam_m).all():
            raise ValueError(f"cube centre: expected finite coordinates, got {self.center_cam_m}")
        if not np.isfinite(self.size_m) or self.size_m <= 0:
            raise ValueError(f"cube size: expected metres above zero, got {self.size_m}")


@dataclass(frozen=True, slots=True, eq=False)  # arrays inside: compared by identity
class Pose:
    """Joints of one hand in the camera frame.

    joints_cam_m: (J, 3) float64, metres. joint_confidence: (J,) float64 in 0..1.
    confidence: one figure for the whole pose in 0..1. hand: the side it was taken for.
    cube: the cube the network looked at, where there was one (ground truth has none).
    joint_sd_mm: (J,) float64, standard deviation of each joint along an axis, millimetres, as
    models.core.joint_sd.JointSd defines it; None where the network was not calibrated, and for ground truth.
    """

    joints_cam_m: NDArray[np.float64]
    joint_confidence: NDArray[np.float64]
    confidence: float
    hand: Handedness
    cube: Cube | None = None
    joint_sd_mm: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        joints = frozen_array(self.joints_cam_m, np.float64, (None, 3), "pose joints")
        object.__setattr__(self, "joints_cam_m", joints)
        confidence = frozen_array(self.joint_confidence, np.float64, (len(joints),), "joint confidence")
        object.__setattr__(self, "joint_confidence", confidence)
        if self.joint_sd_mm is not None:
            deviations = frozen_array(self.joint_sd_mm, np.float64, (len(joints),), "joint standard deviations")
            object.__setattr__(self, "joint_sd_mm", deviations)
        if not np.isfinite(joints).all():
            raise ValueError("pose joints: expected finite coordinates")
        if self.hand not in ("left", "right"):
            raise ValueError(f"hand: expected 'left' or 'right', got {self.hand!r}")
