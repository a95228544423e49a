"""Batches: what is in them, reuse of clouds, augmentation, seeds."""

from __future__ import annotations

from itertools import islice

import numpy as np

from models.core.types import Cube
from models.core.voxels import cam_to_cube, occupancy
from models.train.augmentation import augmented
from models.train.data import DataSpec, SampleStream, held_out, pose_batch, pose_clouds, stream_seed
from tests.models.fakes import FakeSampler


def test_a_pose_batch_holds_the_volume_and_the_joints_in_cube_coordinates():
    sample = FakeSampler(1).pose_sample()
    clouds, rng = pose_clouds(FakeSampler(1), 1, np.random.default_rng(0)), np.random.default_rng(0)
    batch = pose_batch(clouds, DataSpec("pose", 2, 1, 0.25, 44), rng)
    assert batch.right.tolist() == [1, 1]
    cube = Cube(sample.reference_cam_m, 0.25)
    volume = occupancy(sample.points_cam_m, cube, 44)
    assert batch.occupancy.shape == (2, 1, 44, 44, 44)
    # A point within rounding of a voxel's face may fall on either side of it.
    assert (batch.occupancy[0, 0].numpy() != volume).sum() <= 2
    np.testing.assert_allclose(batch.joints_cube[0].numpy(), cam_to_cube(sample.joints_cam_m, cube), atol=1e-6)


def test_mirrored_volumes_hold_mirrored_joints():
    def made(mirrored: float):
        clouds = pose_clouds(FakeSampler(1), 1, np.random.default_rng(0))
        return pose_batch(clouds, DataSpec("pose", 2, 1, 0.25, 44, mirrored), np.random.default_rng(0))

    plain, mirrored = made(0.0), made(1.0)
    assert mirrored.right.tolist() == [1, 0]  # one stays, for a batch needs a pose to learn
    assert (mirrored.occupancy[0] == plain.occupancy[0]).all()
    assert (mirrored.occupancy[1] == plain.occupancy[1].flip(1)).all()
    np.testing.assert_allclose(mirrored.joints_cube[1].numpy(), plain.joints_cube[1].numpy() * [-1, 1, 1], atol=1e-6)


def test_a_cloud_is_rendered_once_and_used_as_often_as_asked():
    sampler = FakeSampler(1)
    clouds = list(islice(pose_clouds(sampler, 3, np.random.default_rng(0)), 3000))
    assert len(clouds) == 3000
    # A third of them, and the buffer that the others wait in.
    assert 1000 <= sampler.made <= 1000 + 256


def test_without_reuse_clouds_come_as_they_are():
    sampler, twin = FakeSampler(1), FakeSampler(1)
    for points, joints, again in islice(pose_clouds(sampler, 1, np.random.default_rng(0)), 5):
        assert not again
        sample = twin.pose_sample()
        np.testing.assert_allclose(joints, sample.joints_cam_m - sample.reference_cam_m)
        np.testing.assert_allclose(points, sample.points_cam_m - sample.reference_cam_m.astype(np.float32), atol=1e-7)


def test_augmentation_keeps_points_on_their_joints_and_the_hand_right():
    rng = np.random.default_rng(2)
    joints = rng.uniform(-0.1, 0.1, (21, 3))
    for _ in range(20):
        points, moved = augmented(joints.astype(np.float32), joints, rng)
        np.testing.assert_allclose(points, moved, atol=1e-6)
        transform = np.linalg.lstsq(joints - joints.mean(0), moved - moved.mean(0), rcond=None)[0]
        assert 0.85**3 <= np.linalg.det(transform) <= 1.15**3
        np.testing.assert_allclose(transform[2], [0, 0, transform[2, 2]], atol=1e-9)


def test_streams_of_other_seeds_processes_and_workers_differ():
    seeds = {stream_seed(seed, rank, 0, worker) for seed in range(4) for rank in range(4) for worker in range(4)}
    assert len(seeds) == 64


def test_a_stream_repeats_itself_for_the_same_seed():
    spec = DataSpec("pose", 2)
    first, second = (next(iter(SampleStream(FakeSampler, spec, (1, 0, 0)))) for _ in range(2))
    assert (first.occupancy == second.occupancy).all()
    other = next(iter(SampleStream(FakeSampler, spec, (2, 0, 0))))
    assert (first.occupancy != other.occupancy).any()


def test_held_out_samples_are_the_same_each_time_and_not_the_training_ones():
    spec = DataSpec("pose", 4, reuse=5)
    first, second = (held_out(FakeSampler, spec, seed=1, count=6) for _ in range(2))
    assert len(first) == 2
    assert all((a.occupancy == b.occupancy).all() for a, b in zip(first, second))
    training = next(iter(SampleStream(FakeSampler, spec, (1, 0, 0))))
    assert (first[0].occupancy != training.occupancy).any()


def test_a_reference_batch_stacks_its_samples():
    batch = next(iter(SampleStream(FakeSampler, DataSpec("reference", 3), (1,))))
    assert batch.crops.shape == (3, 1, 48, 48)
    assert batch.points.shape == (3, 22, 3)
    assert batch.presence.shape == (3,)
