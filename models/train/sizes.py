"""Cubes in proportion to the hand: whoever knows how large a hand is can show it alike large to the network."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.core.skeleton import bone_sum

CUBE_OF_BONES = 0.29
"""Edge of the cube for a hand of known size, in sums of its bones: 23 cm for the mean hand."""
_KNOWN = 0.6
"""Share of the hands whose size is known; the others are read in the same cube whatever their size."""
_KNOWN_ERROR, _UNKNOWN_ERROR = 0.05, 0.06
"""Standard deviations, relative: of sizes that are known, and of the cube for the others.

The second lets a cube of 25 cm hold hands of 23 cm, which are larger than any that is sampled.
"""


def sized(
    points: NDArray, joints: NDArray, cube_m: float, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray]:
    """Points (N, 3) and joints (21, 3) around a reference point, metres, scaled so that their cube has edge `cube_m`.

    The cube that they come from is one that suits the hand, or about `cube_m` as where a hand's size is not known.
    """
    known = rng.random() < _KNOWN
    wanted_m = CUBE_OF_BONES * bone_sum(joints) if known else cube_m
    scale = cube_m / wanted_m * np.exp(rng.normal(0, _KNOWN_ERROR if known else _UNKNOWN_ERROR))
    return points * np.float32(scale), joints * scale
