"""The 26 joints of OpenXR (XR_EXT_hand_tracking) from the 21 of a pose: names, places, frames and radii.

A joint's frame is right-handed on both hands: -Z along its bone towards the tip (a tip has that of its last bone), +Y
out of the back of the hand, +X to its right. It is given in the camera frame, as the rotation that takes the joint's
axes there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.core.camera import MIRROR
from models.core.hand_state.anatomy import DIGITS, bone_directions, hinge_axes, palm_axes
from models.core.hand_state.rotations import across, quaternions, unit
from models.core.skeleton import FINGER_MCPS, FINGERS, WRIST, bone_sum
from models.core.types import Pose, frozen_array

_FINGER_PARTS = ("metacarpal", "proximal", "intermediate", "distal", "tip")
_THUMB_PARTS = ("metacarpal", "proximal", "distal", "tip")
JOINTS: tuple[str, ...] = (
    "palm",
    "wrist",
    *(f"thumb_{part}" for part in _THUMB_PARTS),
    *(f"{finger}_{part}" for finger in FINGERS[:4] for part in _FINGER_PARTS),
)
"""In the order of XrHandJointEXT, whose names are these in capitals: XR_HAND_JOINT_INDEX_TIP_EXT."""
PALM = 0
OF_POSE = np.array([1, *(6 + 5 * finger + part for finger in range(4) for part in range(1, 5)), 2, 3, 4, 5])
"""Where each joint of HAND.joints is among JOINTS."""

# Where a metacarpal begins on the line from the wrist to its knuckle: 1 - length of the metacarpal / that of the line.
# Lengths: Buryanov and Kotiuk, "Proportions of hand segments", Int. J. Morphology 28(3), 2010.
_METACARPAL_START = np.array([0.26, 0.26, 0.33, 0.40])
# Distance from joint to skin over the sum of all bones of the hand, of the mean rig with straight fingers.
_RADIUS = np.array(
    [0.0169, 0.0226, 0.0095, 0.0108, 0.0063, 0.0045]
    + [0.0234, 0.0139, 0.0091, 0.0077, 0.0038, 0.0228, 0.0139, 0.0087, 0.0072, 0.0026]
    + [0.0217, 0.0136, 0.0081, 0.0067, 0.0037, 0.0197, 0.0095, 0.0068, 0.0056, 0.0028]
)


@dataclass(frozen=True, slots=True, eq=False)  # arrays inside: compared by identity
class OpenXrHand:
    """Joints in the order of JOINTS, in the camera frame.

    positions_m: (26, 3) metres. rotations: (26, 4) quaternions (x, y, z, w). radii_m: (26,) from joint to skin.
    """

    positions_m: NDArray[np.float64]
    rotations: NDArray[np.float64]
    radii_m: NDArray[np.float64]

    def __post_init__(self) -> None:
        for name, shape in (("positions_m", (26, 3)), ("rotations", (26, 4)), ("radii_m", (26,))):
            object.__setattr__(self, name, frozen_array(getattr(self, name), np.float64, shape, name))


def openxr_hand(pose: Pose) -> OpenXrHand:
    """The joints of OpenXR of a pose of 21 joints."""
    mirror = MIRROR if pose.hand == "left" else np.ones(3)
    joints = pose.joints_cam_m * mirror
    starts = joints[WRIST] + _METACARPAL_START[:, None] * (joints[[*FINGER_MCPS]] - joints[WRIST])
    fingers = np.concatenate([starts[:, None], joints[DIGITS[:4]]], axis=1)  # (4, 5, 3)
    palm = fingers[1, :2].mean(axis=0)  # the middle of the middle finger's metacarpal
    positions = np.concatenate([[palm, joints[WRIST]], joints[DIGITS[4]], fingers.reshape(-1, 3)])
    # Turning all that is mirrored back about x = 0 makes right-handed frames right-handed ones again.
    frames = _frames(joints, starts) * mirror[:, None] * mirror[None, :]
    return OpenXrHand(positions * mirror, quaternions(frames), bone_sum(joints) * _RADIUS)


def _frames(joints: NDArray[np.float64], starts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rotations (26, 3, 3) of a right hand, axes in columns; starts: (4, 3) of the fingers' metacarpals."""
    palm = palm_axes(joints)
    bones = bone_directions(joints)
    hinges = hinge_axes(palm, bones)
    metacarpals = unit(joints[[*FINGER_MCPS]] - starts)
    forward, right = [palm[1], palm[1]], [palm[0], palm[0]]
    forward += [*bones[4], bones[4, 2]]
    right += [hinges[4]] * 4
    for finger in range(4):
        forward += [metacarpals[finger], *bones[finger], bones[finger, 2]]
        right += [palm[0], *[hinges[finger]] * 4]
    z = -np.array(forward)
    x = -across(np.array(right), z)
    return np.stack([x, np.cross(z, x), z], axis=-1)
