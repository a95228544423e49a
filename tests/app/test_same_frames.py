"""The same frames give the same poses, whichever kind of file they come from."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from app.settings import BUNDLED_RECORDING
from models.data.pose_csv import read_poses

FRAMES = 12


def test_a_folder_a_bag_and_a_db3_give_the_same_poses(run_main, tmp_path):
    pytest.importorskip("pyrealsense2")
    folder, bag, db3 = tmp_path / "folder", tmp_path / "film.bag", tmp_path / "again.db3"
    write_folder(folder)
    poses = {}
    for source, record in ((folder, ("--record", bag)), (bag, ("--record", db3)), (db3, ())):
        out = tmp_path / "poses.csv"
        run = run_main(source, "--headless", "--device", "cpu", "--export", out, *record)
        assert run.returncode == 0, run.stderr
        poses[source] = read_poses(out)
    assert len(poses[folder]) == FRAMES
    for recording in (bag, db3):
        assert list(poses[recording]) == list(poses[folder])
        for frame, pose in poses[folder].items():
            # Recordings count time in nanoseconds, which moves joints by some; the files' last digit is a micrometre.
            np.testing.assert_allclose(poses[recording][frame].joints_cam_m, pose.joints_cam_m, rtol=0, atol=1.1e-6)
            assert poses[recording][frame].hand == pose.hand


def write_folder(folder):
    """The first frames of the bundled recording as images."""
    from app.sources.recording import RecordingSource

    folder.mkdir()
    source = RecordingSource(BUNDLED_RECORDING, realtime=False)
    with source as info:
        for index in range(FRAMES):
            cv2.imwrite(str(folder / f"{index}.png"), source.read().raw)
    camera = {name: getattr(info.camera, name) for name in ("width", "height", "fx", "fy", "ppx", "ppy")}
    (folder / "camera.json").write_text(json.dumps({**camera, "depth_units": info.depth_units, "fps": info.fps}))
