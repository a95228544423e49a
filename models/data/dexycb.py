"""DexYCB, hands that grasp things (Chao et al., CVPR 2021): its depth images.

On disk: 20200709-subject-01/20200709_141754/ holds meta.yml and a folder for each camera, SERIAL/ with
aligned_depth_to_color_000000.png (16 bits, mm) and labels_000000.npz. Its joint_3d (1, 21, 3) is in metres in the
camera's frame, +Y down, and all -1 where no hand is seen. calibration/intrinsics/SERIAL_640x480.yml has the cameras.
Joints are wrist, thumb, index, middle, ring, little finger, each finger from its root; the thumb's MCP, PIP and DIP
become CMC, MCP and IP.

The split is the authors' s0: of a subject's sequences, in the order of their names, every fifth is held out; those of
the first two subjects are "validation", those of the others "test".
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.core.skeleton import HAND
from models.core.types import Camera, DepthFrame, Handedness
from models.data.dataset import Dataset, Listing, depth_frame
from models.data.depth_image import BROKEN_NPY, read_depth
from models.data.label_files import MissingFileError, Skipped, left_out, need

ORIGIN = "https://dex-ycb.github.io (DexYCB)"
DEPTH_RANGE_M = (0.1, 1.5)
UNITS_M = 0.001
SIZE = (640, 480)
EVERY = 5
VALIDATION_SUBJECTS = 2
TO_HAND = (0, *range(5, 21), 1, 2, 3, 4)
"""The authors' index of each joint of the project's hand."""
_SUBJECT = re.compile("[0-9]{8}-subject-([0-9]+)")


@dataclass(frozen=True, slots=True)
class Sequence:
    """Frames of one subject with one thing. frames: how many each camera has."""

    folder: Path
    frames: int
    hand: Handedness


def sequences(root: Path, split: str) -> Iterator[Sequence]:
    """The sequences of a split. Raises ValueError where a meta.yml cannot be read."""
    for subject in sorted(root.iterdir()):
        match = _SUBJECT.fullmatch(subject.name)
        if match is None or not subject.is_dir():
            continue
        part = "validation" if int(match[1]) <= VALIDATION_SUBJECTS else "test"
        for index, folder in enumerate(sorted(path for path in subject.iterdir() if path.is_dir())):
            if split == (part if index % EVERY == EVERY - 1 else "train"):
                yield _sequence(folder)


def _sequence(folder: Path) -> Sequence:
    path = folder / "meta.yml"
    meta = _read_yaml(path)
    try:
        frames, hand = meta["num_frames"], meta["mano_sides"][0]
    except (KeyError, IndexError, TypeError):
        raise ValueError(f"{path}: expected num_frames and mano_sides") from None
    if not isinstance(frames, int) or hand not in ("left", "right"):
        raise ValueError(f"{path}: expected a number of frames and a side, got {frames!r} and {hand!r}")
    return Sequence(folder, frames, hand)


def _read_yaml(path: Path) -> Any:
    from ruamel.yaml import YAML, YAMLError

    try:
        return YAML(typ="safe", pure=True).load(need(path, ORIGIN))
    except (YAMLError, UnicodeDecodeError, OSError) as error:
        raise ValueError(f"{path}: is not readable YAML ({type(error).__name__})") from None


def read_camera(root: Path, serial: str) -> Camera:
    """The camera of a serial number. Raises ValueError with one line."""
    path = root / "calibration" / "intrinsics" / f"{serial}_{SIZE[0]}x{SIZE[1]}.yml"
    content = _read_yaml(path)
    try:
        values = [float(content["color"][name]) for name in ("fx", "fy", "ppx", "ppy")]
        return Camera(*SIZE, *values)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path}: expected fx, fy, ppx and ppy of color ({error})") from None


def read_joints(path: Path) -> NDArray[np.float32]:
    """Joints (21, 3), metres, camera frame, in the project's order; NaN where no hand is labelled.

    Raises ValueError with one line where the file is missing or broken.
    """
    try:
        with np.load(need(path, ORIGIN), allow_pickle=False) as labels:
            joints = np.asarray(labels["joint_3d"], dtype=np.float32)
    except MissingFileError:
        raise
    except (OSError, KeyError, NotImplementedError, zipfile.BadZipFile, zlib.error, *BROKEN_NPY) as error:
        raise ValueError(f"{path}: is not a label file of DexYCB ({error})") from None
    if joints.shape != (1, len(HAND.joints), 3):
        raise ValueError(f"{path}: expected joint_3d (1, {len(HAND.joints)}, 3), got {joints.shape}")
    return np.full((len(HAND.joints), 3), np.nan, np.float32) if (joints == -1).all() else joints[0, list(TO_HAND)]


def _read(root: Path, cameras: dict[str, Camera], name: str, number: int) -> DepthFrame:
    camera = cameras[Path(name).parent.name]
    raw = read_depth(need(root / name, ORIGIN), camera, expected_by="DexYCB images have")
    return depth_frame(raw, UNITS_M, camera, number, DEPTH_RANGE_M)


def _open(root: Path, split: str, held_out: int | None, skipped: Skipped | None) -> Listing:
    names: list[str] = []
    groups: list[str] = []
    hands: list[Handedness] = []
    cameras: dict[str, Camera] = {}
    for sequence in sequences(root, split):
        for folder in sorted(path for path in sequence.folder.iterdir() if path.is_dir()):
            cameras[folder.name] = cameras.get(folder.name) or read_camera(root, folder.name)
            place = folder.relative_to(root)
            names += [f"{place}/aligned_depth_to_color_{frame:06d}.png" for frame in range(sequence.frames)]
            groups += [place.parts[0]] * sequence.frames
            hands += [sequence.hand] * sequence.frames
    if not names:
        raise MissingFileError(f"{root}: holds no sequences of the part {split!r}; get the data set from {ORIGIN}")
    joints = _labels(root, names, skipped)
    valid = np.asarray(np.isfinite(joints).all(axis=(1, 2)))
    return Listing(
        root, partial(_read, root, cameras), names, list(range(len(names))), groups, joints, valid, hands=hands
    )


def _labels(root: Path, names: list[str], skipped: Skipped | None) -> NDArray[np.float32]:
    """Joints (N, 21, 3) of images by their names; on the whole data set that takes minutes."""

    def labels(name: str) -> NDArray[np.float32] | ValueError:
        path = root / name.replace("aligned_depth_to_color_", "labels_")
        try:
            return read_joints(path.with_suffix(".npz"))
        except ValueError as error:
            return error

    joints = np.full((len(names), len(HAND.joints), 3), np.nan, np.float32)
    with ThreadPoolExecutor() as pool:
        for row, found in zip(joints, pool.map(labels, names)):
            if isinstance(found, ValueError):
                left_out(skipped, "label not usable", found)
            else:
                row[:] = found
    return joints


DEXYCB = Dataset(
    name="dexycb",
    title="DexYCB, depth",
    origin=ORIGIN,
    skeleton=HAND,
    cube_m=0.25,
    depth_range_m=DEPTH_RANGE_M,
    center_scale=(1.0, 1.0, 1.0),
    open_listing=_open,
    splits=("train", "validation", "test"),
    marks=("*-subject-*",),
    many_cameras=True,
)
