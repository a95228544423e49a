"""HANDS 2017, the frame-based challenge on 3D hand pose (Yuan et al., arXiv 1707.02237 and CVPR 2018).

On disk: training/Training_Annotation.txt (a line is the image's name and 63 numbers between tabs: x y z of 21 joints in
mm, +Y down) with training/images, and frame/BoundingBox.txt with frame/images for the test, which has no labels. The
order of the challenge (wrist; MCP of thumb to little finger; then PIP, DIP, TIP of each finger, thumb to little) is
turned into that of the project; the thumb's MCP, PIP, DIP and TIP become its CMC, MCP, IP and TIP.
Of BoundingBox.txt only the names are used.

Of the training frames a tenth is held out as "validation", whole runs of numbers, for neighbours may look alike: of
every 10,000 numbers in the images' names the last 1,000.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.core.skeleton import HAND
from models.core.types import Camera, DepthFrame
from models.data.dataset import Dataset, Listing, depth_frame
from models.data.depth_image import read_depth as read_image
from models.data.label_files import Skipped, need, read_lines, read_table

ORIGIN = "http://icvl.ee.ic.ac.uk/hands17/challenge (Hands in the Million Challenge 2017)"
CAMERA = Camera(640, 480, 475.065948, 475.065857, 315.944855, 245.287079)
DEPTH_RANGE_M = (0.1, 1.5)
UNITS_M = 0.001
TO_HAND = (0, 2, 9, 10, 11, 3, 12, 13, 14, 4, 15, 16, 17, 5, 18, 19, 20, 1, 6, 7, 8)
"""The challenge's index of each joint of the project's hand."""
XYZ_TO_M = 0.001
HELD_OUT_EVERY, HELD_OUT_FROM = 10_000, 9_000
_NUMBER = re.compile("[0-9]+")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a challenge keeps its files: of the training labels and images, of the test's names and images."""

    labels: str
    images: str
    test_names: str
    test_images: str


LAYOUT = Layout("training/Training_Annotation.txt", "training/images", "frame/BoundingBox.txt", "frame/images")


def read_depth(path: Path, number: int) -> DepthFrame:
    """The depth frame of a PNG. Raises ValueError where it is missing, damaged, or no 640x480 16-bit image."""
    raw = read_image(need(path, ORIGIN), CAMERA, expected_by="HANDS images have")
    return depth_frame(raw, UNITS_M, CAMERA, number, DEPTH_RANGE_M)


def _read(folder: Path, origin: str, name: str, number: int) -> DepthFrame:
    return read_depth(need(folder / name, origin), number)


def is_held_out(name: str) -> bool:
    """Whether a training image is one of the validation part, by the number in its name."""
    numbers = _NUMBER.findall(Path(name).stem)
    return bool(numbers) and int(numbers[-1]) % HELD_OUT_EVERY >= HELD_OUT_FROM


def open_challenge(
    layout: Layout, origin: str, root: Path, split: str, held_out: int | None, skipped: Skipped | None
) -> Listing:
    """The listing of a challenge in this format; see models.data.dataset.OpenListing."""
    joints: NDArray[np.float32] | None = None
    part: NDArray[np.bool_] | None = None
    if split == "test":
        folder, path = root / layout.test_images, root / layout.test_names
        names = [line.text.split()[0] for line in read_lines(need(path, origin))]
    else:
        folder, path = root / layout.images, root / layout.labels
        table = read_table(need(path, origin), 3 * len(HAND.joints), True, skipped)
        names, joints = list(table.names), (table.joints()[:, TO_HAND] * XYZ_TO_M).astype(np.float32)
        part = np.array([is_held_out(name) == (split == "validation") for name in names], dtype=bool)
    numbers = list(range(len(names)))
    return Listing(path, partial(_read, folder, origin), names, numbers, [split] * len(names), joints, part=part)


HANDS2017 = Dataset(
    name="hands2017",
    title="HANDS 2017",
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
    marks=("training", "frame"),
)
