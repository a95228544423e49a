"""Held hands: away is away, views are balanced, and what is drawn keeps the limits of a hand."""

from __future__ import annotations

import numpy as np
import pytest

from models.core.skeleton import FINGER_MCPS, WRIST
from models.data.synthetic.held import held_angles, held_view
from models.data.synthetic.samples import SyntheticSampler
from models.data.synthetic.variety import FROZEN, STRETCHED, TRAINING, draw_angles, draw_view
from models.rendering.gestures import GESTURES
from models.rendering.limits import FULL, PIP, clipped
from models.rendering.rig import default_rig
from models.rendering.scene import TO_CAMERA, euler, place_hand

MIDDLE_TIP = 8


def fingers_away_deg(joints_cam_m):
    """How far the middle finger of a hand points away from the camera, negative towards it."""
    pointing = joints_cam_m[MIDDLE_TIP] - joints_cam_m[WRIST]
    return np.degrees(np.arcsin(pointing[2] / np.linalg.norm(pointing)))


def placed(rotation):
    rig = default_rig()
    posed = rig.hand(np.zeros(rig.components), 0.18).pose(GESTURES["open"])
    return place_hand(posed, rotation, np.array([0.0, 0.0, 0.4])).joints_cam_m


@pytest.mark.parametrize("pitch_deg", [-55, -35, 28])
@pytest.mark.parametrize("yaw_deg", [0, 180])
def test_negative_pitch_points_away_from_the_camera(pitch_deg, yaw_deg):
    joints = placed(euler(np.radians(pitch_deg), 0, 0) @ euler(0, np.radians(yaw_deg), 0) @ TO_CAMERA)
    assert fingers_away_deg(joints) == pytest.approx(-pitch_deg, abs=6)


def test_the_back_is_seen_at_a_yaw_of_half_a_turn():
    for yaw, sign in ((0.0, -1), (np.pi, 1)):  # the palm's normal points at the camera, and away from it
        joints = placed(euler(0, yaw, 0) @ TO_CAMERA)
        across = joints[FINGER_MCPS[0]] - joints[FINGER_MCPS[3]]
        along = joints[FINGER_MCPS[1]] - joints[WRIST]
        assert np.sign(np.cross(across, along)[2]) == sign


def test_training_sees_hands_from_behind_as_often_as_from_before():
    rng = np.random.default_rng(0)
    views = np.stack([draw_view(TRAINING, rng) for _ in range(3000)])
    away, palm_to_camera = views[:, 2, 1], -views[:, 2, 2]
    level = np.sin(np.radians(15))
    assert np.mean(away > level) > 0.36 and np.mean(away < -level) > 0.25
    assert 0.75 < np.mean(palm_to_camera < -0.5) / np.mean(palm_to_camera > 0.5) < 1.33
    steep_from_behind = (away > np.sin(np.radians(30))) & (palm_to_camera < 0)
    assert np.mean(steep_from_behind) > 0.08


def test_the_earlier_sets_keep_their_views_and_poses():
    for variety in (FROZEN, STRETCHED):
        one, same = (np.random.default_rng(3) for _ in range(2))
        sampler = SyntheticSampler(one, variety)
        assert sampler.random_hand(np.array([0, 0, 0.4])).mesh.vertices.shape[1] == 3
        assert draw_view(variety, same).shape == (3, 3) and draw_angles(variety, same).shape == (24,)


def test_held_poses_are_pointing_hands_fists_and_half_open_ones():
    rng = np.random.default_rng(1)
    angles = np.stack([clipped(held_angles(rng)) for _ in range(1000)])
    low, high = FULL
    assert (angles >= low - 1e-9).all() and (angles <= high + 1e-9).all()
    bent = np.degrees(angles[:, PIP]) > 55
    pointing = ~bent[:, 0] & bent[:, 1:].all(axis=1)
    assert np.mean(pointing) > 0.2 and np.mean(bent.all(axis=1)) > 0.2


def test_held_views_are_rotations():
    rng = np.random.default_rng(2)
    for _ in range(50):
        view = held_view(rng)
        np.testing.assert_allclose(view @ view.T, np.eye(3), atol=1e-12)
        assert np.linalg.det(view) == pytest.approx(1)
