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
    write_folder(tmp_path / "folder")
    sources = {"folder": tmp_path / "folder", "bag": tmp_path / "film.bag", "db3": tmp_path / "film.db3"}
    for kind in ("bag", "db3"):
        played = run_main(sources["folder"], "--headless", "--record", sources[kind])
        assert played.returncode == 0, played.stderr
    poses = {}
    for kind, source in sources.items():
        out = tmp_path / f"{kind}.csv"
        run = run_main(source, "--headless", "--device", "cpu", "--export", out)
        assert run.returncode == 0, run.stderr
        poses[kind] = read_poses(out)
    assert len(poses["folder"]) == FRAMES
    for kind in ("bag", "db3"):
        assert list(poses[kind]) == list(poses["folder"])
        for frame, pose in poses["folder"].items():
            # Recordings count time in nanoseconds, which moves joints by some; the files' last digit is a micrometre.
            np.testing.assert_allclose(poses[kind][frame].joints_cam_m, pose.joints_cam_m, rtol=0, atol=1.1e-6)
            assert poses[kind][frame].hand == pose.hand


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
