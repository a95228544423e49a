"""Fingers that keep out of one another and of the palm: capsules about bones, `ENDS`, that push each other away.

Where two capsules overlap, their axes go apart along the line where they are nearest. Deep overlaps count less: which
side a finger belongs to cannot be told there.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from app.tracking.fit.kinematics import slope
from app.tracking.fit.model import DIGITS, ENDS, PARTS, PHALANGES, POSE
from app.tracking.fit.terms import add


def _pairs() -> NDArray[np.int64]:
    """Which capsules (N, 2) are kept apart: those of two digits, and fingers' outer phalanges from the palm.

    First phalanges are joined by webs. The thumb's ball gives way in real hands, but not in the rig (`BALL_TRUST`).
    """
    pairs = []
    phalanges = [(digit, part) for digit in range(DIGITS) for part in range(PARTS)]
    for one, (digit, part) in enumerate(phalanges):
        for two, (other, second) in enumerate(phalanges):
            if digit < other and (part > 0 or second > 0):
                pairs.append((one, two))
        pairs += [(one, metacarpal) for metacarpal in range(PHALANGES, len(ENDS)) if digit > 0 and part > 0]
    return np.array(pairs)


PAIRS = _pairs()


@numba.njit(cache=True, nogil=True, error_model="numpy")
def nearest(p, a, b, c, d):
    """Where two segments come nearest: shares of the ways from p[a] to p[b] and p[c] to p[d] (Ericson 2005, 5.1.9)."""
    aa = ee = ff = bb = cc = 0.0
    for k in range(3):
        u, v, w = p[b, k] - p[a, k], p[d, k] - p[c, k], p[a, k] - p[c, k]
        aa += u * u
        ee += v * v
        ff += v * w
        bb += u * v
        cc += u * w
    aa, ee = max(aa, 1e-12), max(ee, 1e-12)
    below = aa * ee - bb * bb
    s = min(max((bb * ff - cc * ee) / below, 0.0), 1.0) if below > 1e-14 else 0.0
    t = (bb * s + ff) / ee
    if t < 0.0:
        return min(max(-cc / aa, 0.0), 1.0), 0.0
    if t > 1.0:
        return min(max((bb - cc) / aa, 0.0), 1.0), 1.0
    return s, t


@numba.njit(cache=True, nogil=True, error_model="numpy")
def add_apart(h, g, hand, posed, weights):
    """Capsules whose axes are nearer than `firm` of their radii, for flesh gives way, apart from each other.

    The shape (numbers from POSE on) does not give way.
    """
    places, row, one = posed.places, np.empty(len(g)), np.empty(len(g))
    first = len(posed.visible)
    joints = places[first:]
    variance = weights.apart_sd_m**2
    for k in range(PAIRS.shape[0]):
        i, j = PAIRS[k, 0], PAIRS[k, 1]
        a, b, c, d = ENDS[i, 0], ENDS[i, 1], ENDS[j, 0], ENDS[j, 1]
        least = (weights.firm if j < PHALANGES else weights.firm_palm) * (hand.radii[i] + hand.radii[j])
        s, t = nearest(joints, a, b, c, d)
        x = (1 - s) * joints[a, 0] + s * joints[b, 0] - (1 - t) * joints[c, 0] - t * joints[d, 0]
        y = (1 - s) * joints[a, 1] + s * joints[b, 1] - (1 - t) * joints[c, 1] - t * joints[d, 1]
        z = (1 - s) * joints[a, 2] + s * joints[b, 2] - (1 - t) * joints[c, 2] - t * joints[d, 2]
        squared = x * x + y * y + z * z
        if squared >= least * least or squared < 1e-12:
            continue
        far = np.sqrt(squared)
        row[:] = 0.0
        for joint, share in ((a, 1 - s), (b, s), (c, t - 1), (d, -t)):
            slope(first + joint, x / far, y / far, z / far, hand, posed, one)
            for m in range(POSE):
                row[m] += share * one[m]
        gap = least - far
        add(h, g, row, gap, 1.0 / (variance + gap * gap / weights.apart_tail))
