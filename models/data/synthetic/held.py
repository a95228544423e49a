"""Hands as people hold them before a camera: views from behind, pointing hands, fists and half-open hands."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.data.synthetic.views import random_rotation
from models.rendering.gestures import GESTURES
from models.rendering.limits import ABDUCT, DIP, FLEX, PIP, THUMB
from models.rendering.rig import ANGLES, FINGERS
from models.rendering.scene import TO_CAMERA, euler

_STEEPNESS_DEG = 42.0
"""Standard deviation of how steeply fingers point away from the camera or towards it."""
_AWAY = 0.66
"""Share of hands that point away from the camera: most real ones do, before a screen and seen from the own head."""
_THUMBS = (
    np.array([(-8, 0), (-55, -30), (-25, 15), (10, 40), (20, 55)], dtype=float).T,  # over the curled fingers
    np.array([(10, 40), (-45, -15), (-10, 40), (20, 50), (10, 60)], dtype=float).T,  # tucked below them
    np.array([(12, 50), (-10, 30), (-30, 15), (-5, 35), (-20, 30)], dtype=float).T,  # along the index finger
    np.array([(-30, 5), (-10, 20), (-10, 15), (-10, 20), (-15, 25)], dtype=float).T,  # away
)
"""Least and largest of the five thumb angles, degrees."""


def held_view(rng: np.random.Generator) -> NDArray[np.float64]:
    """How a hand is held to a camera: a rotation (3, 3) that turns the hand frame into the camera frame.

    Palm, back and edge; fingers away from the camera more often than towards it; a fifth of them in any way at all.
    """
    if rng.random() < 0.2:
        return random_rotation(rng)
    pitch = abs(rng.normal(0, np.radians(_STEEPNESS_DEG))) * (-1 if rng.random() < _AWAY else 1)
    yaw = rng.choice([0.0, 0.5, 1.0, 1.5], p=[0.36, 0.1, 0.44, 0.1]) * np.pi + rng.normal(0, np.radians(28))
    roll = rng.normal(0, np.radians(35)) if rng.random() < 0.75 else rng.uniform(-np.pi, np.pi)
    return euler(pitch, 0, roll) @ euler(0, yaw, 0) @ TO_CAMERA


def held_angles(rng: np.random.Generator) -> NDArray[np.float64]:
    """Angles (24,) of a hand that points with one or two fingers, of a fist, or of one between open and closed."""
    kind = rng.random()
    if kind < 0.3:  # half-open: all fingers about alike, or from the little finger on less and less
        angles = _curled(rng.uniform(0.25, 0.9) + np.linspace(0, rng.normal(0, 0.25), len(FINGERS)), rng)
    else:
        angles = _curled(np.full(len(FINGERS), rng.uniform(0.65, 1.0)), rng)
    if kind >= 0.5:  # points, mostly with the index finger
        fingers = [int(rng.choice(len(FINGERS), p=[0.64, 0.16, 0.06, 0.14]))]
        if rng.random() < 0.15:
            fingers.append((fingers[0] + 1) % len(FINGERS))
        bend = rng.beta(1, 5)
        for finger in fingers:
            angles[FLEX[finger]] = np.radians(rng.uniform(-20, 40))
            angles[[PIP[finger], DIP[finger]]] = np.radians([60 * bend, 40 * bend])
    least, largest = _THUMBS[rng.integers(len(_THUMBS))]
    angles[THUMB] = np.radians(rng.uniform(least, largest))
    return angles + rng.normal(0, np.radians(4), len(ANGLES))


def _curled(share: NDArray, rng: np.random.Generator) -> NDArray[np.float64]:
    """Angles (24,) of fingers that are closed by `share` (4,), 0 open and 1 a fist, each a little by its own will."""
    closed, fist = np.clip(share + rng.normal(0, 0.07, len(FINGERS)), 0, 1), GESTURES["fist"]
    angles = GESTURES["open"].copy()
    for f, amount in enumerate(closed):
        of_finger = [FLEX[f], PIP[f], DIP[f], ABDUCT[f]]
        angles[of_finger] += amount * (fist[of_finger] - angles[of_finger])
        # a knuckle may stay open while the finger closes, and the other way round
        angles[FLEX[f]] *= rng.uniform(0.6, 1.1)
    return angles
