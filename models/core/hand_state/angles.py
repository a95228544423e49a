"""Joint angles of a hand by their clinical names, and how far off they may be.

In axes of the flat palm (x to the thumb's side, y to the fingers, z out of the palm), with d the direction of a bone:

    MCP flexion          atan2(d_z, d_y)                       of the proximal phalanx
    MCP abduction        atan2(d_x, hypot(d_y, d_z))           of the proximal phalanx; ring and little: times -1
    PIP, DIP, IP flexion atan2((d1 x d2) . hinge, d1 . d2)     of two bones that meet; likewise the thumb's MCP
    CMC radial abduction atan2(d_x, d_y) of the thumb's metacarpal, less that of the line from wrist to index MCP
    CMC palmar abduction atan2(d_z, hypot(d_x, d_y))           of the thumb's metacarpal
    opposition           atan2(e_z, e_x)                       e from the thumb's CMC to its tip
    wrist flexion        atan2(-f_z, f_y)                      f from the elbow to the wrist
    wrist deviation      atan2(-f_x, hypot(f_y, f_z))          positive to the thumb's side (radial)

docs/hands.md has their zeros and signs in words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.core.camera import MIRROR
from models.core.hand_state.anatomy import DIGITS, bone_directions, flat_axes, hinge_axes, palm_axes
from models.core.hand_state.angle_sd import factors
from models.core.hand_state.rotations import angle_about, unit
from models.core.skeleton import FINGER_MCPS, FINGERS, WRIST
from models.core.types import Pose, frozen_array

_FINGER_ANGLES = ("mcp_flexion", "mcp_abduction", "pip_flexion", "dip_flexion")
ANGLES: tuple[str, ...] = (
    *(f"{finger}_{angle}" for finger in FINGERS[:4] for angle in _FINGER_ANGLES),
    "thumb_cmc_radial_abduction",
    "thumb_cmc_palmar_abduction",
    "thumb_opposition",
    "thumb_mcp_flexion",
    "thumb_ip_flexion",
    "wrist_flexion",
    "wrist_deviation",
)
ANGLE = {name: number for number, name in enumerate(ANGLES)}
WRIST_ANGLES = (ANGLE["wrist_flexion"], ANGLE["wrist_deviation"])

_FACTORS = factors(ANGLES)
_THUMB = 4
# Ring and little finger spread away from the thumb, index and (by custom) middle finger towards it.
_ABDUCTION_SIGNS = np.array([1.0, 1.0, -1.0, -1.0])
_STEP_M = 1e-4
# Of an angle of which nothing is known: that of an even spread over the circle.
LARGEST_SD_DEG = 180 / np.sqrt(3)


@dataclass(frozen=True, slots=True, eq=False)  # arrays inside: compared by identity
class JointAngles:
    """degrees, sd_deg: (23,) float64 in the order of ANGLES, NaN where not known; sd_deg None without joints' own."""

    degrees: NDArray[np.float64]
    sd_deg: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "degrees", frozen_array(self.degrees, np.float64, (len(ANGLES),), "degrees"))
        if self.sd_deg is not None:
            object.__setattr__(self, "sd_deg", frozen_array(self.sd_deg, np.float64, (len(ANGLES),), "sd_deg"))


def joint_angles(pose: Pose, elbow_cam_m: NDArray[Any] | None = None) -> JointAngles:
    """The angles of a pose of 21 joints; those of the wrist only where the elbow (3,), camera frame, is known."""
    mirror = MIRROR if pose.hand == "left" else np.ones(3)
    joints = pose.joints_cam_m * mirror
    elbow = None if elbow_cam_m is None else np.asarray(elbow_cam_m, dtype=np.float64) * mirror
    deviations = None if pose.joint_sd_mm is None else _deviations(joints, elbow, pose.joint_sd_mm / 1000)
    return JointAngles(np.degrees(angles_of(joints, elbow)), deviations)


def angles_of(joints_m: NDArray[Any], elbow_m: NDArray[Any] | None = None) -> NDArray[np.float64]:
    """Angles (..., 23), radians, of right hands (..., 21, 3); elbow_m: (..., 3)."""
    palm = palm_axes(joints_m)
    flat = flat_axes(palm)
    bones = bone_directions(joints_m)
    hinges = hinge_axes(palm, bones)
    proximal, outer, last = (bones[..., bone, :] for bone in range(3))
    first = angle_about(hinges, proximal, outer)
    second = angle_about(hinges, outer, last)
    x, y, z = np.moveaxis(proximal[..., :_THUMB, :] @ np.swapaxes(flat, -1, -2), -1, 0)
    flexion, abduction = np.arctan2(z, y), _ABDUCTION_SIGNS * np.arctan2(x, np.hypot(y, z))
    fingers = np.stack([flexion, abduction, first[..., :_THUMB], second[..., :_THUMB]], axis=-1)
    return np.concatenate(
        [
            fingers.reshape(*fingers.shape[:-2], -1),
            _thumb_base(joints_m, flat, proximal[..., _THUMB, :]),
            np.stack([first[..., _THUMB], second[..., _THUMB]], axis=-1),
            _wrist(joints_m, flat, elbow_m),
        ],
        axis=-1,
    )


def _thumb_base(joints_m: NDArray[Any], flat: NDArray[Any], metacarpal: NDArray[Any]) -> NDArray[np.float64]:
    """Radial abduction, palmar abduction and opposition (..., 3)."""
    cmc, tip = DIGITS[_THUMB, 0], DIGITS[_THUMB, -1]
    index = joints_m[..., FINGER_MCPS[0], :] - joints_m[..., WRIST, :]
    reach = joints_m[..., tip, :] - joints_m[..., cmc, :]
    x, y, z = _along(flat, metacarpal)
    index_x, index_y, _ = _along(flat, index)
    reach_x, _, reach_z = _along(flat, reach)
    radial = np.arctan2(x, y) - np.arctan2(index_x, index_y)
    return np.stack([radial, np.arctan2(z, np.hypot(x, y)), np.arctan2(reach_z, reach_x)], axis=-1)


def _wrist(joints_m: NDArray[Any], flat: NDArray[Any], elbow_m: NDArray[Any] | None) -> NDArray[np.float64]:
    """Flexion and radial deviation (..., 2), NaN without an elbow."""
    if elbow_m is None:
        return np.full((*joints_m.shape[:-2], 2), np.nan)
    x, y, z = _along(flat, unit(joints_m[..., WRIST, :] - elbow_m))
    return np.stack([np.arctan2(-z, y), np.arctan2(-x, np.hypot(y, z))], axis=-1)


def _along(axes: NDArray[Any], vectors: NDArray[Any]) -> NDArray[np.float64]:
    """Components (3, ...) of `vectors` (..., 3) along axes (..., 3, 3)."""
    components: NDArray[np.float64] = np.moveaxis((axes @ vectors[..., None])[..., 0], -1, 0)
    return components


def _deviations(joints_m: NDArray[Any], elbow_m: NDArray[Any] | None, sd_m: NDArray[Any]) -> NDArray[np.float64]:
    """Standard deviations (23,), degrees, of one hand (21, 3) whose joints have sd_m (21,) along each axis.

        variance of an angle = factor^2 * sum over joints and axes of (slope of the angle by the coordinate)^2 sd^2

    The sum takes the errors of joints for independent of each other; the factor is of the kind of angle, because they
    are not (angle_sd.py). The elbow counts as exact.
    """
    steps = _STEP_M * np.eye(joints_m.size).reshape(-1, *joints_m.shape)
    rise = angles_of(joints_m + steps, elbow_m) - angles_of(joints_m - steps, elbow_m)
    rise = (rise + np.pi) % (2 * np.pi) - np.pi  # across the seam of the circle
    variances = np.repeat(sd_m**2, 3) @ (rise / (2 * _STEP_M)) ** 2
    deviations: NDArray[np.float64] = np.minimum(np.degrees(np.sqrt(variances)), LARGEST_SD_DEG) * _FACTORS
    return deviations
