"""What a sampler draws hands, views and cameras from: training, and each test set as it was when it was drawn."""

from __future__ import annotations

from dataclasses import dataclass


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
