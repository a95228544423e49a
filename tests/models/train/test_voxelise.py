"""Volumes made on the training device are those of the workers."""

from __future__ import annotations

import numpy as np
import torch

from models.train.config import TrainConfig
from models.train.data import DataSpec, cloud_batch, pose_batch, pose_clouds
from models.train.run import make_trainer
from models.train.tasks import make_task
from models.train.voxelise import augmented_batch, voxelised
from tests.models.fakes import FakeSampler

SPEC = DataSpec("pose", 4, 1, 0.25, 44, mirrored=0.5)


def clouds():
    return pose_clouds(FakeSampler(1), 1, np.random.default_rng(0))


def test_the_device_makes_the_volumes_and_joints_of_the_workers():
    wanted = pose_batch(clouds(), SPEC, np.random.default_rng(3))
    made = voxelised(cloud_batch(clouds(), SPEC, np.random.default_rng(3)), 0.25, 44)
    assert 0 < wanted.right.sum() < 4
    assert torch.equal(made.right, wanted.right)
    # A point within rounding of a voxel's face may fall on either side of it.
    assert (made.occupancy != wanted.occupancy).sum() <= 4
    torch.testing.assert_close(made.joints_cube, wanted.joints_cube, atol=1e-6, rtol=0)


def test_fresh_clouds_stay_as_they_are():
    batch = cloud_batch(clouds(), SPEC, np.random.default_rng(3))
    same = augmented_batch(batch)
    torch.testing.assert_close(same.points, batch.points)
    torch.testing.assert_close(same.joints, batch.joints)


def test_clouds_used_again_are_turned_scaled_and_moved_with_their_joints():
    batch = cloud_batch(clouds(), SPEC, np.random.default_rng(3))
    # Each cloud made of its own joints: they must go the same way.
    joints = batch.joints
    batch = batch._replace(points=joints.reshape(-1, 3), counts=torch.full((4,), 21), again=torch.ones(4))
    torch.manual_seed(0)
    moved = augmented_batch(batch)
    torch.testing.assert_close(moved.points.reshape(4, 21, 3), moved.joints)
    for before, after in zip(joints.numpy(), moved.joints.numpy()):
        transform = np.linalg.lstsq(before - before.mean(0), after - after.mean(0), rcond=None)[0]
        scale = np.cbrt(np.linalg.det(transform))
        assert 0.85 <= scale <= 1.15
        np.testing.assert_allclose(transform @ transform.T, scale**2 * np.eye(3), atol=1e-4)
        np.testing.assert_allclose(transform[2], [0, 0, scale], atol=1e-4)


def test_a_run_on_clouds_is_a_run(tmp_path):
    config = TrainConfig("compact", samples=4, batch=4, workers=0, threads=1, eval_samples=0, device="cpu")
    task = make_task("compact", "best")
    trainer = make_trainer(config, task, FakeSampler, tmp_path)
    batch = trainer.source.prepared(cloud_batch(clouds(), task.data(4, 1), np.random.default_rng(0)), 0.0)
    assert torch.isfinite(trainer.step(batch, 1e-3).total)
