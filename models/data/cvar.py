"""CVAR, egocentric hands (Oberweger et al., Efficiently Creating 3D Training Data, CVPR 2016): whole, or in five folds.

On disk: six folders P1, P3, ... of 16-bit PNGs in mm with joint.txt: a line is an image's name and 21 joints u v z in
pixels and mm. 32001 stands for background. P1 and P3 are stored 1/0.7 times too large, images and labels alike (the
same person's palm would be 117 mm wide in them and 82 mm in the others), so their unit is taken as 0.7 mm. P1 is 321
pixels wide; the principal point is the same.

Assumed, for the authors do not write it down:
- the order of the joints is that of MSRA and of the project (wrist, index to little finger, thumb), or thumb first.
  Where a folder has detections.txt, which holds the MCP of the middle finger, it decides; else the former is taken.
- a fold is a fifth of all frames in the order of the folders and their lines, without gaps, since neighbours in time
  look alike.
The labelled "wrist" lies inside the palm.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.core.camera import deproject
from models.core.skeleton import HAND
from models.core.types import Camera, DepthFrame
from models.data.dataset import Dataset, Listing, depth_frame
from models.data.depth_image import read_depth as read_image
from models.data.depth_image import read_header
from models.data.image_folder import natural_key
from models.data.label_files import LabelTable, MissingFileError, Skipped, need, read_table

ORIGIN = "https://moberweger.github.io/2000-01-05-training-data (CVAR egocentric dataset)"
CAMERA = Camera(320, 240, 224.5, 230.5, 160.0, 120.0)
WIDE_CAMERA = Camera(321, 240, 224.5, 230.5, 160.0, 120.0)
DEPTH_RANGE_M = (0.1, 1.5)
UNITS_M = 0.001
UNITS_OF_M = {"P1": 0.0007, "P3": 0.0007}
FOLDS = 5
MIDDLE_MCP = HAND.joints.index("middle_mcp")
ORDERS = (tuple(range(21)), (0, *range(5, 21), *range(1, 5)))
"""The file's index of each joint of the project's hand: as in MSRA, and with the thumb first."""


def units_m(sequence: str) -> float:
    """Metres per unit of depth in the images and labels of a sequence (P1, P3, ...)."""
    return UNITS_OF_M.get(sequence, UNITS_M)


def read_depth(path: Path, number: int) -> DepthFrame:
    """The depth frame of a PNG, by the name of whose folder its unit is known. Raises ValueError with one line."""
    is_wide = read_header(need(path, ORIGIN)).width == WIDE_CAMERA.width
    camera = WIDE_CAMERA if is_wide else CAMERA
    raw = read_image(path, camera, expected_by="CVAR images have")
    return depth_frame(raw, units_m(path.parent.name), camera, number, DEPTH_RANGE_M)


def joint_order(folder: Path, table: LabelTable) -> tuple[int, ...]:
    """Which of ORDERS the labels of a sequence are in, by its detections.txt; the first where there is none.

    Raises ValueError where detections.txt fits neither.
    """
    path = folder / "detections.txt"
    if not path.is_file():
        return ORDERS[0]
    found = read_table(path, 3, True, Skipped())
    rows = {name: row for row, (name, fit) in enumerate(zip(table.names, table.usable())) if fit}
    seen = ((name, row) for row, (name, fit) in enumerate(zip(found.names, found.usable())) if fit)
    pairs = [(rows[name], row) for name, row in seen if name in rows]
    if not pairs:
        return ORDERS[0]
    mine, theirs = np.array(pairs).T
    uv = table.joints()[mine, :, :2] - found.values[theirs, None, :2]
    distance_px = np.median(np.linalg.norm(uv, axis=-1), axis=0)
    best = min(ORDERS, key=lambda order: distance_px[order[MIDDLE_MCP]])
    if not distance_px[best[MIDDLE_MCP]] < 10:
        raise ValueError(f"{path}: lies on no joint of joint.txt that could be the MCP of the middle finger")
    return best


def _read(root: Path, name: str, number: int) -> DepthFrame:
    return read_depth(root / name, number)


def _sequence(folder: Path, skipped: Skipped | None) -> tuple[list[str], NDArray[np.float64]]:
    """Image names, the folder's first, and joints (N, 21, 3), metres, camera frame, of one sequence."""
    table = read_table(folder / "joint.txt", 3 * len(HAND.joints), True, skipped)
    uvz = table.joints()[:, joint_order(folder, table)]
    joints = deproject(uvz[..., :2], uvz[..., 2] * units_m(folder.name), CAMERA)
    return [f"{folder.name}/{Path(name).name}" for name in table.names], joints


def _open(root: Path, split: str, held_out: int | None, skipped: Skipped | None) -> Listing:
    folders = sorted((path.parent for path in root.glob("P*/joint.txt")), key=lambda path: natural_key(path.name))
    if not folders:
        raise MissingFileError(f"{root / 'P1' / 'joint.txt'}: is missing, like that of every sequence; get {ORIGIN}")
    parts = [_sequence(folder, skipped) for folder in folders]
    names = [name for part in parts for name in part[0]]
    joints = np.concatenate([part[1] for part in parts])
    fold = np.arange(len(names)) * FOLDS // max(len(names), 1)
    kept = np.flatnonzero((split == "all") | ((fold == held_out) == (split == "test")))
    return Listing(
        source=root,
        read=partial(_read, root),
        names=[names[i] for i in kept],
        numbers=kept.tolist(),
        groups=[names[i].split("/")[0] for i in kept],
        joints_cam_m=joints[kept].astype(np.float32),
    )


CVAR = Dataset(
    name="cvar",
    title="the CVAR egocentric dataset",
    origin=ORIGIN,
    skeleton=HAND,
    cube_m=0.25,
    depth_range_m=DEPTH_RANGE_M,
    center_scale=(0.001, 0.001, 0.001),
    open_listing=_open,
    camera=CAMERA,
    splits=("all", "train", "test"),
    held_out=tuple(range(FOLDS)),
    marks=("P*/joint.txt",),
)
