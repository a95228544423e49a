"""What is known of a hand's angles before any image: how far they go, how they go together, where they mostly are."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.tracking.fit.model import POSE
from models.rendering.gestures import GESTURES
from models.rendering.limits import ABDUCT, DIP, FLEX, FULL, PIP, THUMB
from models.rendering.rig import ANGLE

ANGLES = POSE - 6
LOW, HIGH = FULL[0, :ANGLES].copy(), FULL[1, :ANGLES].copy()
LIMIT_SD = np.radians(4.0)
USUAL = GESTURES["relaxed"][:ANGLES].copy()
"""Where angles are drawn to, weakly: what nothing shows stays there."""
USUAL[ABDUCT] = np.radians([3.0, 0.0, -3.0, -7.0])
USUAL_SD = np.radians(np.full(ANGLES, 60.0))
USUAL_SD[ABDUCT] = np.radians(10.0)
USUAL_SD[THUMB] = np.radians([25.0, 25.0, 20.0, 25.0, 35.0])
USUAL_SD[ANGLE["wrist_flex"]] = np.radians(30.0)
USUAL_SD[ANGLE["wrist_deviate"]] = np.radians(15.0)
FIRST = np.concatenate([PIP, FLEX[:-1], PIP[:-1]])
SECOND = np.concatenate([DIP, FLEX[1:], PIP[1:]])
RATIO = np.concatenate([np.full(4, 0.55), np.ones(6)])
COUPLING_SD = np.radians(np.concatenate([np.full(4, 9.0), np.full(6, 90.0)]))
"""The tips follow the middle joints (models/data/synthetic/poses.py); neighbouring fingers go together, loosely."""


class Priors(NamedTuple):
    """All of that for the kernels."""

    usual: NDArray[np.float64] = USUAL
    usual_sd: NDArray[np.float64] = USUAL_SD
    low: NDArray[np.float64] = LOW
    high: NDArray[np.float64] = HIGH
    limit_sd: float = float(LIMIT_SD)
    first: NDArray[np.int64] = FIRST
    second: NDArray[np.int64] = SECOND
    ratio: NDArray[np.float64] = RATIO
    coupling_sd: NDArray[np.float64] = COUPLING_SD


PRIORS = Priors()
