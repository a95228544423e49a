"""MSRA15, the hand gesture data set of Sun et al. (Cascaded Hand Pose Regression, CVPR 2015): one subject left out.

On disk: cvpr15_MSRAHandGestureDB with P0 .. P8 / gesture / joint.txt and 000000_depth.bin. joint.txt starts with the
number of frames, then has 63 numbers a line: 21 joints x, y, z in mm with +Y up and z negative in front of the camera.
A .bin has six int32 (width, height, left, top, right, bottom; right and bottom exclusive) and then the depth of that
box in mm, float32, row by row. The joints come in the project's own order of the hand.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from models.core.skeleton import HAND
from models.core.types import Camera, DepthFrame
from models.data.dataset import Dataset, Listing, checked_count, depth_frame
from models.data.label_files import Skipped, left_out, need, parse_table, read_lines

ORIGIN = "https://jimmysuen.github.io (cvpr15_MSRAHandGestureDB)"
SUBJECTS = tuple(range(9))
GESTURES = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "I", "IP", "L", "MP", "RP", "T", "TIP", "Y")
CAMERA = Camera(320, 240, 241.42, 241.42, 160.0, 120.0)
TO_CAMERA_M = np.array([0.001, -0.001, -0.001])
DEPTH_RANGE_M = (0.1, 0.7)
UNITS_M = 0.0001
HEADER_BYTES = 24


def read_bin(path: Path, number: int) -> DepthFrame:
    """The whole image of a _depth.bin; what its box leaves out is no measurement.

    Raises ValueError where the file is missing, cut off, or speaks of an image that is not 320x240.
    """
    try:
        data = need(path, ORIGIN).read_bytes()
    except OSError as error:
        raise ValueError(f"{path}: cannot be read ({error.strerror or error})") from None
    if len(data) < HEADER_BYTES:
        raise ValueError(f"{path}: is truncated: {len(data)} bytes, the header alone has {HEADER_BYTES}")
    width, height, left, top, right, bottom = np.frombuffer(data[:HEADER_BYTES], "<i4").tolist()
    if (height, width) != CAMERA.shape:
        raise ValueError(f"{path}: is {width}x{height} pixels, but MSRA images have 320x240")
    if not (0 <= left <= right <= width and 0 <= top <= bottom <= height):
        raise ValueError(f"{path}: has a box outside of the image: {left}..{right}, {top}..{bottom}")
    expected = HEADER_BYTES + 4 * (right - left) * (bottom - top)
    if len(data) != expected:
        word = "truncated" if len(data) < expected else "too long"
        raise ValueError(f"{path}: is {word}: {len(data)} bytes, its header promises {expected}")
    depth = np.zeros(CAMERA.shape)
    depth[top:bottom, left:right] = np.frombuffer(data[HEADER_BYTES:], "<f4").reshape(bottom - top, right - left)
    return depth_frame(depth * (0.001 / UNITS_M), UNITS_M, CAMERA, number, DEPTH_RANGE_M)


def _read(root: Path, name: str, number: int) -> DepthFrame:
    return read_bin(root / name, number)


def _read_joints(path: Path, skipped: Skipped | None) -> np.ndarray:
    """Joints (N, 21, 3), metres, camera frame, of a joint.txt; its count must fit its lines."""
    lines = read_lines(path)
    try:
        count = int(lines[0].text)
    except (IndexError, ValueError):
        where = lines[0].number if lines else 1
        raise ValueError(f"{path}, line {where}: expected the number of frames") from None
    checked_count(path, count, len(lines) - 1, "lines of joints after it")
    table = parse_table(path, lines[1:], 3 * len(HAND.joints), False, skipped)
    return table.joints() * TO_CAMERA_M


def _open(root: Path, split: str, held_out: int | None, skipped: Skipped | None) -> Listing:
    wanted = [s for s in SUBJECTS if split == "all" or (s == held_out) == (split == "test")]
    names: list[str] = []
    numbers: list[int] = []
    groups: list[str] = []
    joints = [np.zeros((0, len(HAND.joints), 3))]
    for subject in wanted:
        for gesture in GESTURES:
            path = root / f"P{subject}" / gesture / "joint.txt"
            try:
                need(path, ORIGIN)
            except ValueError as error:
                left_out(skipped, "gesture folder missing", error)
                continue
            labels = _read_joints(path, skipped)
            joints.append(labels)
            names += [f"P{subject}/{gesture}/{number:06d}_depth.bin" for number in range(len(labels))]
            numbers += range(len(labels))
            groups += [f"P{subject}"] * len(labels)
    return Listing(root, partial(_read, root), names, numbers, groups, np.concatenate(joints).astype(np.float32))


MSRA = Dataset(
    name="msra",
    title="MSRA15",
    origin=ORIGIN,
    skeleton=HAND,
    cube_m=0.2,
    depth_range_m=DEPTH_RANGE_M,
    center_scale=(0.001, -0.001, 0.001),
    open_listing=_open,
    camera=CAMERA,
    splits=("train", "test", "all"),
    held_out=SUBJECTS,
    marks=("P0", "P1"),
)
