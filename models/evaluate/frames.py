"""Labelled frames on their way into an evaluation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from tqdm import tqdm

from models.core.types import DepthFrame
from models.data.image_folder import read_folder
from models.data.pose_csv import read_poses
from models.data.record import Digest, LabelledFrame


def folder_frames(
    folder: Path, count: int | None = None, between: tuple[int, int] | None = None
) -> Iterator[LabelledFrame]:
    """The labelled frames of a folder in the project's own format: depth images, camera.json and joints.csv, in order.

    between: only frames with these numbers and those between them. count: only so many of them, evenly spaced.
    Raises ValueError with one line where the folder, its joints.csv or an image is broken, or nothing is labelled.
    """
    source = read_folder(folder)
    poses = read_poses(folder / "joints.csv")
    places = {number: place for place, number in enumerate(source.numbers)}
    numbers = [number for number in sorted(poses) if number in places]
    if not numbers:
        raise ValueError(f"{folder / 'joints.csv'}: has no tracked hand for any image of the folder")
    if between is not None:
        first, last = between
        numbers = [number for number in numbers if first <= number <= last]
        if not numbers:
            raise ValueError(f"{folder / 'joints.csv'}: has no tracked hand for any image from {first} to {last}")
    if count is not None and count < len(numbers):
        numbers = [numbers[(2 * place + 1) * len(numbers) // (2 * count)] for place in range(count)]
    for number in numbers:
        raw = source.read(places[number])
        frame = DepthFrame(raw, source.depth_units, source.camera, number, 1000 * number / source.fps, 0.0)
        name = source.paths[places[number]].name
        yield LabelledFrame(frame, poses[number].joints_cam_m, poses[number].hand, name=name)


def watched_frames(frames: Iterable[LabelledFrame], digest: Digest) -> Iterator[LabelledFrame]:
    """The frames as they are, each told to `digest`; on a terminal a bar shows how far they are."""
    for labelled in tqdm(frames, unit=" frames", disable=None):
        digest.add(labelled)
        yield labelled
