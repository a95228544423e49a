from __future__ import annotations

import numpy as np
import pytest

from models.core.skeleton import hand_reference_point
from models.data.synthetic.samples import PRESENCE_RADIUS_M, REFERENCE_CROP_M, SampleMaker


@pytest.fixture(scope="module")
def pose_samples():
    maker = SampleMaker(3)
    return [maker.pose_sample() for _ in range(30)]


@pytest.fixture(scope="module")
def reference_samples():
    maker = SampleMaker(4)
    return [maker.reference_sample() for _ in range(80)]


def test_same_seed_same_samples_other_seed_others():
    one, same, other = (SampleMaker(seed).pose_sample() for seed in (7, 7, 8))
    np.testing.assert_array_equal(one.points_cam_m, same.points_cam_m)
    np.testing.assert_array_equal(one.joints_cam_m, same.joints_cam_m)
    assert not np.array_equal(one.joints_cam_m, other.joints_cam_m)


def test_joints_lie_among_the_points_of_their_hand(pose_samples):
    gaps = []
    for sample in pose_samples:
        between = sample.joints_cam_m[:, None] - sample.points_cam_m[None]
        gaps.append(np.linalg.norm(between, axis=2).min(axis=1))
    assert np.median(gaps) < 0.015


def test_the_reference_is_off_but_never_far(pose_samples):
    errors = [np.linalg.norm(s.reference_cam_m - hand_reference_point(s.joints_cam_m)) for s in pose_samples]
    assert 0.005 < np.mean(errors) < 0.05 and max(errors) <= 0.05 * np.sqrt(3)


def test_hands_are_right_hands(pose_samples):
    """The thumb side, the fingers and the palm's outside turn the same way in every sample."""
    for sample in pose_samples:
        wrist, index, middle, little = sample.joints_cam_m[[0, 1, 5, 13]]
        palm = np.cross(index - little, middle - wrist)
        thumb = sample.joints_cam_m[17] - wrist
        assert thumb @ (index - little) > 0
        # In a right hand the thumb's base lies on the palm's side of the wrist-knuckle plane
        assert palm @ (sample.joints_cam_m[17] - wrist) > 0


def test_crops_hold_presence_side_and_a_near_offset(reference_samples):
    shown = [s for s in reference_samples if s.presence]
    assert 0.4 < len(shown) / len(reference_samples) < 0.9
    assert 0.2 < np.mean([s.right for s in shown]) < 0.8
    distances = [np.linalg.norm(s.offset) * REFERENCE_CROP_M for s in shown]
    assert max(distances) <= PRESENCE_RADIUS_M
    for sample in reference_samples:
        assert sample.crops.shape == (3, 48, 48) and np.abs(sample.crops).max() <= 1


def test_the_offset_points_at_something_measured(reference_samples):
    hits = []
    for sample in (s for s in reference_samples if s.presence):
        column, row = np.round((sample.offset[:2] + 0.5) * 48 - 0.5).astype(int)
        around = sample.crops[0][max(row - 2, 0) : row + 3, max(column - 2, 0) : column + 3]
        hits.append((np.abs(around - 2 * sample.offset[2]) < 0.25).any())
    assert np.mean(hits) > 0.9
