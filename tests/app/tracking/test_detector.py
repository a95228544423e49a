"""Hand candidates: on drawn scenes and on real frames."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.tracking.detector import MAX_CANDIDATES, HandDetector
from models.core.skeleton import hand_reference_point
from models.core.types import Camera, DepthFrame
from models.data.pose_csv import read_poses
from tests.app.fakes import CAMERA, empty_frame, frame_of, hand_depth, hand_frame


def nearest_mm(frame: DepthFrame, point_m: tuple[float, float, float] | np.ndarray) -> float:
    candidates = HandDetector().detect(frame)
    assert len(candidates) <= MAX_CANDIDATES
    distances = [np.linalg.norm(c.center_cam_m - np.asarray(point_m)) for c in candidates]
    return 1000 * min(distances, default=np.inf)


@pytest.mark.parametrize("center_m", [(0.0, -0.02, 0.3), (0.1, 0.05, 0.5), (-0.2, 0.1, 0.9)])
def test_a_bare_arm_gives_a_candidate_on_the_palm(center_m):
    assert nearest_mm(hand_frame(center_m), center_m) < 60


def test_a_hand_in_front_of_a_body_is_found():
    body = np.zeros(CAMERA.shape)
    body[40:, 60:260] = 0.75
    hand = hand_depth((0.02, -0.03, 0.5))
    assert nearest_mm(frame_of(np.where(hand > 0, hand, body)), (0.02, -0.03, 0.5)) < 40


def test_a_hand_is_found_in_an_image_of_another_size():
    camera = Camera(width=1280, height=720, fx=640.0, fy=640.0, ppx=639.5, ppy=359.5)
    frame = frame_of(hand_depth((0.1, 0.0, 0.6), camera), camera=camera)
    assert nearest_mm(frame, (0.1, 0.0, 0.6)) < 40


def test_a_wall_gives_no_candidate_in_its_middle():
    wall = frame_of(np.full(CAMERA.shape, 0.6))
    assert HandDetector().detect(wall) == []


def test_an_empty_image_gives_no_candidate():
    assert HandDetector().detect(empty_frame()) == []


def test_a_hand_outside_the_depth_range_is_left_out():
    frame = hand_frame((0.0, 0.0, 0.5))
    assert HandDetector(0.15, 1.2).detect(frame)
    assert HandDetector(0.6, 1.2).detect(frame) == []
    assert HandDetector(0.15, 0.4).detect(frame) == []


def test_candidates_come_best_first():
    scores = [c.score for c in HandDetector().detect(hand_frame())]
    assert scores == sorted(scores, reverse=True)


def test_a_depth_range_the_wrong_way_round_is_refused():
    with pytest.raises(ValueError, match="near < far"):
        HandDetector(0.5, 0.4)


@pytest.mark.parametrize("sequence", ["P1", "P4"])
def test_a_candidate_lies_on_the_hand_in_real_egocentric_frames(shared_data: Path, sequence: str):
    folder = shared_data / "cvar" / sequence
    values = json.loads((folder / "camera.json").read_text())
    camera = Camera(**{name: values[name] for name in ("width", "height", "fx", "fy", "ppx", "ppy")})
    truth = read_poses(folder / "joints.csv")
    near = []
    for index, path in list(enumerate(sorted(folder.glob("*.png"))))[::10]:
        raw = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        frame = DepthFrame(raw, values["depth_units"], camera, index, 0.0, 0.0)
        near.append(nearest_mm(frame, hand_reference_point(truth[index].joints_cam_m)) < 100)
    assert np.mean(near) > 0.97
