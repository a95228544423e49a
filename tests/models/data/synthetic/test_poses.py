from __future__ import annotations

import numpy as np
import pytest

from models.data.synthetic.poses import (
    FLEX,
    GESTURES,
    LOWER,
    MCP_STEP_DEG,
    UPPER,
    clipped,
    interpenetrates,
    rejected_share,
    sample_angles,
    sample_pose,
)
from models.data.synthetic.rig import ANGLE, default_rig

LENGTH_M = 0.185


@pytest.fixture(scope="module")
def hand():
    rig = default_rig()
    return rig.hand(np.zeros(rig.components), LENGTH_M)


def test_sampled_angles_keep_their_limits_and_cover_them():
    rng = np.random.default_rng(0)
    angles = np.stack([sample_angles(rng) for _ in range(2000)])
    assert (angles >= LOWER - 1e-9).all() and (angles <= UPPER + 1e-9).all()
    steps = np.abs(np.diff(angles[:, FLEX], axis=1))
    assert (steps <= np.radians(MCP_STEP_DEG) + 1e-9).all()
    bends = angles[:, [ANGLE["index_mcp_flex"], ANGLE["ring_pip"]]]
    reach = (np.quantile(bends, 0.95, axis=0) - np.quantile(bends, 0.05, axis=0)) / np.radians([105, 105])
    assert (reach > 0.7).all()


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
