"""The cube becomes that of the hand that is followed, whatever single frames say."""

from __future__ import annotations

import numpy as np
import pytest

from app.tracking.size import HandCube
from models.core.skeleton import HAND, bone_sum
from models.core.types import Pose
from models.runtime import ModelCard

CARD = ModelCard("x", "pose", "X", 44, 0.24, HAND.joints, "palm", 0, {}, cube_of_bones=0.3)
USUAL_M = 0.8
SHAPE = np.random.default_rng(0).uniform(-1, 1, (21, 3))


def pose(bones_m: float, confidence: float = 0.9) -> Pose:
    joints = SHAPE * bones_m / bone_sum(SHAPE)
    return Pose(joints, np.full(21, confidence), confidence, "right", None)


def after(*poses: Pose, cube: HandCube | None = None) -> float:
    cube = cube or HandCube(CARD)
    for each in poses:
        cube.update(each)
    return cube.size_m


@pytest.mark.parametrize("bones_m", [0.7, 0.9])
def test_the_cube_comes_to_suit_the_hand(bones_m):
    assert after() == CARD.size_m == pytest.approx(CARD.cube_m(USUAL_M))
    suited = CARD.cube_m(bones_m)
    away = [abs(after(*[pose(bones_m)] * count) - suited) for count in (0, 1, 10, 100)]
    assert away == sorted(away, reverse=True)
    assert away[-1] < 0.3 * away[0]


def test_a_hand_that_looks_small_now_and_then_is_not_taken_for_a_small_one():
    clear = [pose(0.8)] * 60
    assert after(*clear, *[pose(0.6)] * 20) > CARD.cube_m(0.77)
    assert after(*clear, *[pose(1.0)] * 20) > CARD.cube_m(0.85)


def test_unsure_poses_say_little():
    assert after(*[pose(0.9, confidence=0.1)] * 10) < CARD.cube_m(0.81) < after(*[pose(0.9)] * 10)


def test_another_hand_starts_afresh():
    cube = HandCube(CARD)
    after(*[pose(0.9)] * 50, cube=cube)
    cube.reset()
    assert cube.size_m == CARD.size_m


def test_networks_of_one_cube_get_that_one():
    plain = HandCube(ModelCard("x", "pose", "X", 44, 0.24, HAND.joints, "palm", 0, {}))
    assert after(*[pose(0.9)] * 50, cube=plain) == 0.24
