"""Decoding undoes the targets, below the voxel."""

import numpy as np
import pytest

from models.core.heatmaps import (
    EXPECTED_FLOOR,
    NOTHING_EXPECTED,
    decode_argmax,
    decode_local_mean,
    decode_soft_argmax,
    expected_likelihood,
    gaussian_targets,
)

RESOLUTION = 44
SIGMA = 1.7


def joints_in_the_middle(count: int = 60, margin: float = 0.15) -> np.ndarray:
    return np.random.default_rng(0).uniform(-0.5 + margin, 0.5 - margin, (count, 3))


def errors_in_voxels(decoded: np.ndarray, joints: np.ndarray) -> np.ndarray:
    return np.abs(decoded - joints).max(axis=1) * RESOLUTION


def test_targets_peak_in_the_joints_own_voxel():
    joints = joints_in_the_middle()
    volumes = gaussian_targets(joints, RESOLUTION, SIGMA)
    assert volumes.shape == (len(joints), RESOLUTION, RESOLUTION, RESOLUTION)
    assert volumes.dtype == np.float32
    assert errors_in_voxels(decode_argmax(volumes), joints).max() <= 0.5 + 1e-6


def test_targets_are_gaussians_of_the_given_width():
    centre_of_a_voxel = np.full((1, 3), 0.5 / RESOLUTION)
    volume = gaussian_targets(centre_of_a_voxel, RESOLUTION, SIGMA)[0]
    middle = RESOLUTION // 2
    assert volume[middle, middle, middle] == 1
    assert volume[middle + 3, middle, middle] == pytest.approx(np.exp(-9 / (2 * SIGMA**2)))
    assert volume[middle - 1, middle + 2, middle] == pytest.approx(np.exp(-5 / (2 * SIGMA**2)))


def test_axes_of_the_volume_are_x_y_z():
    joint = np.array([[0.3, 0.0, -0.3]])
    peak = np.unravel_index(gaussian_targets(joint, RESOLUTION, SIGMA)[0].argmax(), (RESOLUTION,) * 3)
    assert peak[0] > peak[1] > peak[2]


def test_local_mean_finds_the_joint_below_the_voxel():
    joints = joints_in_the_middle()
    volumes = gaussian_targets(joints, RESOLUTION, SIGMA)
    errors = errors_in_voxels(decode_local_mean(volumes, radius=5), joints)
    assert errors.max() < 0.02
    assert (
        errors_in_voxels(decode_local_mean(volumes), joints).max()
        < 0.5 * errors_in_voxels(decode_argmax(volumes), joints).max()
    )


def test_soft_argmax_finds_the_joint_below_the_voxel():
    joints = joints_in_the_middle()
    logits = np.log(gaussian_targets(joints, RESOLUTION, SIGMA) + 1e-30)
    assert errors_in_voxels(decode_soft_argmax(logits, 1.0), joints).max() < 1e-3


def test_soft_argmax_takes_large_logits_and_ignores_a_constant():
    rng = np.random.default_rng(1)
    logits = rng.normal(size=(3, 8, 8, 8))
    np.testing.assert_allclose(decode_soft_argmax(logits + 1e4, 1.5), decode_soft_argmax(logits, 1.5), atol=1e-9)


def test_a_joint_at_the_border_stays_in_the_cube():
    corners = np.array([[-0.5, -0.5, -0.5], [0.5, 0.5, 0.5], [0.5, -0.5, 0.0]]) * (1 - 1e-6)
    volumes = gaussian_targets(corners, RESOLUTION, SIGMA)
    for decode in (decode_argmax, decode_local_mean):
        decoded = decode(volumes)
        assert np.abs(decoded).max() <= 0.5
        assert errors_in_voxels(decoded, corners).max() < 2


@pytest.mark.parametrize("voxel", [(0, 0, 0), (7, 7, 7), (0, 7, 3)])
def test_a_single_voxel_decodes_to_its_centre(voxel):
    volumes = np.zeros((1, 8, 8, 8), dtype=np.float32)
    volumes[0][voxel] = 1
    expected = [(np.array(voxel) + 0.5) / 8 - 0.5]
    np.testing.assert_allclose(decode_argmax(volumes), expected)
    np.testing.assert_allclose(decode_local_mean(volumes), expected)


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_a_volume_without_likelihood_decodes_to_a_point_of_the_cube(value):
    decoded = decode_local_mean(np.full((1, 8, 8, 8), value, dtype=np.float32))
    assert np.isfinite(decoded).all()
    assert np.abs(decoded).max() <= 0.5


def test_negative_likelihoods_count_as_none():
    rng = np.random.default_rng(2)
    volumes = rng.normal(size=(20, 8, 8, 8))
    np.testing.assert_allclose(decode_local_mean(volumes), decode_local_mean(np.maximum(volumes, 0)))


def test_a_second_peak_far_away_does_not_matter_to_the_local_mean():
    near, far = np.full((1, 3), -0.2), np.full((1, 3), 0.3)
    volumes = gaussian_targets(near, RESOLUTION, SIGMA)
    both = volumes + 0.9 * gaussian_targets(far, RESOLUTION, SIGMA)
    np.testing.assert_allclose(decode_local_mean(both), decode_local_mean(volumes), atol=1e-4)


def test_mirrored_volumes_decode_to_mirrored_joints():
    joints = joints_in_the_middle()
    volumes = gaussian_targets(joints, RESOLUTION, SIGMA)
    expected = decode_local_mean(volumes) * (-1, 1, 1)
    np.testing.assert_allclose(decode_local_mean(volumes[:, ::-1]), expected, atol=1e-6)


def test_a_joint_is_likeliest_where_it_is_expected_and_never_impossible():
    joints, spread = joints_in_the_middle(), 0.1
    prior = expected_likelihood(np.column_stack([joints, np.full(len(joints), spread)]), RESOLUTION)
    assert errors_in_voxels(decode_argmax(prior), joints).max() <= 0.5 + 1e-6
    assert EXPECTED_FLOOR <= prior.min() < 2 * EXPECTED_FLOOR
    aside = np.full((1, 3), 0.5 / RESOLUTION) - (spread, 0, 0)  # so that the middle voxel is one spread away
    middle = expected_likelihood(np.array([[*aside[0], spread]]), RESOLUTION)[0][(RESOLUTION // 2,) * 3]
    assert middle == pytest.approx(EXPECTED_FLOOR + (1 - EXPECTED_FLOOR) * np.exp(-0.5))


def test_a_joint_of_which_nothing_is_known_may_be_anywhere():
    prior = expected_likelihood(np.array([NOTHING_EXPECTED]), RESOLUTION)
    np.testing.assert_allclose(prior, 1, atol=1e-6)
