"""HANDS 2019, task 1: depth-based 3D hand pose (Armagan et al., ECCV 2020).

On disk: training_joint_annotation.txt with training_images, and test_bbs.txt with test_images, whose labels are not
published. Lines, order of joints, camera and the held-out tenth are those of HANDS 2017 (models/data/hands2017.py).
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from models.data.hands2017 import HANDS2017, Layout, open_challenge

ORIGIN = "https://sites.google.com/view/hands2019/challenge (HANDS 2019, task 1)"
LAYOUT = Layout("training_joint_annotation.txt", "training_images", "test_bbs.txt", "test_images")

HANDS2019 = replace(
    HANDS2017,
    name="hands2019",
    title="HANDS 2019, task 1",
    origin=ORIGIN,
    open_listing=partial(open_challenge, LAYOUT, ORIGIN),
    marks=("training_images", "test_images"),
)
