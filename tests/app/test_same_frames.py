"""The same frames give the same poses, whichever kind of file they come from."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import cv2
import numpy as np
import pytest

from app.settings import BUNDLED_RECORDING, FAR_M, NEAR_M, TrackerSettings
from app.sources import make_source
from app.tracking.build import build_tracker
from models.data.pose_csv import read_poses
from tests.app.sources.film import FPS
from tests.app.sources.ros_film import KINDS, RosFilm
from tests.app.sources.sdk_bag import SdkBag

FRAMES = 6


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


@pytest.fixture(scope="module")
def tracker():
    return build_tracker(TrackerSettings("auto", NEAR_M, FAR_M), device="cpu")


def test_images_of_every_kind_give_the_same_poses(tracker, tmp_path, capfd):
    pytest.importorskip("pyrealsense2")
    png = tmp_path / "png"
    write_folder(png)
    expected = tracked(tracker, png)
    for kind in ("tiff", "npy", "metres", "tum"):
        poses = tracked(tracker, rewritten(png, tmp_path / kind, kind))
        for pose, wanted in zip(poses, expected, strict=True):
            np.testing.assert_allclose(pose.joints_cam_m, wanted.joints_cam_m, rtol=0, atol=1e-5, err_msg=kind)
            assert pose.hand == wanted.hand
    assert capfd.readouterr().err == ""


def test_recordings_of_every_kind_give_the_same_poses(tracker, tmp_path):
    pytest.importorskip("pyrealsense2")
    images, camera, units = bundled_frames()
    assert units == 0.001, "ROS knows no other for 16UC1"
    expected = tracked(tracker, BUNDLED_RECORDING)
    film = SdkBag(images=images, camera=camera, fps=FPS, option_units=units, units=[units])
    # Every other frame in tenths of a millimetre, as only it itself says.
    tenths = [image if index % 2 else 10 * image for index, image in enumerate(images)]
    own_units = [units if index % 2 else units / 10 for index in range(FRAMES)]
    bags = {name: replace(film, compression=name) for name in ("none", "bz2", "lz4")}
    bags["units"] = replace(film, images=tenths, units=own_units, option_units=None)
    bags["16UC1"] = replace(film, encoding="16UC1")
    sources = [bag.write(tmp_path / f"{name}.bag") for name, bag in bags.items()]
    sources += [RosFilm(images=images, camera=camera, fps=FPS).write(tmp_path / "ros", kind) for kind in KINDS]
    for source in sources:
        for pose, wanted in zip(tracked(tracker, source), expected, strict=True):
            np.testing.assert_allclose(pose.joints_cam_m, wanted.joints_cam_m, rtol=0, atol=1e-5, err_msg=str(source))
            assert pose.hand == wanted.hand


def tracked(tracker, source):
    """The poses of the first frames of a source, in this process, each as that of a new hand.

    From frame to frame a point that rounding moves over a voxel's border would grow to a difference of its own.
    """
    playing, poses = make_source(str(source), realtime=False), []
    with playing:
        for _ in range(FRAMES):
            tracker.reset()
            poses.append(tracker.track(playing.read()).pose)
    return poses


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


def bundled_frames():
    """The first images (H, W) uint16 of the bundled recording, their camera and metres a unit."""
    from app.sources.recording import RecordingSource

    source = RecordingSource(BUNDLED_RECORDING, realtime=False)
    with source as info:
        return [source.read().raw for _ in range(FRAMES)], info.camera, info.depth_units


def write_folder(folder):
    """The first frames of the bundled recording as images."""
    images, camera, units = bundled_frames()
    folder.mkdir()
    for index, image in enumerate(images):
        cv2.imwrite(str(folder / f"{index}.png"), image)
    (folder / "camera.json").write_text(json.dumps({**asdict(camera), "depth_units": units, "fps": FPS}))
