"""ICVL hand posture data set (Tang et al., Latent Regression Forest, CVPR 2014).

On disk: Training/labels.txt with Training/Depth, Testing/test_seq_1.txt and test_seq_2.txt with Testing/Depth. A line
is the path of an image and 16 joints u v d in pixels, pixels and mm; images are 16-bit PNGs in mm. Training images in
folders with short names (22-5, 45, ...) are copies of the others turned by so many degrees. The hands are left ones, by
the way the fingers of the published test labels bend. Intrinsics are those of the community's evaluators; the authors
of V2V-PoseNet take 241.42 for both focal lengths, 0.2 % more, in the reference points that they publish.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from models.core.camera import deproject
from models.core.skeleton import HAND, Skeleton
from models.core.types import Camera, DepthFrame
from models.data.dataset import Dataset, Listing, depth_frame
from models.data.depth_image import read_depth as read_image
from models.data.label_files import Skipped, need, read_table

ORIGIN = "https://labicvl.github.io/hand.html (ICVL Hand Posture Dataset)"
CAMERA = Camera(320, 240, 240.99, 240.96, 160.0, 120.0)
DEPTH_RANGE_M = (0.1, 0.6)
UNITS_M = 0.001
LABELS = {"train": ("Training/labels.txt",), "test": ("Testing/test_seq_1.txt", "Testing/test_seq_2.txt")}
LONGEST_TURN = 6
"""Folder names up to this length are angles; longer ones are the times of recordings."""

SKELETON = Skeleton(
    name="icvl",
    joints=(
        "palm", "thumb_root", "thumb_mid", "thumb_tip", "index_root", "index_mid", "index_tip", "middle_root",
        "middle_mid", "middle_tip", "ring_root", "ring_mid", "ring_tip", "little_root", "little_mid", "little_tip",
    ),
    bones=tuple((joint - 1 if joint % 3 != 1 else 0, joint) for joint in range(1, 16)),
    groups=(0, 5, 5, 5, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4),
    colors=HAND.colors,
)  # fmt: skip


def read_depth(path: Path, number: int) -> DepthFrame:
    """The depth frame of a PNG. Raises ValueError where it is missing, damaged, or no 320x240 16-bit image."""
    raw = read_image(need(path, ORIGIN), CAMERA, expected_by="ICVL images have")
    return depth_frame(raw, UNITS_M, CAMERA, number, DEPTH_RANGE_M)


def _read(folder: Path, name: str, number: int) -> DepthFrame:
    return read_depth(folder / name, number)


def _group(split: str, name: str) -> str:
    first = name.split("/")[0]
    if split == "test":
        return first
    return f"turned {first}" if len(first) <= LONGEST_TURN else "as recorded"


def _open(root: Path, split: str, held_out: int | None, skipped: Skipped | None) -> Listing:
    tables = [
        read_table(need(root / label, ORIGIN), 3 * len(SKELETON.joints), True, skipped) for label in LABELS[split]
    ]
    names = [name for table in tables for name in table.names]
    uvd = np.concatenate([table.joints() for table in tables])
    joints = deproject(uvd[..., :2], uvd[..., 2] * 0.001, CAMERA)
    folder = root / LABELS[split][0].split("/")[0]
    return Listing(
        source=folder,
        read=partial(_read, folder / "Depth"),
        names=names,
        numbers=list(range(len(names))),
        groups=[_group(split, name) for name in names],
        joints_cam_m=joints.astype(np.float32),
    )


ICVL = Dataset(
    name="icvl",
    title="ICVL Hand Posture Dataset",
    origin=ORIGIN,
    skeleton=SKELETON,
    cube_m=0.2,
    depth_range_m=DEPTH_RANGE_M,
    center_scale=(0.001, 0.001, 0.001),
    open_listing=_open,
    camera=CAMERA,
    hand="left",
    marks=("Training", "Testing"),
)
