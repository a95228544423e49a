"""Thumbs that touch a finger: at its tip or its last joint.

Random angles hardly ever bring the two together, and a gesture's contact does not outlive the noise that is put on it.
So each thumb of some hundred random hands is paired with each finger of all of them, because thumb and fingers move
independently. Many of these pairs touch.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from models.core.skeleton import HAND
from models.rendering.limits import ABDUCT, DIP, EASY, FLEX, PIP, THUMB, clipped
from models.rendering.rig import ANGLES, FINGERS, REFERENCE_LENGTH_M, default_rig

_HANDS = 600
_CONTACT_M = (0.010, 0.017)
"""Between the axes of a thumb and a finger that touch: from flesh pressed flat to skin on skin."""
_THUMB_TIP = HAND.joints.index("thumb_tip")


def _bending_finger(rng: np.random.Generator, angles: NDArray, finger: int) -> None:
    angles[FLEX[finger]], angles[PIP[finger]] = np.radians(rng.uniform([-5, 0], [88, 100]))
    angles[DIP[finger]] = 0.5 * angles[PIP[finger]] + np.radians(rng.normal(0, 9))
    angles[ABDUCT[finger]] = rng.uniform(*EASY[:, ABDUCT[finger]])


@lru_cache(maxsize=1)
def _contacts() -> tuple[NDArray[np.float64], list[NDArray[np.int64]]]:
    """Angles (N, 24) of random hands; for each finger the pairs (M, 2) of whose thumb touches whose finger."""
    rng = np.random.default_rng(0)
    rig = default_rig()
    hand = rig.hand(np.zeros(rig.components), REFERENCE_LENGTH_M)
    angles = np.zeros((_HANDS, len(ANGLES)))
    for each in angles:
        for finger in range(len(FINGERS)):
            _bending_finger(rng, each, finger)
        each[THUMB] = rng.uniform(*EASY[:, THUMB])
        each[:] = clipped(each, EASY)
    joints = np.stack([hand.pose(each).joints_hand_m for each in angles])
    pairs = []
    for name in FINGERS:
        touched = [HAND.joints.index(f"{name}_{part}") for part in ("dip", "tip")]
        apart = np.linalg.norm(joints[:, None, None, _THUMB_TIP] - joints[None, :, touched], axis=3)  # (N, N, 2)
        nearest = apart.min(axis=2)
        pairs.append(np.argwhere((nearest > _CONTACT_M[0]) & (nearest < _CONTACT_M[1])))
    return angles, pairs


def touching(angles: NDArray, rng: np.random.Generator) -> NDArray[np.float64]:
    """Angles (24,) with the thumb and one finger changed so that they touch; the other fingers stay as they are."""
    hands, pairs = _contacts()
    finger = int(rng.integers(len(FINGERS)))
    thumb, bent = pairs[finger][rng.integers(len(pairs[finger]))]
    angles = angles.copy()
    angles[THUMB] = hands[thumb, THUMB]
    of_finger = [FLEX[finger], ABDUCT[finger], PIP[finger], DIP[finger]]
    angles[of_finger] = hands[bent, of_finger]
    return angles
