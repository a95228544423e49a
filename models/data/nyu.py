"""NYU hand pose data set (Tompson et al., Real-Time Continuous Pose Recovery of Human Hands, SIGGRAPH 2014).

On disk: train and test with depth_1_0000001.png (view 1 of 3, the frontal one; depth in mm = 256 * green + blue) and
joint_data.mat: joint_xyz (3, N, 36, 3) in mm with +Y up, and joint_uvd in pixels and mm. Errors are reported on 14 of
the 36 joints, as Tompson et al. do. A .mat is read with SciPy, or with h5py where it is of MATLAB's version 7.3, which
keeps its axes in reverse. A root with joints_uvd.txt, single frames and their 14 published labels, is a test part too.
"""

from __future__ import annotations

import zlib
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.core.camera import deproject
from models.core.skeleton import HAND, Skeleton
from models.core.types import Camera, DepthFrame
from models.data.dataset import Dataset, Listing, checked_count, depth_frame
from models.data.label_files import Skipped, left_out, need, read_table
from models.data.png import read_png
from models.data.record import LabelledFrame

ORIGIN = "https://jonathantompson.github.io/NYU_Hand_Pose_Dataset.htm (NYU Hand Pose Dataset)"
CAMERA = Camera(640, 480, 588.03, 587.07, 320.0, 240.0)
TO_CAMERA_M = np.array([0.001, -0.001, 0.001])
DEPTH_RANGE_M = (0.3, 1.2)
UNITS_M = 0.001
UVD_LABELS = "joints_uvd.txt"
JOINTS_OF_36 = (0, 3, 6, 9, 12, 15, 18, 21, 24, 25, 27, 30, 31, 32)
_BROKEN_MAT = (OSError, ValueError, TypeError, IndexError, NotImplementedError, zlib.error)
FIRST_TEST_SUBJECT = 2440
"""Test frames up to this one show the subject of the training set, later ones another."""

SKELETON = Skeleton(
    name="nyu",
    joints=(
        "little_tip", "little_mid", "ring_tip", "ring_mid", "middle_tip", "middle_mid", "index_tip", "index_mid",
        "thumb_tip", "thumb_mid", "thumb_root", "wrist_back", "wrist", "palm",
    ),
    bones=(
        (13, 1), (1, 0), (13, 3), (3, 2), (13, 5), (5, 4), (13, 7), (7, 6), (13, 10), (10, 9), (9, 8), (13, 11),
        (13, 12),
    ),
    groups=(4, 4, 3, 3, 2, 2, 1, 1, 5, 5, 5, 0, 0, 0),
    colors=HAND.colors,
)  # fmt: skip


def read_depth(path: Path, number: int) -> DepthFrame:
    """The depth that a colour PNG packs into its green (high byte) and blue (low byte) channels.

    Raises ValueError where the file is missing or damaged, or no 640x480 colour image.
    """
    image = read_png(need(path, ORIGIN), (CAMERA.shape,), "NYU images have")
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise ValueError(f"{path}: expected an 8-bit colour image with depth in green and blue")
    blue, green = image[..., 0].astype(np.int64), image[..., 1].astype(np.int64)
    return depth_frame(256 * green + blue, UNITS_M, CAMERA, number, DEPTH_RANGE_M)


def _uvd_listing(folder: Path, skipped: Skipped | None = None) -> Listing:
    """A folder of depth_1_*.png with their 14 joints, u v d in pixels and mm, a line each, in joints_uvd.txt.

    The published test labels and predictions are lines of that format too.
    """
    path = need(folder / UVD_LABELS, ORIGIN)
    names = sorted(image.name for image in folder.glob("depth_1_*.png"))
    table = read_table(path, 3 * len(JOINTS_OF_36), False, skipped)
    checked_count(path, len(table.values), len(names), "images depth_1_*.png beside it")
    uvd = table.joints()
    joints = deproject(uvd[..., :2], uvd[..., 2] * 0.001, CAMERA).astype(np.float32)
    numbers = [int(Path(name).stem.rpartition("_")[2]) for name in names]
    return Listing(path, partial(_read, folder), names, numbers, ["test"] * len(names), joints)


def read_folder_frame(folder: str | Path) -> LabelledFrame:
    """The first frame of a folder of depth_1_*.png with joints_uvd.txt. Raises ValueError with one line."""
    listing = _uvd_listing(Path(folder))
    if not listing.names:
        raise ValueError(f"{listing.source}: holds no labels")
    frame = listing.read(listing.names[0], listing.numbers[0])
    joints = None if listing.joints_cam_m is None else listing.joints_cam_m[0].astype(np.float64)
    return LabelledFrame(frame, joints, NYU.hand, listing.groups[0], name=listing.names[0])


def read_joint_xyz(path: Path) -> NDArray[np.float64]:
    """joint_xyz (3, N, 36, 3) of a joint_data.mat, in mm, +Y up. Raises ValueError where it is not in the file."""
    import h5py
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    problem = f"{path}: expected joint_xyz with the axes view, frame, 36 joints, x y z"
    try:
        if h5py.is_hdf5(path):
            with h5py.File(path, "r") as file:
                joints = np.transpose(file["joint_xyz"])
        else:
            joints = loadmat(path, variable_names=["joint_xyz"])["joint_xyz"]
    except KeyError:
        raise ValueError(f"{problem}; it is not there") from None
    except (*_BROKEN_MAT, MatReadError) as error:
        raise ValueError(f"{path}: is not a readable .mat file ({error})".replace("\n", " ")) from None
    joints = np.asarray(joints)
    if joints.ndim != 4 or joints.shape[2:] != (36, 3):
        raise ValueError(f"{problem}; got the shape {joints.shape}")
    return joints.astype(np.float64)


def _read(folder: Path, name: str, number: int) -> DepthFrame:
    return read_depth(folder / name, number)


def _open(root: Path, split: str, held_out: int | None, skipped: Skipped | None) -> Listing:
    if split == "test" and (root / UVD_LABELS).is_file():
        return _uvd_listing(root, skipped)
    folder = root / split
    path = need(folder / "joint_data.mat", ORIGIN)
    joints = read_joint_xyz(path)[0][:, JOINTS_OF_36] * TO_CAMERA_M
    count = len(joints)
    found = sum(1 for _ in folder.glob("depth_1_*.png"))
    if found > count:
        checked_count(path, count, found, "images depth_1_*.png beside it")
    for row in np.flatnonzero(~np.isfinite(joints).all(axis=(1, 2))):
        left_out(skipped, "label not usable", f"{path}, frame {row + 1}: holds a joint that is not finite")
    numbers = list(range(1, count + 1))
    groups = [f"test_{1 if n <= FIRST_TEST_SUBJECT else 2}" if split == "test" else split for n in numbers]
    names = [f"depth_1_{number:07d}.png" for number in numbers]
    return Listing(path, partial(_read, folder), names, numbers, groups, joints.astype(np.float32))


NYU = Dataset(
    name="nyu",
    title="NYU Hand Pose Dataset",
    origin=ORIGIN,
    skeleton=SKELETON,
    cube_m=0.25,
    depth_range_m=DEPTH_RANGE_M,
    center_scale=(0.001, -0.001, 0.001),
    open_listing=_open,
    camera=CAMERA,
    marks=("train", "test", UVD_LABELS),
)
