"""The simulated camera."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from app.sources import simulator
from app.sources.base import EndOfStream
from app.sources.simulator import SimulatorSource
from tests.app.sources.film import CAMERA, BlobMovie, image, pose, read, read_all


class Time:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def blob_source(**options) -> SimulatorSource:
    return SimulatorSource(camera=CAMERA, movie=BlobMovie, **options)


def test_ground_truth_holds_the_poses_of_the_frames_handed_out():
    source = blob_source(realtime=False)
    with source as info:
        for _ in range(4):
            read(source)
        assert sorted(info.ground_truth) == [0, 1, 3]
        np.testing.assert_array_equal(info.ground_truth[3][0].joints_cam_m, pose(3).joints_cam_m)


def test_old_ground_truth_makes_room(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(simulator, "POSES_KEPT", 4)
    source = blob_source(realtime=False)
    with source as info:
        for _ in range(10):
            read(source)
        assert sorted(info.ground_truth) == [6, 7, 9]


def test_in_real_time_it_is_a_camera_that_drops_late_frames_and_ignores_pause():
    time = Time()
    source = blob_source(fps=10.0, monotonic=time)
    with source as info:
        assert info.is_live
        assert read(source).frame_id == 0
        source.set_paused(True)
        assert not source.is_paused
        time.now_s += 0.55
        frame = read(source)
        assert frame.frame_id == 5
        np.testing.assert_array_equal(frame.raw, image(5))


def test_it_ends_after_the_number_of_frames_asked_for():
    info, frames = read_all(blob_source(realtime=False, frames=3))
    assert info.frame_count == 3
    assert [frame.frame_id for frame in frames] == [0, 1, 2]


def test_without_the_sdk_the_frames_come_straight_from_the_movie(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "pyrealsense2", None)
    source = blob_source(realtime=False, frames=2)
    with source as info:
        assert "without the RealSense SDK" in info.label
        for index in range(2):
            np.testing.assert_array_equal(read(source).raw, image(index))
        with pytest.raises(EndOfStream):
            source.read()


def test_the_same_seed_shows_the_same_hand():
    first, second = (read_all(SimulatorSource(seed=5, realtime=False, frames=2)) for _ in range(2))
    for one, other in zip(first[1], second[1]):
        np.testing.assert_array_equal(one.raw, other.raw)
    assert first[1][0].raw.any()
    assert first[0].ground_truth.keys() == second[0].ground_truth.keys() == {0, 1}
