"""Hands that hold a cylinder: the fingers touch it and do not go through it, and bend as fingers do."""

from __future__ import annotations

import numpy as np
import pytest

from models.core.skeleton import HAND
from models.data.synthetic.grasp import Cylinder, grasp
from models.rendering.rig import default_rig

TIPS = [HAND.joints.index(f"{finger}_tip") for finger in ("index", "middle", "ring", "little")]


@pytest.fixture(params=[0.025, 0.035, 0.042])
def held(request):
    rig = default_rig()
    rng = np.random.default_rng(3)
    return [grasp(rig.hand(rng.normal(0, 0.9, rig.components), 0.185), request.param, rng) for _ in range(6)]


def test_no_joint_lies_deep_in_what_is_held(held):
    for posed, cylinder in held:
        assert cylinder.distance(posed.joints_hand_m).min() > cylinder.radius - 0.012


def test_fingertips_lie_on_what_is_held(held):
    off = [cylinder.distance(posed.joints_hand_m[TIPS]) - cylinder.radius for posed, cylinder in held]
    assert np.median(off) < 0.02


def test_the_fingers_go_round_to_the_far_side(held):
    for posed, cylinder in held:
        middle_tip = posed.joints_hand_m[HAND.joints.index("middle_tip")]
        assert middle_tip[2] > cylinder.center[2] - cylinder.radius


def test_distance_is_measured_from_the_axis():
    upright = Cylinder(np.array([0.0, 1.0, 0.0]), np.array([0.0, 1.0, 0.0]), 0.03)
    np.testing.assert_allclose(upright.distance(np.array([[0.3, 7.0, 0.4], [0.0, -2.0, 0.0]])), [0.5, 0.0])
