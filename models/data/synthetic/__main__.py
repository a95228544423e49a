"""python -m models.data.synthetic: pictures of what the synthetic data looks like, and figures about it."""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.command import run_command
from models.core.skeleton import HAND
from models.core.types import Camera
from models.data.pictures import draw_skeleton, shaded, sheet
from models.data.synthetic.bend import bent
from models.data.synthetic.samples import POSE_CUBE_M, SyntheticSampler
from models.outputs import refuse_inputs, write_whole
from models.rendering.gestures import GESTURES
from models.rendering.rig import default_rig, rotations
from models.rendering.scene import TO_CAMERA, place_hand, render

TILE = 200


def gesture_tiles() -> list[NDArray[np.uint8]]:
    """One picture a gesture, seen from the front and from the thumb's side."""
    rig = default_rig()
    hand = rig.hand(np.zeros(rig.components), 0.185)
    camera, tiles = Camera(TILE, TILE, 260, 260, TILE / 2, TILE / 2), []
    for name, angles in GESTURES.items():
        views = []
        for turn in (0.0, -1.0):
            spin = rotations(np.array([[0.0, 1.0, 0.0]]), np.array([turn]))[0]
            placed = place_hand(hand.pose(angles), spin @ TO_CAMERA, np.array([0.0, 0.0, 0.32]))
            picture = shaded(render([placed.mesh], camera), 0.25, 0.45)
            joints = placed.joints_cam_m
            draw_skeleton(picture, joints[:, :2] / joints[:, 2:] * 260 + TILE / 2, HAND)
            views.append(picture)
        tile = np.hstack(views)
        cv2.putText(tile, name, (6, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 220, 255), 1, cv2.LINE_AA)
        tiles.append(tile)
    return tiles


def joint_picture() -> NDArray[np.uint8]:
    """An open right hand, seen from the palm and from the thumb's side, with its joints and their names."""
    rig, size = default_rig(), 520
    hand = rig.hand(np.zeros(rig.components), 0.185).pose(GESTURES["five"])
    focal = 1.75 * size
    camera, views = Camera(size, size, focal, focal, size / 2, size / 2), []
    for turn in (0.0, -1.35):
        spin = rotations(np.array([[0.0, 1.0, 0.0]]), np.array([turn]))[0]
        placed = place_hand(hand, spin @ TO_CAMERA, np.array([-0.015, 0.02, 0.55]))
        picture = shaded(render([placed.mesh], camera), 0.35, 0.75)
        joints = placed.joints_cam_m
        uv = joints[:, :2] / joints[:, 2:] * focal + size / 2
        draw_skeleton(picture, uv, HAND)
        if not turn:
            for name, (u, v) in zip(HAND.joints, uv):
                place = (int(u) + 5, int(v) + 3)
                cv2.putText(picture, name, place, cv2.FONT_HERSHEY_SIMPLEX, 0.33, (0, 220, 255), 1, cv2.LINE_AA)
        views.append(picture)
    return np.hstack(views)


def sample_tiles(sampler: SyntheticSampler, count: int) -> list[NDArray[np.uint8]]:
    """Pictures of pose samples: the cloud in its cube from the front, and from the right side."""
    tiles = []
    for _ in range(count):
        sample = sampler.pose_sample()
        views = []
        for axes in ((0, 1, 2), (2, 1, 0)):
            picture = np.zeros((TILE, TILE, 3), np.uint8)
            points = (sample.points_cam_m - sample.reference_cam_m)[:, axes] / POSE_CUBE_M + 0.5
            points = points[(np.abs(points - 0.5) < 0.5).all(axis=1)]
            points = points[np.argsort(-points[:, 2])]
            pixels = (points[:, :2] * TILE).astype(int)
            picture[pixels[:, 1], pixels[:, 0]] = (60 + 195 * (1 - points[:, 2:])).astype(np.uint8)
            joints = (sample.joints_cam_m - sample.reference_cam_m)[:, axes] / POSE_CUBE_M + 0.5
            draw_skeleton(picture, joints[:, :2] * TILE, HAND)
            views.append(picture)
        tiles.append(np.hstack(views))
    return tiles


def crop_tiles(sampler: SyntheticSampler, count: int) -> list[NDArray[np.uint8]]:
    """Pictures of reference samples: the crop, what it shows, the joints and the reference point."""
    tiles = []
    for _ in range(count):
        sample = sampler.reference_sample()
        crop = sample.crop[0]
        tile = shaded(np.where(crop < 1, crop + 2, 0), 1.0, 3.0)
        cells = np.arange(TILE) * len(tile) // TILE  # nearest
        tile = tile[np.ix_(cells, cells)]
        if sample.presence:
            uv = (sample.points[:, :2] + 0.5) * TILE
            draw_skeleton(tile, uv[1:], HAND)
            cv2.circle(tile, uv[0].astype(int).tolist(), 5, (0, 220, 255), 2, cv2.LINE_AA)
        title = "hand" if sample.presence else "no hand"
        cv2.putText(tile, title, (6, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 220, 255), 1, cv2.LINE_AA)
        tiles.append(tile)
    return tiles


def make_samples(seed: int, count: int) -> float:
    """Makes `count` finished pose samples, bent as for training; the seconds that it took."""
    sampler, rng = SyntheticSampler(seed), np.random.default_rng(seed)
    sampler.pose_sample()  # compiles and reads the rig
    started = time.perf_counter()
    for _ in range(count):
        sample = sampler.pose_sample()
        bent(sample.points_cam_m, sample.joints_cam_m, rng)
    return time.perf_counter() - started


def print_speed(processes: int, count: int) -> None:
    """Samples a second of several processes together."""
    with ProcessPoolExecutor(processes) as pool:
        seconds = list(pool.map(make_samples, range(processes), [count] * processes))
    rate = sum(count / s for s in seconds)
    print(f"finished pose samples a second, {processes} processes: {rate:.0f}")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m models.data.synthetic", description=__doc__)
    parser.add_argument("--contact-sheet", type=Path, metavar="DIR", help="pictures of gestures, clouds and crops")
    parser.add_argument("--count", type=int, default=24, help="samples a sheet (default 24)")
    parser.add_argument("--joints", type=Path, metavar="FILE", help="a picture of the joints and their names")
    parser.add_argument("--coverage", type=Path, metavar="DIR", help="histograms of joint angles, gestures and views")
    parser.add_argument("--poses", type=int, default=4000, help="poses that the coverage is about (default 4000)")
    parser.add_argument("--speed", type=int, metavar="PROCESSES", help="samples a second of so many processes")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args(argv)
    if not (arguments.contact_sheet or arguments.joints or arguments.coverage or arguments.speed):
        parser.error("say what to make: --contact-sheet, --joints, --coverage or --speed")
    try:
        folders = ((arguments.contact_sheet, "--contact-sheet"), (arguments.coverage, "--coverage"))
        joints = [(arguments.joints, "--joints")] if arguments.joints else []
        refuse_inputs(joints, [], [(path, option) for path, option in folders if path])
        for path, picture in made_pictures(arguments).items():
            write_picture(path, picture)
        if arguments.coverage:
            report_coverage(arguments.coverage, arguments.poses, arguments.seed)
    except (OSError, ValueError) as error:
        parser.exit(1, f"models.data.synthetic: {error}\n")
    if arguments.speed:
        print_speed(arguments.speed, 300)
    return 0


def made_pictures(arguments: argparse.Namespace) -> dict[Path, NDArray[np.uint8]]:
    """The pictures that the options ask for, by the files that they go to."""
    pictures: dict[Path, NDArray[np.uint8]] = {}
    if arguments.contact_sheet:
        sampler = SyntheticSampler(arguments.seed)
        pictures[arguments.contact_sheet / "gestures.png"] = sheet(gesture_tiles(), columns=4)
        pictures[arguments.contact_sheet / "clouds.png"] = sheet(sample_tiles(sampler, arguments.count), columns=4)
        pictures[arguments.contact_sheet / "crops.png"] = sheet(crop_tiles(sampler, arguments.count), columns=8)
    if arguments.joints:
        pictures[arguments.joints] = joint_picture()
    return pictures


def write_picture(path: Path, picture: NDArray[np.uint8]) -> None:
    """Raises OSError where it cannot be written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, cv2.imencode(path.suffix, picture)[1].tobytes())
    print(path)


def report_coverage(folder: Path, count: int, seed: int) -> None:
    """Print what the sampler covers and write the histograms. Raises OSError where they cannot be written."""
    from models.data.synthetic.coverage import draw_coverage, format_coverage, measure_coverage

    folder.mkdir(parents=True, exist_ok=True)
    coverage = measure_coverage(count, seed)
    print(format_coverage(coverage))
    draw_coverage(coverage, folder / "coverage.png")
    print(folder / "coverage.png")


if __name__ == "__main__":
    sys.exit(run_command("models.data.synthetic", main))
