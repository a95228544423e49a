"""Labelled frames of a folder in the project's own format."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from models.core.types import DepthFrame
from models.data.image_folder import read_depth_png, read_folder
from models.data.pose_csv import read_poses
from models.data.record import LabelledFrame


def folder_frames(folder: Path) -> Iterator[LabelledFrame]:
    """The labelled frames of a folder: depth images, camera.json and joints.csv, in order.

    Raises ValueError with one line where the folder, its joints.csv or an image is broken, or nothing is labelled.
    """
    source = read_folder(folder)
    poses = read_poses(folder / "joints.csv")
    numbers = [number for number in sorted(poses) if 0 <= number < len(source.paths)]
    if not numbers:
        raise ValueError(f"{folder / 'joints.csv'}: has no tracked hand for any image of the folder")
    for number in numbers:
        raw = read_depth_png(source.paths[number], source.camera)
        frame = DepthFrame(raw, source.depth_units, source.camera, number, 1000 * number / source.fps, 0.0)
        name = source.paths[number].name
        yield LabelledFrame(frame, poses[number].joints_cam_m, poses[number].hand, name=name)
