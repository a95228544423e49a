"""The set of hands seen from behind: the same frames every time, each recipe as it says, the hand to be seen."""

from __future__ import annotations

import numpy as np
import pytest

from models.core.skeleton import WRIST, palm_axes
from models.data.synthetic.behind import CONTROL, FRAMES_A_RECIPE, RECIPES, behind_frame, behind_frames

INDEX_MCP = 1
AWAY = [name for name in RECIPES if name not in (CONTROL, "G", "H")]


def first_of(name: str) -> int:
    return list(RECIPES).index(name) * FRAMES_A_RECIPE


def test_a_frame_is_a_function_of_seed_and_index():
    one, same, other = behind_frame(204), behind_frame(204), behind_frame(204, seed=1)
    np.testing.assert_array_equal(one.frame.raw, same.frame.raw)
    np.testing.assert_array_equal(one.joints_cam_m, same.joints_cam_m)
    assert (one.frame.raw != other.frame.raw).any()


def test_there_are_ten_recipes_and_a_control():
    names = [frame.group for frame in behind_frames(2)]
    assert names == [name for name in RECIPES for _ in range(2)]
    assert len(RECIPES) == 11 and names[0] == CONTROL


def test_odd_frames_show_the_hand_before_them_mirrored():
    right, left = behind_frame(first_of("B")), behind_frame(first_of("B") + 1)
    assert (right.hand, left.hand) == ("right", "left")
    np.testing.assert_allclose(left.joints_cam_m, right.joints_cam_m * [-1, 1, 1])


@pytest.mark.parametrize("name", AWAY)
def test_hands_point_away_from_the_camera_and_show_their_back(name):
    for index in range(first_of(name), first_of(name) + 12, 4):
        joints = behind_frame(index).joints_cam_m
        assert joints[INDEX_MCP, 2] > joints[WRIST, 2]
        assert palm_axes(joints)[2, 2] > 0


def test_the_control_points_towards_the_camera():
    joints = [behind_frame(index).joints_cam_m for index in range(0, 12, 4)]
    assert np.mean([hand[INDEX_MCP, 2] - hand[WRIST, 2] for hand in joints]) < 0


@pytest.mark.parametrize("name", list(RECIPES))
def test_the_hand_is_measured(name):
    frame = behind_frame(first_of(name) + 8)
    depth_m = frame.frame.raw * frame.frame.depth_units
    near, far = frame.joints_cam_m[:, 2].min() - 0.03, frame.joints_cam_m[:, 2].max() + 0.03
    assert ((depth_m > near) & (depth_m < far)).sum() > 500


def test_one_recipe_has_nothing_measured_behind_the_hand():
    bare, walled = (behind_frame(first_of(name)).frame.raw for name in "FB")
    assert np.mean(bare == 0) > 0.5 > np.mean(walled == 0)
