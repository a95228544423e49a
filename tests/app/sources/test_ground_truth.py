"""The truth travels with a recording."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.sources.ground_truth import ground_truth_path
from app.sources.recorder import Recorder
from app.sources.recording import RecordingSource
from app.sources.simulator import SimulatorSource
from tests.app.sources.film import CAMERA, BlobMovie, read, read_all


def film(frames: int) -> SimulatorSource:
    return SimulatorSource(camera=CAMERA, realtime=False, frames=frames, movie=BlobMovie)


@pytest.mark.parametrize("suffix", [".bag", ".db3"])
def test_a_recording_keeps_the_true_poses_of_its_source(tmp_path: Path, suffix: str):
    pytest.importorskip("pyrealsense2")
    path = tmp_path / f"film{suffix}"
    source = film(6)
    with source as info:
        recorder = Recorder(path, info)
        for _ in range(6):
            recorder.write(read(source))
        recorder.close()
        truth = dict(info.ground_truth)
    played, frames = read_all(RecordingSource(path, realtime=False))
    assert [frame.frame_id for frame in frames] == [0, 1, 2, 3, 4, 5]
    assert list(played.ground_truth) == list(truth) == [0, 1, 3, 4]
    for frame_id, (pose,) in truth.items():
        np.testing.assert_allclose(played.ground_truth[frame_id][0].joints_cam_m, pose.joints_cam_m, atol=1e-6)


def test_a_new_recording_takes_the_old_ones_truth_away(tmp_path: Path):
    pytest.importorskip("pyrealsense2")
    path = tmp_path / "film.bag"
    ground_truth_path(path).write_text("of an older recording")
    with film(1) as info:
        Recorder(path, info).close()
    assert not ground_truth_path(path).exists()
