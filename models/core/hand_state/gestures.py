"""A name for what the hand shows, from the shape of the hand alone, whichever way it points.

A gesture is as well met as the worst of its conditions, each from 0 to 1 (`scores`). One that is met by 0.6 is taken;
it is kept until it is met by less than 0.4, or another one by 0.2 more.
"""

from __future__ import annotations

from enum import Enum

import numpy as np

from models.core.hand_state.angles import ANGLE, JointAngles
from models.core.hand_state.grips import Grips

TAKEN, KEPT, BETTER = 0.6, 0.4, 0.2


class Gesture(Enum):
    """What a hand shows; NONE for everything else."""

    OPEN = "open"
    FIST = "fist"
    POINT = "point"
    PINCH = "pinch"
    THUMB_UP = "thumb up"
    VICTORY = "victory"
    NONE = "none"


def scores(angles: JointAngles, grips: Grips) -> dict[Gesture, float]:
    """How well each gesture but NONE is met, 0 .. 1.

    A finger is straight below a curl of 0.15 and not above 0.4; bent from 0.8 on and not below 0.5. The thumb is beside
    the palm below 45 degrees of opposition and not above 75, away from the fingers below 80 and not above 110. Pinched
    is a pinch from 0.95 on and not below 0.75, with an index finger that is not curled up (0.7 to 1).
    """
    opposition = float(angles.degrees[ANGLE["thumb_opposition"]])
    straight = [_rise(curl, 0.4, 0.15) for curl in grips.curls]
    bent = [_rise(curl, 0.5, 0.8) for curl in grips.curls]
    beside = _rise(opposition, 75, 45)
    return {
        Gesture.OPEN: min(*straight, _rise(opposition, 110, 80)),
        Gesture.FIST: min(*bent, 1 - beside),
        Gesture.POINT: min(straight[0], *bent[1:]),
        Gesture.PINCH: min(_rise(grips.pinch, 0.75, 0.95), 1 - _rise(grips.curls[0], 0.7, 1.0)),
        Gesture.THUMB_UP: min(*bent, beside),
        Gesture.VICTORY: min(*straight[:2], *bent[2:], 1 - beside),
    }


def next_gesture(before: Gesture, met: dict[Gesture, float]) -> Gesture:
    """The gesture now, by that of the frame before and how well each is met."""
    best = max(met, key=lambda gesture: met[gesture])
    kept = met.get(before, 0.0)
    if kept >= KEPT and met[best] < kept + BETTER:
        return before
    return best if met[best] >= TAKEN else Gesture.NONE


def _rise(value: float, none: float, full: float) -> float:
    """0 at `none`, 1 at `full`, linear between and held beyond; either may be the larger."""
    return float(np.clip((value - none) / (full - none), 0, 1))
