"""Folders of depth images."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.errors import SourceError
from app.sources import make_source
from app.sources.folder import FolderSource
from models.data.pose_csv import COLUMNS
from tests.app.sources.film import CAMERA, COUNT, image, pose, read, read_all, write_folder


def open_error(folder: Path) -> str:
    with pytest.raises(SourceError) as caught:
        FolderSource(folder, realtime=False).open()
    message = str(caught.value)
    assert "\n" not in message
    return message


def write_poses(path: Path, frames: list[int]) -> None:
    rows = []
    for frame in frames:
        joints = pose(frame).joints_cam_m.reshape(-1)
        rows.append(",".join(map(str, [frame, 0, "right", 1, 1, *joints, *np.ones(21)])))
    path.write_text("\n".join([",".join(COLUMNS), *rows]))


def test_frames_are_numbered_in_the_natural_order_of_the_names(tmp_path: Path):
    _, frames = read_all(FolderSource(write_folder(tmp_path / "f"), realtime=False))
    assert [frame.frame_id for frame in frames] == list(range(COUNT))
    for index, frame in enumerate(frames):
        np.testing.assert_array_equal(frame.raw, image(index))


def test_joints_csv_is_the_ground_truth_by_frame_number(tmp_path: Path):
    folder = write_folder(tmp_path / "f")
    write_poses(folder / "joints.csv", [0, 4])
    with FolderSource(folder, realtime=False) as info:
        assert sorted(info.ground_truth) == [0, 4]
        np.testing.assert_allclose(info.ground_truth[4][0].joints_cam_m, pose(4).joints_cam_m)


def test_a_broken_ground_truth_is_named(tmp_path: Path):
    folder = write_folder(tmp_path / "f")
    (folder / "joints.csv").write_text("frame,nonsense\n1,2\n")
    assert "joints.csv" in open_error(folder)


def test_a_folder_whose_subfolders_hold_images_suggests_one(tmp_path: Path):
    inner = write_folder(tmp_path / "outer" / "inner")
    assert f"did you mean {inner}?" in open_error(tmp_path / "outer")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("{", "is not JSON"),
        ("[]", "camera.json"),
        (json.dumps({"width": 64}), "'height'"),
    ],
)
def test_a_broken_camera_json_is_named(tmp_path: Path, change: str, expected: str):
    folder = write_folder(tmp_path / "f")
    (folder / "camera.json").write_text(change)
    message = open_error(folder)
    assert "camera.json" in message
    assert expected in message


def test_a_folder_without_camera_or_images_is_refused(tmp_path: Path):
    folder = write_folder(tmp_path / "f", count=0)
    assert "no PNG, TIFF" in open_error(folder)
    (folder / "camera.json").unlink()
    assert "camera.json" in open_error(folder)
    assert "is not a folder" in open_error(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (image(0).astype(np.uint8), "8 bits"),
        (np.zeros((48, 64, 3), np.uint16), "3 channel(s)"),
        (image(0)[:, :32], "32x48"),
        (b"", "not a readable"),
        (b"not a picture", "not a readable"),
    ],
    ids=["8 bit", "colour", "size", "empty", "text"],
)
def test_what_is_no_frame_is_left_out_and_named_and_moves_no_other(tmp_path: Path, other, expected: str):
    data = other if isinstance(other, bytes) else cv2.imencode(".png", other)[1].tobytes()
    folder = write_folder(tmp_path / "f", count=3)
    (folder / "6.png").write_bytes(data)
    info, frames = read_all(FolderSource(folder, realtime=False))
    assert [frame.frame_id for frame in frames] == [0, 2]
    assert info.frame_count == 2
    (note,) = info.notes
    assert "6.png" in note
    assert expected in note
    for name in ("5.png", "7.png"):
        (folder / name).write_bytes(data)
    assert expected in open_error(folder)


def test_a_folder_as_people_have_them_plays_its_depth_images(tmp_path: Path):
    folder = write_folder(tmp_path / "f")
    for index in range(COUNT):
        cv2.imwrite(str(folder / f"{5 + index}_color.png"), np.zeros((48, 64, 3), np.uint8))
    (folder / "._5.png").write_bytes((folder / "5.png").read_bytes())
    (folder / "zz.png").mkdir()
    cv2.imwrite(str(folder / "preview.png"), np.zeros((480, 640, 3), np.uint8))
    info, frames = read_all(FolderSource(folder, realtime=False))
    assert [frame.frame_id for frame in frames] == list(range(COUNT))
    (note,) = info.notes
    assert f"{COUNT + 3} files are left out" in note
    for part in ("hidden: 1 (first: ._5.png)", "zz.png", f"{COUNT + 1} (first: 5_color.png)"):
        assert part in note


def test_two_series_are_named_and_a_pattern_chooses(tmp_path: Path):
    folder = write_folder(tmp_path / "f")
    for index in range(COUNT):
        cv2.imwrite(str(folder / f"{5 + index}_ir.png"), image(index) // 2)
    message = open_error(folder)
    assert "two series" in message
    assert "*[0-9].png (9) and *_ir.png (9)" in message
    for pattern, divisor in (("*[0-9].png", 1), ("*_ir.png", 2)):
        source = make_source(str(folder / pattern), realtime=False)
        info, frames = read_all(source)
        assert (info.label, len(frames)) == (str(folder / pattern), COUNT)
        np.testing.assert_array_equal(frames[1].raw, image(1) // divisor)
    assert "holds no PNG" in open_error(folder / "x*.png")
    assert len(read_all(FolderSource(folder / "*", realtime=False))[1]) == 2 * COUNT


def test_a_truncated_image_is_refused_when_its_turn_comes(tmp_path: Path):
    folder = write_folder(tmp_path / "f", count=2)
    whole = (folder / "6.png").read_bytes()
    (folder / "6.png").write_bytes(whole[:-20])
    source = FolderSource(folder, realtime=False)
    with source:
        read(source)
        with pytest.raises(SourceError) as caught:
            source.read()
    assert "6.png" in str(caught.value)
    (folder / "6.png").unlink()
    for length in range(0, len(whole), 40):
        (folder / "5.png").write_bytes(whole[:length])
        assert "5.png" in open_error(folder)


def test_layouts_of_other_recorders_play(tmp_path: Path):
    folder = write_folder(tmp_path / "f", units=0.001)
    (folder / "depth").mkdir()
    (folder / "color").mkdir()
    for path in folder.glob("*.png"):
        path.rename(folder / "depth" / path.name)
    (folder / "camera.json").unlink()
    assert "is missing" in open_error(folder)
    (folder / "depth.txt").write_text("# depth maps\n")
    assert '"depth_scale": 5000' in open_error(folder)
    matrix = [CAMERA.fx, 0, 0, 0, CAMERA.fy, 0, CAMERA.ppx, CAMERA.ppy, 1]
    intrinsic = {"width": 64, "height": 48, "intrinsic_matrix": matrix}
    (folder / "camera_intrinsic.json").write_text(json.dumps(intrinsic))
    for path in (folder, folder / "depth"):
        info, frames = read_all(FolderSource(path, realtime=False))
        assert (info.camera, info.depth_units, info.fps, len(frames)) == (CAMERA, 0.001, 30, COUNT)
        assert "1 mm a unit and 30 frames a second assumed" in info.notes[0]


@pytest.mark.parametrize("name", ["cvar/P1", "cvar/P4", "kinect2", "sr305/20210326-231615"])
def test_real_recordings_open_and_their_ground_truth_fits(shared_data: Path, name: str):
    source = FolderSource(shared_data / name, realtime=False)
    with source as info:
        assert read(source).raw.any()
        assert info.frame_count is not None
        assert set(info.ground_truth) <= set(range(info.frame_count))
        assert bool(info.ground_truth) == name.startswith("cvar")
