"""What a sampler draws hands, views and cameras from: training, and each test set as it was when it was drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.data.synthetic.held import held_angles, held_view
from models.data.synthetic.poses import bent_wrist, random_wrist, sample_angles
from models.data.synthetic.views import view_rotation
from models.rendering.limits import WRIST, clipped

_HELD_VIEWS, _HELD_POSES = 0.8, 0.25
"""Shares of hands whose view and whose pose are drawn as hands are held, where those are drawn at all."""


@dataclass(frozen=True, slots=True)
class Variety:
    """Which kinds of hands, views and cameras are drawn beside those of the frozen test set.

    stretched: wrists, thumbs and fingers as far as they go, views along the forearm, thicker fingers, tight sleeves,
    watches, cameras that smear. held: hands as people hold them before a camera, seen from behind, pointing and
    half-open, swollen, with thick forearms, and cameras with as many flying pixels as real ones. foreign: phalanges of
    lengths of their own, which is for measuring only and never trained on.
    """

    stretched: bool = True
    held: bool = True
    foreign: bool = False


TRAINING = Variety()
FROZEN = Variety(stretched=False, held=False)
STRETCHED = Variety(held=False)
FOREIGN = Variety(held=False, foreign=True)


def draw_angles(variety: Variety, rng: np.random.Generator) -> NDArray[np.float64]:
    """Joint angles (24,) of a pose, radians, within the limits."""
    if not variety.held or rng.random() >= _HELD_POSES:
        return sample_angles(rng, variety.stretched)
    angles = held_angles(rng)
    angles[WRIST] = bent_wrist(rng) if rng.random() < 0.4 else random_wrist(rng)
    return clipped(angles)


def draw_view(variety: Variety, rng: np.random.Generator) -> NDArray[np.float64]:
    """A rotation (3, 3) that turns the hand frame into the camera frame."""
    if variety.held and rng.random() < _HELD_VIEWS:
        return held_view(rng)
    return view_rotation(rng, variety.stretched)
