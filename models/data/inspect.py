"""python -m models.data.inspect: what a data set on disk holds, a picture of it, and whether its labels make sense."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.command import run_command
from models.core.camera import project
from models.core.skeleton import bone_lengths
from models.core.text import one_line
from models.core.types import Cube
from models.data.dataset import Dataset, FrameList
from models.data.label_files import MissingFileError, Skipped
from models.data.options import add_root_options, chosen_dataset
from models.data.pictures import draw_skeleton, shaded, sheet
from models.data.record import LabelledFrame
from models.data.registry import DATASETS
from models.outputs import refuse_inputs, write_whole

TILE_PX = 240
NEAR_SHARE_OF_CUBE = 0.15
"""A joint is near the surface within this share of the cube's edge: 30 mm in one of 200 mm, 0.3 m for bodies."""
WINDOW_PX = 3


def joint_facts(labelled: LabelledFrame) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """For each joint (J,) of a frame: whether it lies inside the image, and metres from it to the surface near it.

    The distance is the smallest one along the viewing direction in a window of 7x7 pixels, NaN without a measurement.
    """
    if labelled.joints_cam_m is None:
        raise ValueError("joint facts: expected a frame with labels")
    camera, depth_m = labelled.frame.camera, labelled.frame.depth_m()
    joints = labelled.joints_cam_m
    with np.errstate(divide="ignore", invalid="ignore"):
        uv = np.rint(project(joints, camera))
    inside = (uv >= 0).all(axis=1) & (uv < (camera.width, camera.height)).all(axis=1) & (joints[:, 2] > 0)
    distance_m = np.full(len(joints), np.nan)
    for joint in np.flatnonzero(inside):
        u, v = uv[joint].astype(int)
        window = depth_m[max(v - WINDOW_PX, 0) : v + WINDOW_PX + 1, max(u - WINDOW_PX, 0) : u + WINDOW_PX + 1]
        measured = window[window > 0]
        if len(measured):
            distance_m[joint] = np.abs(measured - joints[joint, 2]).min()
    return inside, distance_m


def label_report(dataset: Dataset, frames: list[LabelledFrame]) -> list[str]:
    """Lines on the labels of some frames; what looks wrong starts with "warning:"."""
    labelled = [frame for frame in frames if frame.joints_cam_m is not None]
    if not labelled:
        return ["labels: none published"]
    facts = [joint_facts(frame) for frame in labelled]
    inside = np.concatenate([fact[0] for fact in facts])
    distance_m = np.concatenate([fact[1] for fact in facts])
    limit_m = NEAR_SHARE_OF_CUBE * dataset.cube_m
    near = float((distance_m[inside] < limit_m).mean()) if inside.any() else 0.0
    lines = [f"joints inside the image: {inside.mean():.1%}"]
    lines.append(f"of these within {1000 * limit_m:.0f} mm of the measured surface: {near:.1%}")
    if inside.mean() < 0.9:
        lines.append("warning: many joints lie outside of their image")
    if near < 0.6:
        lines.append("warning: few joints lie near the surface; units, axes or the order of frames may be wrong")
    return lines + bone_report(dataset, np.stack([f.joints_cam_m for f in labelled if f.joints_cam_m is not None]))


def bone_report(dataset: Dataset, joints_cam_m: NDArray) -> list[str]:
    """Range of bone lengths over joints (N, J, 3) in metres; bones of no length or beyond half the cube are named."""
    lengths_mm = 1000 * bone_lengths(joints_cam_m, dataset.bones)
    shortest, longest = lengths_mm.min(axis=0), lengths_mm.max(axis=0)
    lines = [f"bones: {shortest.min():.0f} to {longest.max():.0f} mm"]
    for bone in np.flatnonzero((shortest < 1) | (longest > 500 * dataset.cube_m)):
        ends = " to ".join(dataset.joints[joint] for joint in dataset.bones[bone])
        lines.append(f"warning: {ends} is {shortest[bone]:.0f} to {longest[bone]:.0f} mm long")
    return lines


def tile(dataset: Dataset, labelled: LabelledFrame) -> NDArray[np.uint8]:
    """Picture of a frame around its joints, or of the whole where it has none: near is light, no measurement black."""
    camera, depth_m = labelled.frame.camera, labelled.frame.depth_m()
    near_m, far_m = dataset.depth_range_m
    left, top, side = 0.0, 0.0, float(max(camera.width, camera.height))
    center = labelled.center_cam_m
    if labelled.joints_cam_m is not None:
        center = (labelled.joints_cam_m.min(axis=0) + labelled.joints_cam_m.max(axis=0)) / 2
    if center is not None and center[2] > 0:
        cube = Cube(center, dataset.cube_m)
        side = camera.fx * cube.size_m / float(cube.center_cam_m[2])
        left, top = project(cube.center_cam_m[None], camera)[0] - side / 2
        near_m, far_m = float(center[2]) - cube.size_m / 2, float(center[2]) + cube.size_m / 2
    scale = TILE_PX / side
    move = np.array([[scale, 0, -left * scale], [0, scale, -top * scale]])
    enlarged = cv2.warpAffine(shaded(depth_m, near_m, far_m), move, (TILE_PX, TILE_PX), flags=cv2.INTER_NEAREST)
    picture = np.asarray(enlarged, dtype=np.uint8)
    if labelled.joints_cam_m is not None:
        uv = (project(labelled.joints_cam_m, camera) - (left, top)) * scale
        draw_skeleton(picture, uv, dataset.skeleton, radius=3)
    cv2.putText(picture, labelled.name[-36:], (4, 12), cv2.FONT_HERSHEY_SIMPLEX, 0.35, (0, 220, 255), 1, cv2.LINE_AA)
    return picture


def sampled(frames: FrameList, count: int, skipped: Skipped) -> list[LabelledFrame]:
    """Up to `count` frames spread over a list; broken ones are counted. Raises ValueError where none can be read."""
    read = []
    for index in np.unique(np.linspace(0, len(frames) - 1, min(count, len(frames))).astype(int)):
        try:
            read.append(frames[int(index)])
        except ValueError as error:
            skipped.add("image missing or not usable, among those looked at", str(error))
            last = error
    if not read:
        raise last
    return read


def inspect_split(dataset: Dataset, split: str, arguments: argparse.Namespace) -> None:
    """Prints the counts and checks of one split and writes its contact sheet. Raises ValueError with one line."""
    skipped = Skipped()
    frames = dataset.open(arguments.root, split, arguments.subject, arguments.centers, skipped)
    print(f"{dataset.name} {split}: {len(frames)} frames")
    for group, count in Counter(frames.groups).items():
        print(f"  {group}: {count}")
    some = sampled(frames, arguments.samples, skipped)
    print(f"  looked at {len(some)} images")
    for line in label_report(dataset, some):
        print(f"  {line}")
    print(f"  left out: {skipped.total}")
    for line in skipped.lines():
        print(f"    {line}")
    if arguments.out is not None:
        path = arguments.out / f"{dataset.name}_{split}.png"
        shown = np.unique(np.linspace(0, len(some) - 1, min(arguments.tiles, len(some))).astype(int))
        arguments.out.mkdir(parents=True, exist_ok=True)
        picture = sheet([tile(dataset, some[i]) for i in shown], columns=6)
        write_whole(path, cv2.imencode(".png", picture)[1].tobytes())
        print(f"  {path}")


def inspect_splits(dataset: Dataset, arguments: argparse.Namespace) -> None:
    """The split that was asked for, or each that is on disk. Raises ValueError where there is none."""
    if arguments.split:
        return inspect_split(dataset, arguments.split, arguments)
    missing: list[MissingFileError] = []
    for split in dataset.splits:
        try:
            inspect_split(dataset, split, arguments)
        except MissingFileError as error:
            missing.append(error)
            print(f"{dataset.name} {split}: {one_line(error)}")
    if len(missing) == len(dataset.splits):
        raise missing[0]
    return None


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m models.data.inspect", description=__doc__)
    parser.add_argument("--data", choices=DATASETS, required=True, help="name of the data set")
    add_root_options(parser)
    parser.add_argument("--split", help="train, test or all (default: each one that is there)")
    parser.add_argument("--centers", type=Path, metavar="FILE", help="precomputed reference points of the split")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write contact sheets here")
    parser.add_argument("--samples", type=int, default=100, help="images to look at in a split (default 100)")
    parser.add_argument("--tiles", type=int, default=24, help="images on a contact sheet (default 24)")
    arguments = parser.parse_args(argv)
    if arguments.samples < 1 or arguments.tiles < 1:
        parser.error("--samples and --tiles must be above zero")
    dataset = chosen_dataset(parser, arguments)
    try:
        if arguments.out is not None:
            refuse_inputs([], [arguments.root, arguments.centers], [(arguments.out, "--out")])
        inspect_splits(dataset, arguments)
    except (ValueError, OSError) as error:
        print(f"error: {one_line(error)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(run_command("models.data.inspect", main))
