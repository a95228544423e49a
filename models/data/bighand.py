"""BigHand2.2M (Yuan et al., CVPR 2017).

On disk: Subject_1/VIEW/image_D00000000.png ... (16 bits, mm) in folders by viewpoint, such as "76 150" and "ego", and
full_annotation/Subject_1/VIEW_SUFFIX.txt: a line is the image's number, or its name, and x y z of 21 joints in mm, +Y
down, between tabs. Camera and order of joints are those of HANDS 2017, which took its frames from here.

One subject, by its number, is left out of training and is the test. The authors' own split is not followed.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from models.core.skeleton import HAND
from models.core.types import DepthFrame
from models.data.dataset import Listing
from models.data.hands2017 import HANDS2017, TO_HAND, XYZ_TO_M, read_depth
from models.data.label_files import MissingFileError, Skipped, left_out, need, read_table

ORIGIN = "https://imperialcollegelondon.app.box.com/v/bighand (BigHand2.2M)"
LABELS = "full_annotation"
SUBJECTS = tuple(range(1, 13))
_SUBJECT = re.compile("Subject_([0-9]+)")


def _read(root: Path, name: str, number: int) -> DepthFrame:
    return read_depth(need(root / name, ORIGIN), number)


def label_files(root: Path, split: str, held_out: int | None) -> list[Path]:
    """The label files of a split's subjects, in natural order. Raises MissingFileError where there are none."""
    found: list[tuple[int, Path]] = []
    for folder in need(root / LABELS, ORIGIN).iterdir():
        match = _SUBJECT.fullmatch(folder.name)
        if match and (split == "all" or (int(match[1]) == held_out) == (split == "test")):
            found += [(int(match[1]), path) for path in folder.glob("*.txt") if not path.name.startswith("README")]
    if not found:
        who = f"Subject_{held_out}" if split == "test" else "subject to train on"
        raise MissingFileError(f"{root / LABELS}: holds no labels of a {who}; get the data set from {ORIGIN}")
    return [path for _, path in sorted(found)]


def _open(root: Path, split: str, held_out: int | None, skipped: Skipped | None) -> Listing:
    names: list[str] = []
    numbers: list[int] = []
    groups: list[str] = []
    joints = [np.zeros((0, len(HAND.joints), 3))]
    for path in label_files(root, split, held_out):
        subject, view = path.parent.name, path.stem.partition("_")[0]
        if not (root / subject / view).is_dir():
            folder = root / subject / view
            left_out(skipped, "viewpoint missing", MissingFileError(f"{folder}: is missing; get it from {ORIGIN}"))
            continue
        table = read_table(path, 3 * len(HAND.joints), True, skipped)
        names += [_image(f"{subject}/{view}", name) for name in table.names]
        numbers += range(len(numbers), len(numbers) + len(table.names))
        groups += [subject] * len(table.names)
        joints.append(table.joints()[:, TO_HAND] * XYZ_TO_M)
    poses = np.concatenate(joints).astype(np.float32)
    return Listing(root / LABELS, partial(_read, root), names, numbers, groups, poses)


def _image(folder: str, name: str) -> str:
    """The image of a row below the root; a row has a number or a file's name."""
    return f"{folder}/{name}" if name.endswith(".png") else f"{folder}/image_D{name:>08}.png"


BIGHAND = replace(
    HANDS2017,
    name="bighand",
    title="BigHand2.2M",
    origin=ORIGIN,
    open_listing=_open,
    names_in_files=False,
    splits=("train", "test", "all"),
    held_out=SUBJECTS,
    measured="test",
    marks=(f"{LABELS}/Subject_*",),
)
