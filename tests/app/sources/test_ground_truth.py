"""The truth travels with a recording."""

from __future__ import annotations

import numpy as np
import pytest

from app.sources.base import EndOfStream
from app.sources.ground_truth import ground_truth_path
from app.sources.recorder import Recorder
from app.sources.recording import RecordingSource
from app.sources.simulator import SimulatorSource


def play(source):
    with source as info:
        frames = []
        try:
            while True:
                frames.append(source.read())
        except EndOfStream:
            return info, frames


@pytest.mark.parametrize("suffix", [".bag", ".db3"])
def test_a_recording_keeps_the_true_poses_of_its_source(tmp_path, suffix):
    pytest.importorskip("pyrealsense2")
    path = tmp_path / f"film{suffix}"
    source = SimulatorSource(realtime=False, frames=6)
    with source as info:
        recorder = Recorder(path, info)
        for _ in range(6):
            recorder.write(source.read())
        recorder.close()
        truth = dict(info.ground_truth)
    played, frames = play(RecordingSource(path, realtime=False))
    assert [frame.frame_id for frame in frames] == list(played.ground_truth) == list(truth)
    for frame_id, pose in truth.items():
        np.testing.assert_allclose(played.ground_truth[frame_id].joints_cam_m, pose.joints_cam_m, atol=1e-6)


def test_a_new_recording_takes_the_old_ones_truth_away(tmp_path):
    pytest.importorskip("pyrealsense2")
    path = tmp_path / "film.bag"
    ground_truth_path(path).write_text("of an older recording")
    source = SimulatorSource(realtime=False, frames=1)
    with source as info:
        Recorder(path, info).close()
    assert not ground_truth_path(path).exists()
