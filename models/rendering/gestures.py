"""Named poses of a hand as joint angles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.rendering.limits import ABDUCT, DIP, FLEX, PIP, THUMB
from models.rendering.rig import ANGLES

Degrees = tuple[float, ...]

STRAIGHT, CURLED, _HALF, _SLIGHT = (0, 5, 4), (86, 103, 68), (35, 45, 25), (15, 18, 10)
THUMB_OUT, THUMB_OVER = (-8, 0, 0, 0, -5), (-8, -44, -5, 30, 42)
SPREAD, TOGETHER = (14, 3, -8, -20), (2, 0, -2, -5)


def gesture(
    index: Degrees, middle: Degrees, ring: Degrees, little: Degrees, thumb: Degrees, abduct: Degrees = TOGETHER
) -> NDArray[np.float64]:
    """Angles (24,), radians, from (MCP, PIP, DIP) a finger, five thumb angles and four abductions."""
    angles = np.zeros(len(ANGLES))
    for f, bends in enumerate((index, middle, ring, little)):
        angles[[FLEX[f], PIP[f], DIP[f]]] = bends
    angles[ABDUCT], angles[THUMB] = abduct, thumb
    return np.radians(angles)


GESTURES: dict[str, NDArray[np.float64]] = {
    "open": gesture(STRAIGHT, STRAIGHT, STRAIGHT, STRAIGHT, THUMB_OUT),
    "fist": gesture(CURLED, CURLED, CURLED, CURLED, THUMB_OVER),
    "point": gesture(STRAIGHT, CURLED, CURLED, CURLED, THUMB_OVER),
    "victory": gesture(STRAIGHT, STRAIGHT, CURLED, CURLED, THUMB_OVER, (14, -8, -4, -5)),
    "pinch": gesture((48, 52, 30), (30, 35, 18), (20, 30, 15), (15, 25, 12), (-8, -33, 5, 34, 25)),
    "pinch_middle": gesture(_SLIGHT, (61, 53, 30), _SLIGHT, _SLIGHT, (34, -22, 37, 3, 39)),
    "pinch_ring": gesture(_SLIGHT, _SLIGHT, (74, 50, 27), _SLIGHT, (32, -40, 25, 12, 9)),
    "pinch_little": gesture(_SLIGHT, _SLIGHT, _SLIGHT, (77, 41, 26), (38, -16, 39, 30, 19)),
    "ok": gesture((51, 66, 23), STRAIGHT, STRAIGHT, STRAIGHT, (7, -20, 25, 39, 28), SPREAD),
    "thumbs_up": gesture(CURLED, CURLED, CURLED, CURLED, (-22, 6, 5, -5, -12)),
    "three": gesture(STRAIGHT, STRAIGHT, CURLED, CURLED, THUMB_OUT, (12, -4, -4, -5)),
    "scout": gesture(STRAIGHT, STRAIGHT, STRAIGHT, CURLED, THUMB_OVER, (10, 1, -8, -5)),
    "four": gesture(STRAIGHT, STRAIGHT, STRAIGHT, STRAIGHT, (20, -32, 13, 29, 39), SPREAD),
    "five": gesture(STRAIGHT, STRAIGHT, STRAIGHT, STRAIGHT, (-22, 7, 0, -5, -12), SPREAD),
    "claw": gesture((15, 75, 45), (15, 75, 45), (15, 75, 45), (15, 75, 45), (1, -20, 14, 0, 50), SPREAD),
    "relaxed": gesture(_HALF, _HALF, (40, 50, 28), (42, 50, 28), (-2, -13, 16, 17, 21)),
    "gun": gesture(STRAIGHT, CURLED, CURLED, CURLED, (-16, 6, 0, -5, -12)),
    "horns": gesture(STRAIGHT, CURLED, CURLED, STRAIGHT, THUMB_OVER, (6, 0, -2, -14)),
    "hook": gesture((5, 90, 55), (5, 90, 55), (5, 90, 55), (5, 90, 55), THUMB_OUT),
    "flat_bent": gesture((75, 8, 5), (75, 8, 5), (75, 8, 5), (75, 8, 5), (-14, -11, 15, 30, 0)),
}
"""Angles (24,) by name; counting one to five is point, victory, three, four, five."""
