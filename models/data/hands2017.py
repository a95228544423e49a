"""HANDS 2017, the frame-based challenge on 3D hand pose (Yuan et al., arXiv 1707.02237 and CVPR 2018).

On disk: training/Training_Annotation.txt (a line is the image's name and 63 numbers between tabs: x y z of 21 joints in
mm, +Y down) with training/images, and frame/BoundingBox.txt with frame/images for the test, which has no labels. The
order of the challenge (wrist; MCP of thumb to little finger; then PIP, DIP, TIP of each finger, thumb to little) is
turned into that of the project; the thumb's MCP, PIP, DIP and TIP become its CMC, MCP, IP and TIP.
Of BoundingBox.txt only the names are used.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.core.skeleton import HAND
from models.core.types import Camera, DepthFrame
from models.data.dataset import Dataset, Listing, depth_frame
from models.data.depth_image import read_depth as read_image
from models.data.label_files import Skipped, left_out, need, read_lines, read_table

ORIGIN = "http://icvl.ee.ic.ac.uk/hands17/challenge (Hands in the Million Challenge 2017)"
CAMERA = Camera(640, 480, 475.065948, 475.065857, 315.944855, 245.287079)
DEPTH_RANGE_M = (0.1, 1.5)
UNITS_M = 0.001
TO_HAND = (0, 2, 9, 10, 11, 3, 12, 13, 14, 4, 15, 16, 17, 5, 18, 19, 20, 1, 6, 7, 8)
"""The challenge's index of each joint of the project's hand."""


def read_depth(path: Path, number: int) -> DepthFrame:
    """The depth frame of a PNG. Raises ValueError where it is missing, damaged, or no 640x480 16-bit image."""
    raw = read_image(need(path, ORIGIN), CAMERA, expected_by="HANDS 2017 images have")
    return depth_frame(raw, UNITS_M, CAMERA, number, DEPTH_RANGE_M)


def _read(folder: Path, name: str, number: int) -> DepthFrame:
    return read_depth(folder / name, number)


def _test_names(path: Path, skipped: Skipped | None) -> list[str]:
    names = []
    for number, line in enumerate(read_lines(path), start=1):
        if line.split():
            names.append(line.split()[0])
        else:
            left_out(skipped, "label not usable", f"{path}, line {number}: expected the name of an image")
    return names


def _open(root: Path, split: str, held_out: int | None, skipped: Skipped | None) -> Listing:
    joints: NDArray[np.float32] | None = None
    if split == "train":
        folder, path = root / "training", root / "training" / "Training_Annotation.txt"
        table = read_table(need(path, ORIGIN), 3 * len(HAND.joints), True, skipped)
        names, joints = list(table.names), (table.joints()[:, TO_HAND] * 0.001).astype(np.float32)
    else:
        folder, path = root / "frame", root / "frame" / "BoundingBox.txt"
        names = _test_names(need(path, ORIGIN), skipped)
    numbers = list(range(len(names)))
    return Listing(path, partial(_read, folder / "images"), names, numbers, [split] * len(names), joints)


HANDS2017 = Dataset(
    name="hands2017",
    title="HANDS 2017",
    origin=ORIGIN,
    skeleton=HAND,
    cube_m=0.25,
    depth_range_m=DEPTH_RANGE_M,
    center_scale=(0.001, 0.001, 0.001),
    open_listing=_open,
    measured="train",
    marks=("training", "frame"),
)
