"""Hand poses as joint angles, drawn at random without interpenetration."""

from __future__ import annotations

from collections.abc import Callable

import numba
import numpy as np
from numpy.typing import NDArray

from models.core.skeleton import HAND
from models.data.synthetic.touching import touching
from models.rendering.gestures import CURLED, GESTURES, SPREAD, STRAIGHT, THUMB_OUT, THUMB_OVER, TOGETHER, gesture
from models.rendering.limits import ABDUCT, DIP, EASY, FLEX, FULL, PIP, THUMB, WRIST, clipped
from models.rendering.rig import ANGLES, FINGERS, REFERENCE_LENGTH_M, Hand, PosedHand

_THUMB_AWAY_DEG = np.array([(-45, 12), (12, 55), (-20, 20), (-15, 25), (-30, 35)]).T
_THUMB_ALONG_INDEX_DEG = np.array([(12, 55), (5, 60), (-35, 15), (-5, 40), (-30, 25)]).T


def random_angles(rng: np.random.Generator) -> NDArray[np.float64]:
    """Angles (24,) over the range of a hand at ease: fingers that curl partly together, each with its own will."""
    together = rng.beta(0.9, 1.1)
    angles = np.empty(len(ANGLES))
    for f in range(len(FINGERS)):
        curl = 0.55 * together + 0.45 * rng.beta(0.7, 0.9) if rng.random() < 0.7 else rng.random()
        if rng.random() < 0.15:
            curl = rng.choice([0.02, 0.95])
        mcp, pip = np.clip(curl + rng.normal(0, [0.16, 0.18]), 0, 1)
        if rng.random() < 0.12:
            mcp, pip = rng.random(2)
        angles[FLEX[f]], angles[PIP[f]] = np.radians(-15 + 105 * mcp), np.radians(105 * pip)
        angles[DIP[f]] = 0.55 * angles[PIP[f]] + np.radians(rng.normal(0, 7))
        angles[ABDUCT[f]] = rng.uniform(*EASY[:, ABDUCT[f]])
    if rng.random() < 0.3:  # fingers side by side
        angles[ABDUCT] = np.radians(TOGETHER + rng.normal(0, 2, len(FINGERS)))
    angles[THUMB] = rng.uniform(*EASY[:, THUMB])
    return angles


def random_wrist(rng: np.random.Generator) -> NDArray[np.float64]:
    """Wrist flexion, deviation and forearm twist (3,), radians: mostly near straight."""
    return np.clip(rng.normal(0, np.radians([25, 10, 30])), *EASY[:, WRIST])


def bent_wrist(rng: np.random.Generator) -> NDArray[np.float64]:
    """Wrist angles (3,), radians: half of them anywhere within the limits, half on the dart thrower's path.

    On that path, from bent back and to the thumb to flexed and to the little finger, wrists turn most easily (Crisco et
    al., "In vivo radiocarpal kinematics and the dart thrower's motion", 2005).
    """
    wrist = rng.uniform(*FULL[:, WRIST])
    if rng.random() < 0.5:
        wrist[:2] = rng.uniform(-1, 1) * np.radians([70, 40]) + rng.normal(0, np.radians([10, 8]))
    return wrist


def thumb_beside_palm(rng: np.random.Generator) -> NDArray[np.float64]:
    """Five thumb angles, radians, in the palm's plane or behind it: stretched away, or drawn in along the index."""
    if rng.random() < 0.6:
        return np.radians(rng.uniform(*_THUMB_AWAY_DEG))
    least, largest = _THUMB_ALONG_INDEX_DEG
    share = rng.random(len(THUMB))
    share[1] *= 1 - 0.6 * share[0]  # the further in, the less it can lift off the palm's plane
    return np.radians(least + share * (largest - least))


def stretched(angles: NDArray, rng: np.random.Generator) -> NDArray[np.float64]:
    """Angles (24,) with, at random: the thumb beside the palm, fingers bent back, fingers or the little one spread."""
    angles = angles.copy()
    if rng.random() < 0.45:
        angles[THUMB] = thumb_beside_palm(rng)
    if rng.random() < 0.3:
        angles[FLEX] -= np.radians(rng.uniform(0, 30))
        angles[PIP] += np.radians(rng.uniform(0, 25))
    if rng.random() < 0.3:
        angles[ABDUCT] *= rng.uniform(1, 2.4)
    if rng.random() < 0.3:
        angles[ABDUCT[-1]] -= np.radians(rng.uniform(0, 20))
    return angles


def signalled(rng: np.random.Generator) -> NDArray[np.float64]:
    """Angles (24,) of a hand that shows something: each finger straight or curled, a third of them fists."""
    is_straight = np.zeros(len(FINGERS), dtype=bool) if rng.random() < 0.35 else rng.random(len(FINGERS)) < 0.5
    index, middle, ring, little = (STRAIGHT if straight else CURLED for straight in is_straight)
    kind = rng.random()
    thumb = THUMB_OVER if kind < 0.8 else THUMB_OUT
    angles = gesture(index, middle, ring, little, thumb, SPREAD if rng.random() < 0.3 else TOGETHER)
    if kind < 0.6:
        angles[THUMB] = thumb_beside_palm(rng)
    if rng.random() < 0.5:  # not all close their hands to the end
        angles[[FLEX, PIP, DIP]] *= rng.uniform(0.75, 1, (3, 1))
    return angles + rng.normal(0, np.radians(6), len(ANGLES))


def easy_angles(rng: np.random.Generator) -> NDArray[np.float64]:
    """Angles (24,), about those of a hand at ease: a third over the whole range, the others gestures or two mixed."""
    kind = rng.random()
    if kind < 0.35:
        angles = random_angles(rng)
    else:
        names = rng.choice(list(GESTURES), size=2)
        mix = 0.0 if kind < 0.7 else rng.random()
        angles = (1 - mix) * GESTURES[names[0]] + mix * GESTURES[names[1]]
        if rng.random() < 0.4:  # a fist may have its thumb anywhere, and so may other gestures
            thumb, weight = GESTURES[rng.choice(list(GESTURES))][THUMB], rng.random()
            angles[THUMB] = (1 - weight) * thumb + weight * rng.uniform(*EASY[:, THUMB])
        angles = angles + rng.normal(0, np.radians(7), len(ANGLES))
    angles[WRIST] = random_wrist(rng)
    return angles


def sample_angles(rng: np.random.Generator, stretch: bool = True) -> NDArray[np.float64]:
    """Angles (24,) within the limits: signs, thumbs that touch a finger, and mostly hands at ease, some stretched out.

    Without `stretch` hands at ease are all.
    """
    if not stretch:
        return clipped(easy_angles(rng), EASY)
    kind = rng.random()
    if kind < 0.18:
        angles = signalled(rng)
    elif kind < 0.34:
        angles = touching(easy_angles(rng), rng)
    else:
        angles = stretched(easy_angles(rng), rng)
    is_bent = rng.random() < (0.6 if kind < 0.18 else 0.35)
    angles[WRIST] = bent_wrist(rng) if is_bent else random_wrist(rng)
    return clipped(angles)


DrawAngles = Callable[[np.random.Generator], NDArray[np.float64]]
"""Draws angles (24,) of a pose, radians, within the limits."""

_SEGMENTS = np.array([bone for bone in HAND.bones if bone != (0, 17)], dtype=np.int64)
_RADII_M = np.array([0.009 if a == 0 else (0.0085 if a >= 17 else 0.0075) for a, _ in _SEGMENTS])
_OVERLAP = 0.62
"""Share of two radii that finger axes must keep apart: flesh gives way, and a fist's fingers touch the palm."""


@numba.njit(cache=True, nogil=True)
def _dot(a, b):
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]  # numba's np.dot would need SciPy


@numba.njit(cache=True, nogil=True)
def _segment_distance(p0, p1, q0, q1):
    """Smallest distance of two line segments (Ericson, "Real-Time Collision Detection", 5.1.9)."""
    d1, d2, r = p1 - p0, q1 - q0, p0 - q0
    a, e, f = _dot(d1, d1), _dot(d2, d2), _dot(d2, r)
    b, c = _dot(d1, d2), _dot(d1, r)
    denominator = a * e - b * b
    s = min(max((b * f - c * e) / denominator, 0.0), 1.0) if denominator > 1e-14 else 0.0
    t = (b * s + f) / e
    if t < 0.0:
        t, s = 0.0, min(max(-c / a, 0.0), 1.0)
    elif t > 1.0:
        t, s = 1.0, min(max((b - c) / a, 0.0), 1.0)
    gap = r + s * d1 - t * d2
    return np.sqrt(_dot(gap, gap))


@numba.njit(cache=True, nogil=True)
def _any_overlap(joints, segments, radii, share):
    for i in range(len(segments)):
        a, b = segments[i]
        for j in range(i + 1, len(segments)):
            c, d = segments[j]
            same_finger = (max(a, b) - 1) // 4 == (max(c, d) - 1) // 4
            both_palm = a == 0 and c == 0
            touches_palm = (a == 0 and (c - 1) % 4 == 0) or (c == 0 and (a - 1) % 4 == 0)
            if same_finger or both_palm or touches_palm:
                continue  # joined by anatomy
            if _segment_distance(joints[a], joints[b], joints[c], joints[d]) < share * (radii[i] + radii[j]):
                return True
    return False


def interpenetrates(joints_m: NDArray, hand_length_m: float) -> bool:
    """Whether fingers of a hand (21, 3) cut through each other or the palm: capsules around the bones overlap much."""
    radii = _RADII_M * (hand_length_m / REFERENCE_LENGTH_M)
    return bool(_any_overlap(np.ascontiguousarray(joints_m, dtype=np.float64), _SEGMENTS, radii, _OVERLAP))


def sample_pose(
    hand: Hand, hand_length_m: float, rng: np.random.Generator, draw: DrawAngles = sample_angles
) -> PosedHand:
    """A pose of `hand` as `draw` gives it, without interpenetration; after twenty rejections the open hand."""
    for _ in range(20):
        posed = hand.pose(draw(rng))
        if not interpenetrates(posed.joints_hand_m, hand_length_m):
            return posed
    return hand.pose(GESTURES["open"])


def rejected_share(hand: Hand, hand_length_m: float, rng: np.random.Generator, count: int = 500) -> float:
    """Share of raw samples that `sample_pose` would reject."""
    joints = (hand.pose(sample_angles(rng)).joints_hand_m for _ in range(count))
    return float(np.mean([interpenetrates(j, hand_length_m) for j in joints]))
