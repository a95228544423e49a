from __future__ import annotations

import numpy as np
import pytest

from models.core.skeleton import HAND
from models.data.synthetic.poses import (
    easy_angles,
    interpenetrates,
    rejected_share,
    sample_angles,
    sample_pose,
    signalled,
)
from models.data.synthetic.touching import touching
from models.rendering.gestures import GESTURES
from models.rendering.limits import EASY, FLEX, FULL, MCP_STEP_DEG, THUMB, clipped
from models.rendering.rig import ANGLE, FINGERS, default_rig, unit

LENGTH_M = 0.185


@pytest.fixture(scope="module")
def hand():
    rig = default_rig()
    return rig.hand(np.zeros(rig.components), LENGTH_M)


def test_sampled_angles_keep_their_limits_and_cover_them():
    rng = np.random.default_rng(0)
    angles = np.stack([sample_angles(rng) for _ in range(2000)])
    assert (angles >= FULL[0] - 1e-9).all() and (angles <= FULL[1] + 1e-9).all()
    steps = np.abs(np.diff(angles[:, FLEX], axis=1))
    assert (steps <= np.radians(MCP_STEP_DEG) + 1e-9).all()
    bends = angles[:, [ANGLE["index_mcp_flex"], ANGLE["ring_pip"]]]
    reach = (np.quantile(bends, 0.95, axis=0) - np.quantile(bends, 0.05, axis=0)) / np.radians([105, 105])
    assert (reach > 0.7).all()


def test_without_stretching_angles_keep_the_range_of_a_hand_at_ease():
    rng = np.random.default_rng(3)
    angles = np.stack([sample_angles(rng, stretch=False) for _ in range(500)])
    assert (angles >= EASY[0] - 1e-9).all() and (angles <= EASY[1] + 1e-9).all()


def thumb_elevations_deg(hand, angles):
    """Angles between the palm's plane and the way from wrist to thumb tip, positive before the palm."""
    tips = np.stack([hand.pose(row).joints_hand_m[HAND.joints.index("thumb_tip")] for row in angles])
    return np.degrees(np.arcsin(unit(tips)[:, 2]))


def test_stretched_thumbs_lie_beside_the_palm_and_others_before_it(hand):
    rng = np.random.default_rng(2)
    at_ease, stretched = (
        thumb_elevations_deg(hand, [sample_angles(rng, stretch) for _ in range(500)]) for stretch in (False, True)
    )
    assert np.mean(at_ease < 5) < 0.05
    assert 0.1 < np.mean(stretched < 5) < 0.5 and np.mean(stretched > 20) > 0.4


def test_a_thumb_beside_the_palm_points_away_from_the_fingers(hand):
    angles = GESTURES["five"].copy()
    angles[THUMB] = np.radians([-25, 45, 0, -5, -12])
    joints = hand.pose(clipped(angles)).joints_hand_m
    thumb = joints[HAND.joints.index("thumb_tip")] - joints[HAND.joints.index("thumb_mcp")]
    assert np.degrees(np.arctan2(thumb[0], thumb[1])) > 70


def test_signs_show_every_combination_of_straight_and_curled_fingers(hand):
    rng = np.random.default_rng(4)
    shown = {tuple(clipped(signalled(rng))[FLEX] < np.radians(45)) for _ in range(400)}
    assert len(shown) == 2 ** len(FINGERS)


def test_touching_brings_the_thumb_to_one_finger_and_leaves_the_others(hand):
    rng = np.random.default_rng(5)
    ends = [HAND.joints.index(f"{finger}_{part}") for finger in FINGERS for part in ("dip", "tip")]
    touched = set()
    for _ in range(40):
        before = clipped(easy_angles(rng), EASY)
        after = touching(before, rng)
        joints = hand.pose(after).joints_hand_m
        apart = np.linalg.norm(joints[ends] - joints[HAND.joints.index("thumb_tip")], axis=1)
        assert apart.min() < 0.02
        moved = np.flatnonzero(after[FLEX] != before[FLEX])
        assert len(moved) == 1
        touched.add(int(moved[0]))
    assert touched == set(range(len(FINGERS)))


@pytest.mark.parametrize("name", GESTURES)
def test_gestures_are_poses_a_hand_can_take(hand, name):
    assert not interpenetrates(hand.pose(clipped(GESTURES[name])).joints_hand_m, LENGTH_M)


def test_crossed_fingers_interpenetrate(hand):
    angles = np.zeros(24)
    angles[[ANGLE["index_mcp_abduct"], ANGLE["middle_mcp_abduct"]]] = -0.35, 0.35
    assert interpenetrates(hand.pose(angles).joints_hand_m, LENGTH_M)


def test_sampled_poses_do_not_interpenetrate_and_few_are_rejected(hand):
    rng = np.random.default_rng(1)
    for _ in range(50):
        assert not interpenetrates(sample_pose(hand, LENGTH_M, rng).joints_hand_m, LENGTH_M)
    assert 0.02 < rejected_share(hand, LENGTH_M, rng, 200) < 0.5
