"""A labelled folder of your own: camera.json, depth images and joints.csv, as the program plays and exports them.

A row of joints.csv is of the image with its frame number: the place in the folder's natural order, from 0. Rows with
tracked = 0 and images without a row are left out. The last fifth of the labelled frames is the test, not every fifth
frame: neighbours in time look alike.
"""

from __future__ import annotations

from bisect import bisect_left
from functools import partial
from pathlib import Path

import numpy as np

from models.core.skeleton import HAND
from models.core.types import DepthFrame
from models.data.dataset import Dataset, Listing
from models.data.image_folder import ImageFolder, read_folder
from models.data.label_files import MissingFileError, Skipped
from models.data.pose_csv import read_poses

ORIGIN = "your own camera"
LABELS = "joints.csv"
TRAINING_SHARE = 0.8


def _read(folder: ImageFolder, _name: str, number: int) -> DepthFrame:
    raw = folder.read(bisect_left(folder.numbers, number))
    return DepthFrame(raw, folder.depth_units, folder.camera, number, 1000 * number / folder.fps, 0.0)


def _open(root: Path, split: str, held_out: int | None, skipped: Skipped | None) -> Listing:
    path = root / LABELS
    if not path.is_file():
        raise MissingFileError(f"{path}: is missing; it holds the joints, a row a frame, as --export writes them")
    folder, poses = read_folder(root), read_poses(path)
    names = dict(zip(folder.numbers, (image.name for image in folder.paths)))
    labelled = [number for number in sorted(poses) if number in names]
    if skipped is not None:
        skipped.add("row without an image", str(path), len(poses) - len(labelled))
    training = min(round(TRAINING_SHARE * len(labelled)), len(labelled) - 1)
    chosen = {"train": labelled[:training], "test": labelled[training:], "all": labelled}[split]
    joints = np.array([poses[number].joints_cam_m for number in chosen], dtype=np.float32)
    return Listing(
        source=path,
        read=partial(_read, folder),
        names=[names[number] for number in chosen],
        numbers=chosen,
        groups=[""] * len(chosen),
        joints_cam_m=joints.reshape(-1, len(HAND.joints), 3),
        hands=[poses[number].hand for number in chosen],
    )


LABELLED_FOLDER = Dataset(
    name="folder",
    title="a labelled folder",
    origin=ORIGIN,
    skeleton=HAND,
    cube_m=0.25,
    depth_range_m=(0.1, 2.0),
    center_scale=(1.0, 1.0, 1.0),
    open_listing=_open,
    splits=("train", "test", "all"),
    marks=(LABELS,),
)
