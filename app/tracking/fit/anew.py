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

NO_ANGLES = np.empty(0, dtype=np.int64)
_ANGLES = [np.arange(first, first + 4) for first in (0, 4, 8, 12)] + [np.arange(16, 21)]
"""Of each digit, in the order of the joints: thumb last."""
FAR = 2.0
"""A digit is far off where the squares of its joints' distances are, in the mean, so many variances along each axis."""
STEPS = 6
BETTER = 0.8
"""The residual with a digit begun anew is at most this share of what it was."""
REST = 5
"""Frames without another try after one that the image refused, so that few frames take the time of two."""


def far_off(joints: NDArray[np.float64], measured: Measured) -> NDArray[np.int64]:
    """Which angles (N,) are those of digits whose joints, of (21, 3), are far from where they were read."""
    squares = ((joints - measured.joints) ** 2).sum(axis=1) / (3 * measured.sd_m**2)
    of_digits = squares[1:].reshape(len(_ANGLES), -1).mean(axis=1)
    return np.concatenate([NO_ANGLES, *(_ANGLES[digit] for digit in np.flatnonzero(of_digits > FAR))])


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
