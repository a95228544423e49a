"""FPHA, first-person hand actions (Garcia-Hernando et al., CVPR 2018).

On disk: Hand_pose_annotation_v1/Subject_1/ACTION/1/skeleton.txt (a line is a frame's number and x y z of 21 joints in
mm, in the depth camera's frame, +Y down) with Video_files/Subject_1/ACTION/1/depth/depth_0000.png (16 bits, mm), and
data_split_action_recognition.txt: sequences after a line "Training N" and after a line "Test N". The order of joints is
that of HANDS 2017.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from models.core.skeleton import HAND
from models.core.types import Camera, DepthFrame
from models.data.dataset import Dataset, Listing, depth_frame
from models.data.depth_image import read_depth as read_image
from models.data.hands2017 import TO_HAND
from models.data.label_files import MissingFileError, Skipped, left_out, need, read_lines, read_table

ORIGIN = "https://guiggh.github.io/publications/first-person-hands (FPHA)"
CAMERA = Camera(640, 480, 475.065948, 475.065857, 315.944855, 245.287079)
DEPTH_RANGE_M = (0.1, 1.5)
UNITS_M = 0.001
SPLIT_FILE = "data_split_action_recognition.txt"
HEADINGS = {"training": "train", "test": "test"}


def sequences(path: Path) -> dict[str, list[str]]:
    """The sequences "Subject_1/ACTION/1" of each split. Raises ValueError with the file and the line."""
    found: dict[str, list[str]] = {"train": [], "test": []}
    split: str | None = None
    for line in read_lines(path):
        first = line.text.split()[0]
        if first.lower() in HEADINGS:
            split = HEADINGS[first.lower()]
        elif split is None or first.count("/") != 2:
            raise ValueError(f"{path}, line {line.number}: expected a sequence after 'Training N' or 'Test N'")
        else:
            found[split].append(first)
    return found


def read_depth(path: Path, number: int) -> DepthFrame:
    """The depth frame of a PNG. Raises ValueError where it is missing, damaged, or no 640x480 16-bit image."""
    raw = read_image(need(path, ORIGIN), CAMERA, expected_by="FPHA images have")
    return depth_frame(raw, UNITS_M, CAMERA, number, DEPTH_RANGE_M)


def _read(folder: Path, name: str, number: int) -> DepthFrame:
    return read_depth(folder / name, number)


def _open(root: Path, split: str, held_out: int | None, skipped: Skipped | None) -> Listing:
    path = need(root / SPLIT_FILE, ORIGIN)
    names: list[str] = []
    numbers: list[int] = []
    groups: list[str] = []
    joints = [np.zeros((0, len(HAND.joints), 3))]
    for sequence in sequences(path)[split]:
        labels = root / "Hand_pose_annotation_v1" / sequence / "skeleton.txt"
        try:
            table = read_table(need(labels, ORIGIN), 3 * len(HAND.joints), True, skipped)
        except MissingFileError as error:
            left_out(skipped, "sequence missing", error)
            continue
        frames = [_number(labels, name) for name in table.names]
        names += [f"{sequence}/depth/depth_{frame:04d}.png" for frame in frames]
        numbers += frames
        groups += [sequence.split("/")[0]] * len(frames)
        joints.append(table.joints()[:, TO_HAND] * 0.001)
    folder = root / "Video_files"
    return Listing(path, partial(_read, folder), names, numbers, groups, np.concatenate(joints).astype(np.float32))


def _number(path: Path, text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise ValueError(f"{path}: expected the number of a frame before its joints, got {text!r}")
    return int(text)


FPHA = Dataset(
    name="fpha",
    title="FPHA, first-person hand actions",
    origin=ORIGIN,
    skeleton=HAND,
    cube_m=0.25,
    depth_range_m=DEPTH_RANGE_M,
    center_scale=(0.001, 0.001, 0.001),
    open_listing=_open,
    camera=CAMERA,
    marks=("Video_files", "Hand_pose_annotation_v1"),
)
