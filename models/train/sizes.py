"""Cubes in proportion to the hand.

    edge = 0.29 * (sum of all bone lengths): 23 cm for the mean hand

In such a cube small and large hands look alike to the network. While training, 60 % of the hands come in such a cube,
as a tracker makes it for a hand that it knows. The others come in a cube of one size, as for a hand that is new.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.core.skeleton import bone_sum

CUBE_OF_BONES = 0.29
"""Edge of the cube for a hand of known size, divided by the sum of its bone lengths."""
_KNOWN = 0.6
"""Share of the hands whose size counts as known."""
_KNOWN_ERROR, _UNKNOWN_ERROR = 0.05, 0.06
"""Every edge is multiplied by exp(error); these are the standard deviations, of known and of unknown sizes.

5 %: a tracker knows the size about so well. 6 %: the largest sampled hand is 21 cm long, and so the network also sees
hands that fill their cube as one of 23 cm fills 25 cm.
"""


def sized(
    points: NDArray, joints: NDArray, cube_m: float, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray]:
    """A hand as its network sees it: points (N, 3) and joints (21, 3), scaled by cube_m / (edge of the hand's cube).

    Both are metres from the reference point, before and after. cube_m: edge of the cube that is cut out afterwards,
    always the same. The edge of the hand's own cube: `CUBE_OF_BONES` times its bones, or about `cube_m`, at random.
    """
    known = rng.random() < _KNOWN
    wanted_m = CUBE_OF_BONES * bone_sum(joints) if known else cube_m
    scale = cube_m / wanted_m * np.exp(rng.normal(0, _KNOWN_ERROR if known else _UNKNOWN_ERROR))
    return points * np.float32(scale), joints * scale
