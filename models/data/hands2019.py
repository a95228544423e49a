"""HANDS 2019, task 1: depth-based 3D hand pose (Armagan et al., ECCV 2020).

On disk: training_joint_annotation.txt with training_images, and test_bbs.txt with test_images, whose labels are not
published. Lines, order of joints, camera and the held-out tenth are those of HANDS 2017 (models/data/hands2017.py).
"""

from __future__ import annotations

from functools import partial

from models.core.skeleton import HAND
from models.data.dataset import Dataset
from models.data.hands2017 import CAMERA, DEPTH_RANGE_M, TO_HAND, Layout, open_challenge

ORIGIN = "https://sites.google.com/view/hands2019/challenge (HANDS 2019, task 1)"
LAYOUT = Layout("training_joint_annotation.txt", "training_images", "test_bbs.txt", "test_images")

HANDS2019 = Dataset(
    name="hands2019",
    title="HANDS 2019, task 1",
    origin=ORIGIN,
    skeleton=HAND,
    cube_m=0.25,
    depth_range_m=DEPTH_RANGE_M,
    center_scale=(0.001, 0.001, 0.001),
    open_listing=partial(open_challenge, LAYOUT, ORIGIN),
    camera=CAMERA,
    file_order=TO_HAND,
    names_in_files=True,
    splits=("train", "validation", "test"),
    measured="validation",
    marks=("training_images", "test_images"),
)
