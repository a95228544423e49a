"""Bent clouds: joints go with what surrounds them, and neighbours stay neighbours."""

from __future__ import annotations

import numpy as np

from models.data.synthetic.bend import bent
from models.train.data import DataSpec, batches
from tests.models.fakes import FakeSampler


def test_joints_move_with_the_points_around_them():
    joints = np.random.default_rng(0).uniform(-0.08, 0.08, (21, 3))
    moves = []
    for seed in range(50):
        points, moved = bent(joints.astype(np.float32), joints, np.random.default_rng(seed))
        assert points.dtype == np.float32
        moves.append(np.linalg.norm(moved - joints, axis=1).mean())
        # what is left between them is flesh
        assert np.linalg.norm(points - moved, axis=1).mean() < 0.004
    assert 0.002 < np.mean(moves) < 0.008


def test_bones_are_stretched_by_some_hundredths():
    joints = np.array([[0.0, 0.0, 0.0], [0.0, 0.04, 0.0]])
    lengths = []
    for seed in range(300):
        _, moved = bent(joints.astype(np.float32), joints, np.random.default_rng(seed))
        lengths.append(np.linalg.norm(moved[1] - moved[0]) / 0.04)
    assert 0.02 < np.std(lengths) < 0.12
    assert abs(np.mean(lengths) - 1) < 0.03


def test_bends_differ_from_batch_to_batch_and_are_those_of_the_seed():
    def joints(bends: bool, seed: int = 1):
        spec = DataSpec("pose", 4, 1, bends=bends)
        return next(batches(FakeSampler(1), spec, np.random.default_rng(seed))).joints_cube

    assert (joints(True) == joints(True)).all()
    difference = (joints(True) - joints(False)).norm(dim=-1)
    assert (difference > 0).all() and difference.mean() < 0.1
    assert (joints(True) != joints(True, seed=2)).any()
