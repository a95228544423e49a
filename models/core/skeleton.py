"""Joint names, bones and colours of the hand (21 joints, MSRA order) and the body (15 joints, ITOP order)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

RGB = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Skeleton:
    """joints: names in order. bones: (parent, child) joint indices. groups: one colour group index a joint.

    colors: RGB in 0..1, one a group.
    """

    name: str
    joints: tuple[str, ...]
    bones: tuple[tuple[int, int], ...]
    groups: tuple[int, ...]
    colors: tuple[RGB, ...]

    def joint_color(self, joint: int) -> RGB:
        """Colour of a joint; a bone takes the colour of its child."""
        return self.colors[self.groups[joint]]


FINGERS = ("index", "middle", "ring", "little", "thumb")
_FINGER_PARTS = ("mcp", "pip", "dip", "tip")
_THUMB_PARTS = ("cmc", "mcp", "ip", "tip")
_PALM_COLOR: RGB = (0.85, 0.85, 0.85)
_FINGER_COLORS: tuple[RGB, ...] = (
    (0.12, 0.47, 0.95),
    (0.10, 0.75, 0.40),
    (0.98, 0.75, 0.10),
    (0.93, 0.35, 0.60),
    (0.95, 0.40, 0.13),
)


def _hand() -> Skeleton:
    joints, bones, groups = ["wrist"], [], [0]
    for group, finger in enumerate(FINGERS, start=1):
        parent = 0
        for part in _THUMB_PARTS if finger == "thumb" else _FINGER_PARTS:
            bones.append((parent, len(joints)))
            parent = len(joints)
            joints.append(f"{finger}_{part}")
            groups.append(group)
    return Skeleton("hand", tuple(joints), tuple(bones), tuple(groups), (_PALM_COLOR, *_FINGER_COLORS))


HAND = _hand()
WRIST = 0
FINGER_MCPS = (1, 5, 9, 13)
WITHOUT_WRIST = [joint for joint in range(len(HAND.joints)) if joint != WRIST]
"""The joints that data sets agree on; some place the wrist inside the palm."""

BODY = Skeleton(
    name="body",
    joints=(
        "head", "neck", "right_shoulder", "left_shoulder", "right_elbow", "left_elbow", "right_hand", "left_hand",
        "torso", "right_hip", "left_hip", "right_knee", "left_knee", "right_foot", "left_foot",
    ),
    bones=(
        (1, 0), (1, 2), (1, 3), (2, 4), (3, 5), (4, 6), (5, 7), (1, 8), (8, 9), (8, 10), (9, 11), (10, 12),
        (11, 13), (12, 14),
    ),
    groups=(0, 0, 1, 2, 1, 2, 1, 2, 0, 3, 4, 3, 4, 3, 4),
    colors=(_PALM_COLOR, *_FINGER_COLORS[:4]),
)  # fmt: skip


def bone_lengths(joints: NDArray[Any], bones: Sequence[tuple[int, int]]) -> NDArray[np.float64]:
    """Lengths (..., B) of bones, (parent, child) pairs of indices, of joints (..., J, 3), in their unit."""
    parents, children = np.array(bones).T
    lengths: NDArray[np.float64] = np.linalg.norm(joints[..., children, :] - joints[..., parents, :], axis=-1)
    return lengths


def bone_sum(joints: NDArray[Any]) -> float:
    """The sum of all bone lengths of a hand's joints (21, 3), in their unit: its size, the same in every pose."""
    return float(bone_lengths(np.asarray(joints, dtype=np.float64), HAND.bones).sum())


def hand_reference_point(joints_cam_m: NDArray[Any]) -> NDArray[np.float64]:
    """Reference point of hands (..., 21, 3) -> (..., 3): the mean of the wrist and the four finger MCPs.

    It lies on the palm, a fifth of the way from the knuckles to the wrist, so that a cube around it holds both the
    wrist and the tips of straight fingers.
    """
    joints = np.asarray(joints_cam_m, dtype=np.float64)
    point: NDArray[np.float64] = joints[..., (WRIST, *FINGER_MCPS), :].mean(axis=-2)
    return point


def joints_center(joints_cam_m: NDArray[Any]) -> NDArray[np.float64]:
    """The mean (..., 3) of all joints (..., J, 3): the reference point of the paper, for any skeleton."""
    center: NDArray[np.float64] = np.asarray(joints_cam_m, dtype=np.float64).mean(axis=-2)
    return center


ReferencePoint = Callable[[NDArray[Any]], NDArray[np.float64]]
"""From joints (J, 3) to a point (3,)."""
REFERENCE_POINTS: dict[str, ReferencePoint] = {
    "palm": hand_reference_point,
    "joint mean": joints_center,
}
"""Where a network's cube is centred, by the name in its card."""


def palm_axes(joints_cam_m: NDArray[Any]) -> NDArray[np.float64]:
    """Unit axes (..., 3, 3), in rows, of right hands (..., 21, 3): to the thumb, to the fingers, out of the palm.

    They come from index, little and mean finger MCPs and the wrist; no joint beyond the palm matters.
    """
    joints = np.asarray(joints_cam_m, dtype=np.float64)
    fingers = joints[..., FINGER_MCPS, :].mean(axis=-2) - joints[..., WRIST, :]
    y = fingers / np.linalg.norm(fingers, axis=-1, keepdims=True)
    across = joints[..., FINGER_MCPS[0], :] - joints[..., FINGER_MCPS[3], :]
    x = across - (across * y).sum(axis=-1, keepdims=True) * y
    x = x / np.linalg.norm(x, axis=-1, keepdims=True)
    return np.stack([x, y, np.cross(x, y)], axis=-2)
