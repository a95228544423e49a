"""python -m models.data.synthetic: pictures of what the synthetic data looks like, and figures about it."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.core.skeleton import HAND
from models.core.types import Camera
from models.data.synthetic.poses import GESTURES, rejected_share
from models.data.synthetic.rig import default_rig, rotations
from models.data.synthetic.samples import POSE_CUBE_M, SampleMaker
from models.data.synthetic.scene import TO_CAMERA, place_hand, render

TILE = 200


def draw_skeleton(image: NDArray[np.uint8], uv: NDArray) -> None:
    """Draws hand joints at pixels `uv` (21, 2) into a BGR image, in place."""
    points = np.clip(uv, -9999, 9999).astype(int)
    for parent, child in HAND.bones:
        color = tuple(round(255 * c) for c in reversed(HAND.joint_color(child)))
        cv2.line(image, points[parent].tolist(), points[child].tolist(), color, 1, cv2.LINE_AA)
        cv2.circle(image, points[child].tolist(), 2, color, -1, cv2.LINE_AA)


def shaded(depth_m: NDArray, near_m: float, far_m: float) -> NDArray[np.uint8]:
    """BGR picture of a depth image: near is light, no measurement black."""
    level = np.clip((far_m - depth_m) / (far_m - near_m), 0, 1)
    gray = np.where((depth_m > 0) & np.isfinite(depth_m), 40 + 215 * level, 0).astype(np.uint8)
    return np.repeat(gray[..., None], 3, axis=2)


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
            draw_skeleton(picture, joints[:, :2] / joints[:, 2:] * 260 + TILE / 2)
            views.append(picture)
        tile = np.hstack(views)
        cv2.putText(tile, name, (6, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 220, 255), 1, cv2.LINE_AA)
        tiles.append(tile)
    return tiles


def sample_tiles(maker: SampleMaker, count: int) -> list[NDArray[np.uint8]]:
    """Pictures of pose samples: the cloud in its cube from the front, and from the right side."""
    tiles = []
    for _ in range(count):
        sample = maker.pose_sample()
        views = []
        for axes in ((0, 1, 2), (2, 1, 0)):
            picture = np.zeros((TILE, TILE, 3), np.uint8)
            points = (sample.points_cam_m - sample.reference_cam_m)[:, axes] / POSE_CUBE_M + 0.5
            points = points[(np.abs(points - 0.5) < 0.5).all(axis=1)]
            points = points[np.argsort(-points[:, 2])]
            pixels = (points[:, :2] * TILE).astype(int)
            picture[pixels[:, 1], pixels[:, 0]] = (60 + 195 * (1 - points[:, 2:])).astype(np.uint8)
            joints = (sample.joints_cam_m - sample.reference_cam_m)[:, axes] / POSE_CUBE_M + 0.5
            draw_skeleton(picture, joints[:, :2] * TILE)
            views.append(picture)
        tiles.append(np.hstack(views))
    return tiles


def crop_tiles(maker: SampleMaker, count: int) -> list[NDArray[np.uint8]]:
    """Pictures of reference samples: the two outer crops, what they show and where the reference point is."""
    tiles = []
    for _ in range(count):
        sample = maker.reference_sample()
        views = []
        for crop, scale in zip(sample.crops[:2], (1.0, 0.5)):
            picture = shaded(np.where(crop < 1, crop + 2, 0), 1.0, 3.0)
            cells = np.arange(TILE) * len(picture) // TILE  # nearest
            picture = picture[np.ix_(cells, cells)]
            if sample.presence:
                place = ((sample.offset[:2] / scale + 0.5) * TILE).astype(int)
                cv2.circle(picture, place.tolist(), 5, (0, 220, 255), 2, cv2.LINE_AA)
            views.append(picture)
        tile = np.hstack(views)
        side = "right" if sample.right else "left"
        title = side if sample.presence else "no hand"
        cv2.putText(tile, title, (6, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 220, 255), 1, cv2.LINE_AA)
        tiles.append(tile)
    return tiles


def sheet(tiles: list[NDArray[np.uint8]], columns: int = 4) -> NDArray[np.uint8]:
    """Tiles of one size in rows of `columns`; the last row is filled up with black."""
    tiles = tiles + [np.zeros_like(tiles[0])] * (-len(tiles) % columns)
    return np.vstack([np.hstack(tiles[i : i + columns]) for i in range(0, len(tiles), columns)])


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m models.data.synthetic", description=__doc__)
    parser.add_argument("--contact-sheet", type=Path, metavar="DIR", required=True, help="write the pictures here")
    parser.add_argument("--count", type=int, default=24, help="samples a sheet (default 24)")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args(argv)
    arguments.contact_sheet.mkdir(parents=True, exist_ok=True)
    maker = SampleMaker(arguments.seed)
    sheets = {
        "gestures": gesture_tiles(),
        "clouds": sample_tiles(maker, arguments.count),
        "crops": crop_tiles(maker, arguments.count),
    }
    for name, tiles in sheets.items():
        path = arguments.contact_sheet / f"{name}.png"
        if not cv2.imwrite(str(path), sheet(tiles)):
            parser.exit(1, f"cannot write {path}\n")
        print(path)
    rig, rng = default_rig(), np.random.default_rng(arguments.seed)
    share = rejected_share(rig.hand(np.zeros(rig.components), 0.185), 0.185, rng)
    started = time.perf_counter()
    for _ in range(100):
        maker.pose_sample()
    rate = 100 / (time.perf_counter() - started)
    print(f"poses rejected for interpenetration: {share:.0%}; pose samples a second on one core: {rate:.0f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
