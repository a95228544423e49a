"""ITOP, invariant top view body pose (Haque et al., Viewpoint Invariant 3D Human Pose Estimation, ECCV 2016).

On disk: ITOP_side_train_depth_map.h5 and ITOP_side_train_labels.h5, the same for test and for top; the authors call
the front view "side", others "front", and both names are read. A depth map has `id` and `data` (N, 240, 320) float16,
metres; the labels have `id`, `is_valid`, `real_world_coordinates` (N, 15, 3) float32, metres, +Y up, and more that is
not needed here. Only frames marked as valid are used. One pixel is 0.0035 m wide at one metre. The first two digits of
an id are the person.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.core.skeleton import BODY
from models.core.types import Camera, DepthFrame
from models.data.dataset import Dataset, Listing, OpenListing, checked_count, depth_frame
from models.data.label_files import Skipped, left_out, need

ORIGIN = "https://zenodo.org/records/3932973 (ITOP)"
CAMERA = Camera(320, 240, 1 / 0.0035, 1 / 0.0035, 160.0, 120.0)
TO_CAMERA_M = np.array([1.0, -1.0, 1.0])
DEPTH_RANGE_M = (0.1, 6.5)
UNITS_M = 0.0001
FILE_VIEWS = {"front": ("side", "front"), "top": ("top",)}
"""What a view is called in the names of files, the authors' own name first."""


def _file(root: Path, view: str, split: str, kind: str) -> Path:
    paths = [root / f"ITOP_{name}_{split}_{kind}.h5" for name in FILE_VIEWS[view]]
    for path in paths:
        if path.exists():
            return path
    return need(paths[0], f"{ORIGIN}, unpacked from {paths[0].name}.gz")


def _arrays(path: Path, *names: str) -> list[NDArray]:
    """Whole arrays of an HDF5 file. Raises ValueError where the file is broken or has no such array."""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            for name in names:
                if name not in file:
                    raise ValueError(f"{path}: has no {name!r}")
            return [np.asarray(file[name]) for name in names]
    except OSError as error:
        raise ValueError(f"{path}: is not a readable HDF5 file ({error})".replace("\n", " ")) from None


def _text(value: Any) -> str:
    return value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)


def read_depth(path: Path, name: str, number: int) -> DepthFrame:
    """The depth frame in row `number` of a depth map file, in units of 0.1 mm.

    The file is opened for every frame, so that processes do not share a handle. Raises ValueError with one line.
    """
    import h5py

    try:
        with h5py.File(path, "r") as file:
            depth_m = np.asarray(file["data"][number], dtype=np.float64)
    except (OSError, KeyError, ValueError, IndexError) as error:
        raise ValueError(f"{path}, frame {name}: cannot be read ({error})".replace("\n", " ")) from None
    if depth_m.shape != CAMERA.shape:
        raise ValueError(f"{path}, frame {name}: has the shape {depth_m.shape}, but ITOP images have (240, 320)")
    return depth_frame(depth_m / UNITS_M, UNITS_M, CAMERA, number, DEPTH_RANGE_M)


def _open(view: str, root: Path, split: str, held_out: int | None, skipped: Skipped | None) -> Listing:
    labels, depth = _file(root, view, split, "labels"), _file(root, view, split, "depth_map")
    ids, valid, world = _arrays(labels, "id", "is_valid", "real_world_coordinates")
    (depth_ids,) = _arrays(depth, "id")
    checked_count(labels, len(ids), len(depth_ids), f"frames in {depth.name}")
    if world.shape != (len(ids), len(BODY.joints), 3) or valid.shape != (len(ids),):
        shapes = f"{world.shape} and {valid.shape}"
        raise ValueError(f"{labels}: expected {len(ids)} x 15 x 3 coordinates and as many valid flags, got {shapes}")
    differ = np.flatnonzero(ids != depth_ids)
    if len(differ):
        row = differ[0]
        raise ValueError(f"{labels}: row {row} is frame {_text(ids[row])}, but {_text(depth_ids[row])} in {depth.name}")
    joints, fit = world.astype(np.float64) * TO_CAMERA_M, valid.astype(bool)
    for row in np.flatnonzero(fit & ~np.isfinite(joints).all(axis=(1, 2))):
        left_out(skipped, "label not usable", f"{labels}, frame {_text(ids[row])}: holds a joint that is not finite")
    names = [_text(value) for value in ids]
    return Listing(
        source=labels,
        read=partial(read_depth, depth),
        names=names,
        numbers=list(range(len(names))),
        groups=[f"person {name.split('_')[0]}" for name in names],
        joints_cam_m=joints.astype(np.float32),
        valid=fit,
    )


def _itop(view: str) -> Dataset:
    opened: OpenListing = partial(_open, view)
    return Dataset(
        name=f"itop_{view}",
        title=f"ITOP, {view} view",
        origin=ORIGIN,
        skeleton=BODY,
        cube_m=2.0,
        depth_range_m=DEPTH_RANGE_M,
        center_scale=(1.0, -1.0, 1.0),
        open_listing=opened,
        camera=CAMERA,
        marks=("ITOP_*.h5",),
    )


ITOP_FRONT = _itop("front")
ITOP_TOP = _itop("top")
