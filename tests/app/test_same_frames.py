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


def test_images_of_every_kind_give_the_same_poses(run_main, tmp_path):
    pytest.importorskip("pyrealsense2")
    png = tmp_path / "png"
    write_folder(png)
    expected = poses_of(run_main, png, tmp_path)
    assert len(expected) == FRAMES
    for kind in ("tiff", "npy", "metres", "tum"):
        poses = poses_of(run_main, rewritten(png, tmp_path / kind, kind), tmp_path)
        assert list(poses) == list(expected)
        for frame, pose in expected.items():
            np.testing.assert_allclose(poses[frame].joints_cam_m, pose.joints_cam_m, rtol=0, atol=1e-5)


def poses_of(run_main, source, tmp_path):
    """What the program says of a source's frames."""
    out = tmp_path / "poses.csv"
    run = run_main(source, "--headless", "--device", "cpu", "--export", out)
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    return read_poses(out)


def rewritten(png, folder, kind):
    """The folder `png` again, its images in another form: tiff, npy, npy in metres, or laid out as TUM does."""
    camera = json.loads((png / "camera.json").read_text())
    images = folder / "depth" if kind == "tum" else folder
    images.mkdir(parents=True)
    for index in range(FRAMES):
        raw = cv2.imread(str(png / f"{index}.png"), cv2.IMREAD_UNCHANGED)
        metres = raw * camera["depth_units"]
        if kind == "tiff":
            cv2.imwrite(str(images / f"{index}.tiff"), raw)
        elif kind == "tum":
            cv2.imwrite(str(images / f"{1305031102 + index / 30:.6f}.png"), np.rint(5000 * metres).astype(np.uint16))
        else:
            np.save(images / f"{index}.npy", raw if kind == "npy" else metres.astype(np.float32))
    if kind == "tum":
        (folder / "depth.txt").write_text("# depth maps\n")
        camera |= {"cx": str(camera.pop("ppx")), "cy": str(camera.pop("ppy")), "depth_scale": 5000}
        del camera["depth_units"]
    (folder / "camera.json").write_text(json.dumps(camera))
    return folder


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
