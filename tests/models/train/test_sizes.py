"""Cubes in proportion: hands of every size come out alike large, cloud and joints together."""

from __future__ import annotations

import numpy as np

from models.core.skeleton import bone_sum
from models.train import sizes
from models.train.data import DataSpec, batches
from models.train.sizes import CUBE_OF_BONES, sized
from tests.models.fakes import FakeSampler

CUBE_M = 0.25


def shares(scale: float, seeds: int = 400) -> np.ndarray:
    """Cubes, in sums of the bones that they show, of one hand made so many times larger."""
    joints = scale * np.random.default_rng(0).uniform(-0.02, 0.02, (21, 3))
    shown = []
    for seed in range(seeds):
        points, moved = sized(joints.astype(np.float32), joints, CUBE_M, np.random.default_rng(seed))
        assert points.dtype == np.float32
        np.testing.assert_allclose(points, moved, atol=1e-6)
        np.testing.assert_allclose(moved, joints * bone_sum(moved) / bone_sum(joints))
        shown.append(CUBE_M / bone_sum(moved))
    return np.array(shown)


def test_most_hands_of_any_size_fill_their_cubes_alike():
    for scale in (0.7, 1.3):
        near = np.abs(shares(scale) / CUBE_OF_BONES - 1) < 2 * sizes._KNOWN_ERROR
        assert 0.45 < near.mean() < 0.75


def test_the_others_are_read_in_a_cube_of_about_the_same_size(monkeypatch):
    monkeypatch.setattr(sizes, "_KNOWN", 0.0)
    small, large = shares(0.7), shares(1.4)
    assert np.median(small) / np.median(large) == np.float64(2.0)
    assert 0.04 < np.std(np.log(large)) < 0.08


def test_batches_are_sized_only_where_that_is_wanted():
    def joints(wanted: bool):
        spec = DataSpec("pose", 8, 1, sizes=wanted)
        return next(batches(FakeSampler(1), spec, np.random.default_rng(1))).joints_cube.numpy()

    plain, scaled = joints(False), joints(True)
    factors = [bone_sum(b) / bone_sum(a) for a, b in zip(plain, scaled)]
    assert np.std(factors) > 0.01
    for a, b, factor in zip(plain, scaled, factors):
        np.testing.assert_allclose(b, a * factor, atol=1e-5)
