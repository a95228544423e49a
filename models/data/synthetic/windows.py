"""Training images that can be made again one by one: the part of a depth image around a hand.

Image i depends on the seed and on i alone, as in the test set, and the input of any network can be cut from it later.
(models/data/synthetic/samples.py makes endless streams instead, each of what one network needs.)
"""

from __future__ import annotations

import numpy as np

from models.core.camera import windowed
from models.core.skeleton import hand_reference_point
from models.core.types import Cube, DepthFrame
from models.core.voxels import crop_window
from models.data.record import LabelledFrame
from models.data.synthetic.samples import (
    DEPTH_UNITS,
    SyntheticSampler,
    random_camera,
    random_place,
    share_in_view,
)
from models.data.synthetic.testset import MIN_IN_VIEW
from models.data.synthetic.variety import FROZEN

WINDOW_M = 0.60
"""Width of the part of the image, at the hand: holds a cube of 25 cm around a poor guess, turned and scaled."""
_STREAM = 0x51DE
"""Keeps these random numbers apart from those of other samplers with the same seed."""


def hand_window(index: int, seed: int) -> LabelledFrame:
    """Image `index` (0 and up) of a right hand among other things, as large as the window; frame_id is the index.

    Its poses and views are those of the frozen test set.
    """
    rng = np.random.default_rng([seed, index, _STREAM])
    sampler = SyntheticSampler(rng, FROZEN)
    while True:
        camera = random_camera(rng)
        hand = sampler.random_hand(random_place(camera, rng))
        if share_in_view(hand, camera) < MIN_IN_VIEW:
            continue
        window = crop_window(camera, Cube(hand_reference_point(hand.joints_cam_m), WINDOW_M))
        raw = sampler.measured_depth(hand.mesh, sampler.surroundings(hand), camera, window)
        if raw is None:
            continue
        frame = DepthFrame(raw, DEPTH_UNITS, windowed(camera, window), index, 0.0, 0.0)
        return LabelledFrame(frame, hand.joints_cam_m)
