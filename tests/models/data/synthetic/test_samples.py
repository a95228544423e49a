from __future__ import annotations

import numpy as np
import pytest

from models.core.skeleton import hand_reference_point
from models.data.synthetic.samples import PRESENCE_RADIUS_M, REFERENCE_CROP_M, SyntheticSampler


@pytest.fixture(scope="module")
def pose_samples():
    sampler = SyntheticSampler(3)
    return [sampler.pose_sample() for _ in range(30)]


@pytest.fixture(scope="module")
def reference_samples():
    sampler = SyntheticSampler(4)
    return [sampler.reference_sample() for _ in range(80)]


def test_same_seed_same_samples_other_seed_others():
    one, same, other = (SyntheticSampler(seed).pose_sample() for seed in (7, 7, 8))
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


def test_crops_hold_presence_and_a_near_reference_point(reference_samples):
    shown = [s for s in reference_samples if s.presence]
    assert 0.4 < len(shown) / len(reference_samples) < 0.9
    distances = [np.linalg.norm(s.points[0]) * REFERENCE_CROP_M for s in shown]
    assert max(distances) <= PRESENCE_RADIUS_M
    for sample in reference_samples:
        assert sample.crop.shape == (1, 48, 48) and np.abs(sample.crop).max() <= 1
        assert sample.points.shape == (22, 3)


def test_both_sides_are_shown(reference_samples):
    """The thumb's base lies on one side of the plane through wrist and knuckles in right hands, else on the other."""
    sides = []
    for sample in (s for s in reference_samples if s.presence):
        wrist, index, middle, little, thumb = sample.points[1:][[0, 1, 5, 13, 17]]
        sides.append(np.cross(index - little, middle - wrist) @ (thumb - wrist) > 0)
    assert 0.2 < np.mean(sides) < 0.8


def test_the_reference_point_is_somewhere_measured(reference_samples):
    assert np.mean([_is_measured(s, s.points[0]) for s in reference_samples if s.presence]) > 0.9


@pytest.mark.parametrize("change", [lambda s: s.mirrored(), *(lambda s, q=q: s.turned(q) for q in range(4))])
def test_points_stay_on_the_picture_when_it_is_mirrored_or_turned(reference_samples, change):
    shown = [s for s in reference_samples if s.presence]
    before = np.array([[_is_measured(s, p) for p in s.points] for s in shown])
    after = np.array([[_is_measured(change(s), p) for p in change(s).points] for s in shown])
    assert (before == after).mean() > 0.97


def _is_measured(sample, point) -> bool:
    """Whether the crop shows something at a point's pixels that is about as far away."""
    column, row = np.round((point[:2] + 0.5) * 48 - 0.5).astype(int)
    around = sample.crop[0, max(row - 3, 0) : row + 4, max(column - 3, 0) : column + 4]
    return bool((np.abs(around - 2 * point[2]) < 0.35).any())
