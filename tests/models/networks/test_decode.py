"""Decoding in torch against its numpy reference, and what confidence means."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models.core import heatmaps
from models.networks.decode import (
    SHARPNESS,
    decode_local_mean,
    decode_soft_argmax,
    expected_likelihood,
    separable_sum,
    sharpened_expectation,
)


def joints(rng: np.random.Generator, limit: float = 0.4) -> np.ndarray:
    return rng.uniform(-limit, limit, (21, 3))


def target_logits(joints_cube: np.ndarray, resolution: int = 22) -> torch.Tensor:
    """Logits whose softmax is a Gaussian of one voxel around each joint."""
    grid = (np.arange(resolution) + 0.5) / resolution - 0.5
    exponents = -(((grid - joints_cube[..., None]) * resolution) ** 2) / 2
    x, y, z = exponents.transpose(1, 0, 2)
    return torch.from_numpy(x[:, :, None, None] + y[:, None, :, None] + z[:, None, None, :])[None]


def test_soft_argmax_agrees_with_the_numpy_reference():
    logits = 3 * torch.randn(2, 5, 12, 12, 12, generator=torch.Generator().manual_seed(1))
    found = decode_soft_argmax(logits).joints.numpy()
    expected = np.stack([heatmaps.decode_soft_argmax(volume.numpy(), SHARPNESS) for volume in logits])
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_local_mean_agrees_with_the_numpy_reference_at_borders_too():
    rng = np.random.default_rng(2)
    volumes = heatmaps.gaussian_targets(joints(rng, limit=0.5), 20, 1.7) + rng.normal(0, 0.1, (21, 20, 20, 20))
    found = decode_local_mean(torch.from_numpy(volumes)[None]).joints[0].numpy()
    np.testing.assert_allclose(found, heatmaps.decode_local_mean(volumes.astype(np.float32)), atol=1e-6)


def test_local_mean_of_a_volume_without_positive_values_is_its_peak():
    volumes = -torch.ones(1, 1, 8, 8, 8)
    volumes[0, 0, 2, 5, 7] = -0.5
    decoded = decode_local_mean(volumes)
    np.testing.assert_allclose(decoded.joints[0, 0].numpy(), (np.array([2, 5, 7]) + 0.5) / 8 - 0.5, atol=1e-6)
    assert decoded.confidence.item() == 0


def test_both_decoders_find_joints_far_below_the_voxel():
    truth = joints(np.random.default_rng(3))
    soft = decode_soft_argmax(target_logits(truth)).joints[0].numpy()
    local = decode_local_mean(torch.from_numpy(heatmaps.gaussian_targets(truth, 44, 1.7))[None]).joints[0].numpy()
    assert np.abs(soft - truth).max() * 22 < 0.05
    assert np.abs(local - truth).max() * 44 < 0.35


def test_confidence_is_full_for_the_training_target():
    decoded = decode_soft_argmax(target_logits(joints(np.random.default_rng(4))))
    assert decoded.confidence.min() > 0.97
    assert decoded.confidence.max() <= 1


def test_confidence_is_low_for_a_volume_that_knows_nothing():
    assert decode_soft_argmax(torch.zeros(1, 1, 22, 22, 22)).confidence.item() < 0.02


def test_confidence_is_low_for_a_volume_split_between_two_places():
    two = np.array([[-0.3, 0.0, 0.0], [0.3, 0.0, 0.0]])
    logits = target_logits(two)
    split = torch.logaddexp(logits[:, :1], logits[:, 1:])
    assert decode_soft_argmax(split).confidence.item() < 0.05


def test_a_joint_leans_to_the_likelier_of_two_places():
    two = target_logits(np.array([[-0.3, 0.0, 0.0], [0.3, 0.0, 0.0]]))
    uneven = torch.logaddexp(two[:, :1] + np.log(0.3), two[:, 1:] + np.log(0.7))
    x = decode_soft_argmax(uneven).joints[0, 0, 0].item()
    assert 0.3 * (0.7 - 0.3) < x < 0.3


def test_moving_the_volume_by_a_voxel_moves_the_joint_by_a_voxel():
    volumes = torch.full((1, 1, 16, 16, 16), -20.0)
    volumes[0, 0, 5:8, 5:8, 5:8] = torch.randn(3, 3, 3, generator=torch.Generator().manual_seed(5))
    before = decode_soft_argmax(volumes).joints[0, 0]
    after = decode_soft_argmax(torch.roll(volumes, (1, 2, 3), dims=(2, 3, 4))).joints[0, 0]
    np.testing.assert_allclose((after - before).numpy(), np.array([1, 2, 3]) / 16, atol=1e-6)


def test_separable_sum_is_the_sum_under_the_product_of_the_weights():
    generator = torch.Generator().manual_seed(6)
    volumes, weights = torch.rand(2, 3, 6, 6, 6, generator=generator), torch.rand(2, 3, 3, 6, generator=generator)
    expected = torch.einsum("bjxyz,bjx,bjy,bjz->bj", volumes, *weights.unbind(2))
    torch.testing.assert_close(separable_sum(volumes, weights), expected)


@pytest.mark.parametrize("decode", [decode_soft_argmax, decode_local_mean])
def test_joints_stay_inside_the_cube_and_confidence_between_0_and_1(decode):
    decoded = decode(100 * torch.randn(1, 7, 10, 10, 10, generator=torch.Generator().manual_seed(7)))
    assert decoded.joints.abs().max() <= 0.5
    assert decoded.confidence.min() >= 0
    assert decoded.confidence.max() <= 1


def two_places(first: tuple[float, float, float], second: tuple[float, float, float], advantage: float) -> torch.Tensor:
    """Likelihoods (1, 1, 22, 22, 22) of a joint at either place, `advantage` times likelier at the first."""
    near, far = (heatmaps.gaussian_targets(np.array([place]), 22, 1.0) for place in (first, second))
    return torch.from_numpy(near + far / advantage + 1e-6)[None]


def expectation(place: tuple[float, float, float], spread: float = 0.1) -> torch.Tensor:
    return torch.tensor([[[*place, spread]]])


FIRST, SECOND = (-0.3, 0.1, 0.2), (0.3, 0.0, -0.1)


def decoded(volumes: torch.Tensor, expected: torch.Tensor | None, decode) -> np.ndarray:
    given = volumes.log() if decode is decode_soft_argmax else volumes
    return decode(given, expected).joints[0, 0].numpy()


def test_expected_likelihoods_agree_with_the_numpy_reference():
    expected = np.random.default_rng(5).uniform(-0.5, 0.5, (7, 4))
    expected[:, 3] = np.abs(expected[:, 3]) + 0.02
    found = expected_likelihood(torch.from_numpy(expected)[None].float(), 12)[0].numpy()
    np.testing.assert_allclose(found, heatmaps.expected_likelihood(expected, 12), atol=1e-5)


def test_reading_and_training_take_the_same_place():
    generator = torch.Generator().manual_seed(11)
    logits = 4 * torch.randn(2, 3, 10, 10, 10, generator=generator)
    expected = torch.rand(2, 3, 4, generator=generator) - torch.tensor([0.5, 0.5, 0.5, -0.05])
    learned = sharpened_expectation(logits + torch.log(expected_likelihood(expected, 10)))
    torch.testing.assert_close(decode_soft_argmax(logits, expected).joints, learned, rtol=0, atol=1e-5)


@pytest.mark.parametrize("decode", [decode_soft_argmax, decode_local_mean])
def test_of_two_likely_places_it_is_the_expected_one(decode):
    volumes = two_places(FIRST, SECOND, advantage=2)
    assert np.abs(decoded(volumes, None, decode) - FIRST).max() < 0.2
    assert np.abs(decoded(volumes, expectation(SECOND), decode) - SECOND).max() < 0.05


@pytest.mark.parametrize("decode", [decode_soft_argmax, decode_local_mean])
def test_what_is_clearly_seen_overrules_what_is_expected(decode):
    volumes = two_places(FIRST, SECOND, advantage=1e5)
    assert np.abs(decoded(volumes, expectation(SECOND), decode) - FIRST).max() < 0.01


@pytest.mark.parametrize("decode", [decode_soft_argmax, decode_local_mean])
def test_expecting_nothing_changes_nothing(decode):
    volumes = torch.rand(1, 3, 10, 10, 10, generator=torch.Generator().manual_seed(9))
    nothing = torch.tensor(heatmaps.NOTHING_EXPECTED).expand(1, 3, 4)
    for with_it, without in zip(decode(volumes, nothing), decode(volumes)):
        torch.testing.assert_close(with_it, without)


@pytest.mark.parametrize("decode", [decode_soft_argmax, decode_local_mean])
def test_confidence_is_what_the_volume_alone_says_of_the_place(decode):
    volumes = two_places(FIRST, SECOND, advantage=10)
    given = volumes.log() if decode is decode_soft_argmax else volumes
    sure, unsure = decode(given).confidence.item(), decode(given, expectation(SECOND)).confidence.item()
    assert unsure < 0.5 * sure
