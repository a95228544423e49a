"""Samples of data sets: what is in them, whose turn it is, and what is done about broken frames."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest
import torch

from models.core.camera import MIRROR
from models.core.skeleton import joints_center
from models.data.dataset import FrameList
from models.data.icvl import ICVL
from models.data.nyu import NYU
from models.train.augmentation import augmented, paper_augmentation
from models.train.config import TrainConfig
from models.train.data import DataSpec, cloud_batch, held_out, pose_batch, pose_clouds
from models.train.dataset_stream import (
    ABSENT,
    PRESENT,
    DatasetSampler,
    HeldOutSamplers,
    TrainingSamplers,
    held_out_samplers,
    training_frames,
    turned,
)
from models.train.source import SampleSource
from models.train.tasks import make_task
from models.train.voxelise import augmented_batch
from tests.models.data.published import SURFACE_M, write_icvl, write_nyu


@dataclass
class Watched:
    """Frames that note whose turn it was."""

    frames: FrameList
    asked: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.frames)

    def __getitem__(self, index: int):
        self.asked.append(index)
        return self.frames[index]


@pytest.fixture
def nyu(tmp_path):
    write_nyu(tmp_path, "train", 6)
    return tmp_path


def sampler(frames, cube_m: float = 0.25, training: bool = True) -> DatasetSampler:
    return DatasetSampler(frames, np.arange(len(frames)), cube_m, np.random.default_rng(0), training)


def test_left_hands_come_as_right_ones_with_their_surface_at_the_joints(tmp_path):
    (written,) = write_icvl(tmp_path, "Training/labels.txt", ["a.png"])
    sample = sampler(training_frames(ICVL, str(tmp_path), None, ""), ICVL.cube_m).pose_sample()
    np.testing.assert_allclose(sample.joints_cam_m, written * MIRROR, atol=1e-4)
    np.testing.assert_allclose(sample.reference_cam_m, joints_center(written) * MIRROR, atol=1e-4)
    distance = np.linalg.norm(sample.points_cam_m[:, None] - sample.joints_cam_m, axis=-1).min(axis=0)
    np.testing.assert_allclose(distance, SURFACE_M, atol=2e-3)


def test_each_frame_has_its_turn_once_a_pass_and_each_pass_an_order_of_its_own(nyu):
    frames = Watched(training_frames(NYU, str(nyu), None, ""))
    source = sampler(frames)
    for _ in range(24):
        source.pose_sample()
    passes = [frames.asked[start : start + 6] for start in range(0, 24, 6)]
    assert all(sorted(one) == list(range(6)) for one in passes)
    assert any(one != other for one, other in pairwise(passes))


def test_processes_share_the_frames_between_them(nyu):
    frames = training_frames(NYU, str(nyu), None, "")
    turns: Counter[int] = Counter()
    for process in range(3):
        watched = Watched(frames)
        source = TrainingSamplers(watched, 0.25, seed=4, process=process, processes=3)(seed=process)
        for _ in range(2):
            source.pose_sample()
        turns.update(watched.asked)
    assert turns == dict.fromkeys(range(6), 1)


def test_the_same_seed_gives_the_same_batches_and_another_seed_others(nyu):
    samplers = TrainingSamplers(training_frames(NYU, str(nyu), None, ""), 0.25, seed=1)
    spec = make_task("compact", "best", "nyu").data(2, 1)

    def batch(seed: int):
        return pose_batch(pose_clouds(samplers(seed), 1, np.random.default_rng(0)), spec, np.random.default_rng(seed))

    assert (batch(1).occupancy == batch(1).occupancy).all()
    assert (batch(1).occupancy != batch(2).occupancy).any()


def test_reference_points_of_a_file_are_trained_around_and_the_truth_is_measured_around(nyu):
    write_nyu(nyu, "test", 1)
    (nyu / "centers.txt").write_text("10 -20 700\n" * 6)
    training = sampler(training_frames(NYU, str(nyu), None, str(nyu / "centers.txt")))
    np.testing.assert_allclose(training.pose_sample().reference_cam_m, [0.010, 0.020, 0.7])
    measured = held_out_samplers(NYU, str(nyu), None, 9)(0).pose_sample()
    np.testing.assert_allclose(measured.reference_cam_m, joints_center(measured.joints_cam_m))


def test_held_out_frames_lie_spread_and_are_not_changed(nyu):
    frames = Watched(training_frames(NYU, str(nyu), None, ""))
    spec = make_task("compact", "paper", "nyu").data(3, 1)
    (first,) = held_out(HeldOutSamplers(frames, 0.25, 3), spec, seed=1, count=3)
    assert frames.asked == [0, 2, 5]
    (second,) = held_out(HeldOutSamplers(frames, 0.25, 3), spec, seed=2, count=3)
    assert (first.occupancy == second.occupancy).all()


def test_every_cloud_of_a_data_set_is_augmented_by_the_paper_s_ranges(nyu):
    spec = make_task("compact", "best", "nyu").data(4, 1)
    assert spec.augmentation == paper_augmentation(0.25)
    assert (spec.augmentation.scale, spec.augmentation.shift_m) == ((0.8, 1.2), pytest.approx(8 * 0.25 / 88))
    assert np.degrees(spec.augmentation.rotation_rad) == pytest.approx(40)
    clouds = pose_clouds(sampler(training_frames(NYU, str(nyu), None, "")), 1, np.random.default_rng(0))
    batch = cloud_batch(clouds, spec, np.random.default_rng(0))
    assert batch.again.tolist() == [1, 1, 1, 1]
    moved = augmented_batch(batch, spec.augmentation)
    torch.manual_seed(1)
    config = TrainConfig("compact", data="nyu", samples=4, device="cpu")
    prepared = SampleSource(config, spec, TrainingSamplers, torch.device("cpu")).prepared(batch, 0.0).joints_cube
    torch.manual_seed(1)
    torch.testing.assert_close(prepared, augmented_batch(batch, spec.augmentation).joints / 0.25)
    scales = np.linalg.norm(np.diff(moved.joints, axis=1), axis=-1) / np.linalg.norm(
        np.diff(batch.joints, axis=1), axis=-1
    )
    assert (scales.min() < 0.95 or scales.max() > 1.05) and scales.min() >= 0.799 and scales.max() <= 1.201


def test_volumes_made_by_the_workers_are_augmented_too(nyu):
    spec = make_task("compact", "best", "nyu").data(8, 1)
    clouds = pose_clouds(sampler(training_frames(NYU, str(nyu), None, "")), 1, np.random.default_rng(0))
    batch = pose_batch(clouds, spec, np.random.default_rng(0))
    # Around their reference points, the means of the joints, they lay centred.
    assert batch.joints_cube.mean(dim=1).abs().max() > 0.03
    assert batch.joints_cube.mean(dim=1).abs().max() <= 8 / 88 + 1e-6


def test_clouds_reach_as_far_as_augmentation_may_bring_points_in():
    ranges = paper_augmentation(0.2)
    rng, reach = np.random.default_rng(0), ranges.reach(0.2)
    points = rng.uniform(-0.3, 0.3, (20_000, 3)).astype(np.float32)
    for _ in range(100):
        moved, _ = augmented(points, points.astype(float), rng, ranges)
        came_in = points[(np.abs(moved) < 0.1).all(axis=1)]
        assert np.abs(came_in).max() <= reach / 2
    assert reach < 0.6  # and not much farther: what is out there is read in vain


def test_crops_show_the_reference_point_or_something_far_from_it(nyu):
    source = sampler(training_frames(NYU, str(nyu), None, ""))
    samples = [source.reference_sample() for _ in range(60)]
    shown = [sample for sample in samples if sample.presence]
    assert 0 < len(shown) < 60
    for sample in shown:
        assert np.linalg.norm(sample.points[0]) <= PRESENT + 1e-6
        np.testing.assert_allclose(sample.points[0], sample.points[1:].mean(axis=0), atol=1e-5)
    assert all(sample.crop.shape == (1, 48, 48) and (sample.crop < 1).any() for sample in samples)
    assert not any(sample.points.any() for sample in samples if not sample.presence)
    assert PRESENT < ABSENT


def test_a_crop_and_its_points_turn_together():
    crop = np.ones((1, 48, 48), np.float32)
    crop[0, 11:14, 35:38] = -0.5
    points = np.array([[(36.5 / 48) - 0.5, (12.5 / 48) - 0.5, -0.25]])
    for degrees in (-40, 25, 90):
        turned_crop, moved = turned(crop, points, np.radians(degrees))
        v, u = np.nonzero(turned_crop[0] < 1)
        place = (np.array([u.mean(), v.mean()]) + 0.5) / 48 - 0.5
        np.testing.assert_allclose(place, moved[0, :2], atol=0.7 / 48)
        assert moved[0, 2] == -0.25


def test_broken_frames_are_left_out_and_said_once(nyu, caplog):
    names = [f"depth_1_{number:07d}.png" for number in (1, 3)]
    (nyu / "train" / names[0]).unlink()
    (nyu / "train" / names[1]).write_bytes(b"no image")
    frames = Watched(training_frames(NYU, str(nyu), None, ""))
    source = sampler(frames)
    for _ in range(12):
        source.pose_sample()
    assert Counter(frames.asked)[0] >= 2
    said = [record.message for record in caplog.records if "left out" in record.message]
    assert len(said) == 1
    assert names[0] in said[0] or names[1] in said[0]


def test_frames_with_nothing_measured_are_an_error_and_no_endless_search(nyu):
    frames = training_frames(NYU, str(nyu), None, "")
    with pytest.raises(ValueError, match="none of 6 frames can be used; the last: .* fewer than 80 measured points"):
        sampler(frames, cube_m=0.001).pose_sample()


def test_the_reference_task_of_a_data_set_has_a_point_for_each_of_its_joints(nyu):
    source = sampler(training_frames(NYU, str(nyu), None, ""))
    task = make_task("reference", "best", "nyu")
    assert task.build().points == 1 + 14
    assert task.data(2, 1) == DataSpec("reference", 2)
    assert source.reference_sample().points.shape == (15, 3)
