"""The set of hands round objects: the same frames every time, a thing in the hand, and a third without a hand."""

from __future__ import annotations

import numpy as np
import pytest

from models.data.synthetic.objects import NO_HAND, objects_frame, objects_frames


def test_a_frame_is_a_function_of_seed_and_index():
    one, same, other = objects_frame(7), objects_frame(7), objects_frame(7, seed=1)
    np.testing.assert_array_equal(one.frame.raw, same.frame.raw)
    np.testing.assert_array_equal(one.joints_cam_m, same.joints_cam_m)
    assert one.frame.raw.shape != other.frame.raw.shape or (one.frame.raw != other.frame.raw).any()


def test_a_third_of_the_frames_shows_no_hand():
    frames = list(objects_frames(18))
    bare = [labelled for labelled in frames if labelled.joints_cam_m is None]
    assert len(bare) == 6
    assert all((labelled.group == NO_HAND) == (labelled.joints_cam_m is None) for labelled in frames)


def test_odd_frames_show_the_hand_before_them_mirrored():
    right, left = objects_frame(2), objects_frame(3)
    assert (right.hand, left.hand) == ("right", "left")
    np.testing.assert_allclose(left.joints_cam_m, right.joints_cam_m * [-1, 1, 1])


@pytest.mark.parametrize("index", [0, 2, 6, 8, 12, 14, 18, 20])
def test_hands_are_at_arms_length_and_measured(index):
    labelled = objects_frame(index)
    depth_m, joints_z = labelled.frame.depth_m(), labelled.joints_cam_m[:, 2]
    assert 0.2 < joints_z.min() < joints_z.max() < 0.7
    assert ((depth_m > joints_z.min() - 0.03) & (depth_m < joints_z.max() + 0.03)).sum() > 500
