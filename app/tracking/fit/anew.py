"""Digits that the last frame holds in a wrong place, far from the joints as they are read now.

A thumb that was read behind the hand stays there by the last frame's angles, though it is read before it again: steps
from there do not lead around the hand. Such a digit starts anew, and the image decides. It has to agree much better,
for a finger that is read wrongly is far from where it was, too.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.tracking.fit import priors
from app.tracking.fit.solver import UNKNOWN_SD, Body, Measured, PoseState

DIGIT_JOINTS = np.array([(17, 18, 19, 20)] + [tuple(range(first, first + 4)) for first in (1, 5, 9, 13)])
"""The joints (5, 4) of each digit, thumb first."""
_ANGLES = [list(range(16, 21))] + [list(range(first, first + 4)) for first in (0, 4, 8, 12)]
FAR = 2.0
"""A digit is far off where its joints are, in the mean of squares, so many standard deviations along each axis."""
STEPS = 6
BETTER = 0.8
"""The residual with a digit begun anew is at most this share of what it was."""


def far_off(joints: NDArray[np.float64], measured: Measured) -> NDArray[np.int64]:
    """Which angles (N,) are those of digits whose joints, of (21, 3), are far from where they were read."""
    off = ((joints - measured.joints) ** 2).sum(axis=1) / (3 * measured.sd_m**2)
    digits = np.flatnonzero(off[DIGIT_JOINTS].mean(axis=1) > FAR)
    return np.array([angle for digit in digits for angle in _ANGLES[digit]], dtype=np.int64)


def started_anew(
    body: Body, state: PoseState, measured: Measured, angles: NDArray[np.int64]
) -> tuple[PoseState, Measured]:
    """The pose with these angles (N,) by the joints alone, begun at a usual hand's, and without what was expected of
    them."""
    begun, expected_sd = state.copy(), measured.expected_sd.copy()
    begun.angles[angles], expected_sd[angles] = priors.USUAL[angles], UNKNOWN_SD
    measured = measured._replace(expected_sd=expected_sd)
    body.approach(begun, measured, STEPS, with_image=False)
    return begun, measured
