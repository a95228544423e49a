"""A right hand closed around a cylinder, as one holds a can or a bottle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.core.skeleton import FINGER_MCPS, HAND
from models.rendering.limits import ABDUCT, DIP, EASY, FLEX, PIP, THUMB, WRIST, clipped
from models.rendering.rig import ANGLES, Hand, PosedHand

_STEPS = 14
_THUMBS = 40
_PALM_M, _FINGER_M = 0.016, 0.009
"""Flesh between a thing that is held and the joints of the palm and of the fingers."""
_PIPS, _DIPS, _TIPS = (
    np.array([HAND.joints.index(f"{finger}_{part}") for finger in ("index", "middle", "ring", "little")])
    for part in ("pip", "dip", "tip")
)
_THUMB_ENDS = [HAND.joints.index(f"thumb_{part}") for part in ("ip", "tip")]


@dataclass(frozen=True, slots=True)
class Cylinder:
    """center: a point (3,) of the axis; axis: its direction (3,), length 1. Hand frame, metres."""

    center: NDArray[np.float64]
    axis: NDArray[np.float64]
    radius: float

    def distance(self, points: NDArray) -> NDArray[np.float64]:
        """How far points (N, 3) lie off the axis."""
        away = points - self.center
        off: NDArray[np.float64] = np.linalg.norm(away - (away @ self.axis)[:, None] * self.axis, axis=1)
        return off


def grasp(hand: Hand, radius: float, rng: np.random.Generator) -> tuple[PosedHand, Cylinder]:
    """The hand around a cylinder that lies across its palm, a little slanted, and where the cylinder is."""
    angles = np.zeros(len(ANGLES))
    angles[ABDUCT] = np.radians([4, 0, -4, -9]) + rng.normal(0, np.radians(3), 4)
    angles[WRIST] = np.radians([rng.normal(-10, 12), rng.normal(0, 8), rng.normal(0, 15)])
    knuckles = hand.pose(angles).joints_hand_m[list(FINGER_MCPS)].mean(axis=0)
    slant = np.radians(rng.normal(12, 10))
    axis = np.array([np.cos(slant), np.sin(slant), 0.0])
    held = Cylinder(knuckles + [0, rng.normal(-0.010, 0.006), _PALM_M + radius], axis, radius)
    _close_fingers(hand, held, angles)
    angles[THUMB] = _closed_thumb(hand, held, angles, rng)
    return hand.pose(clipped(angles + rng.normal(0, np.radians(2.5), len(ANGLES)))), held


def _close_fingers(hand: Hand, held: Cylinder, angles: NDArray) -> None:
    """Bend each finger, knuckle by knuckle, until the next joint touches; changes `angles` (24,) in place."""
    for bends, next_joints in ((FLEX, _PIPS), (PIP, _DIPS), (DIP, _TIPS)):
        ways = np.linspace(0, EASY[1, bends], _STEPS)  # (steps, fingers)
        off = []
        for way in ways:
            angles[bends] = way
            off.append(held.distance(hand.pose(angles).joints_hand_m[next_joints]))
        gaps = np.stack(off) - held.radius - _FINGER_M
        touches = gaps <= 0
        step = np.where(touches.any(axis=0), touches.argmax(axis=0), gaps.argmin(axis=0))
        angles[bends] = ways[step, np.arange(len(step))]


def _closed_thumb(hand: Hand, held: Cylinder, angles: NDArray, rng: np.random.Generator) -> NDArray[np.float64]:
    """Of some random thumbs (5,) the one whose last two joints lie nearest to the surface, outside of it."""
    angles = angles.copy()
    least, largest = EASY[:, THUMB]
    thumbs = rng.uniform(least, largest, (_THUMBS, len(THUMB)))
    costs = []
    for thumb in thumbs:
        angles[THUMB] = thumb
        gaps = held.distance(hand.pose(angles).joints_hand_m[_THUMB_ENDS]) - held.radius - _FINGER_M
        costs.append(np.where(gaps < 0, -3 * gaps, gaps).sum())
    best: NDArray[np.float64] = thumbs[int(np.argmin(costs))]
    return best
