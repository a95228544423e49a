"""The reader of MSRA15, on folders in its authors' format."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from models.core.skeleton import HAND
from models.data.label_files import Skipped
from models.data.msra import MSRA, read_bin
from tests.models.data.published import SURFACE_M, on_surface, points, write_msra, write_msra_bin

FRAMES = {"P0/1": 2, "P0/TIP": 1, "P3/1": 3, "P8/Y": 1}


def test_joints_lie_on_their_own_pixels(tmp_path):
    written = write_msra(tmp_path, FRAMES)
    frames = list(MSRA.frames(tmp_path, "test", held_out=3, skipped=Skipped()))
    assert len(frames) == 3
    for frame, joints in zip(frames, written["P3/1"]):
        np.testing.assert_allclose(frame.joints_cam_m, joints, atol=1e-6)
        np.testing.assert_allclose(on_surface(frame), SURFACE_M, atol=2e-4)
    assert MSRA.joints == HAND.joints


def test_one_subject_is_left_out(tmp_path):
    write_msra(tmp_path, FRAMES)
    train = MSRA.open(tmp_path, "train", held_out=3, skipped=Skipped())
    assert train.groups == ["P0", "P0", "P0", "P8"]
    assert train.names[2] == "P0/TIP/000000_depth.bin"
    assert MSRA.open(tmp_path, "test", held_out=3, skipped=Skipped()).groups == ["P3"] * 3
    assert len(MSRA.open(tmp_path, "all", skipped=Skipped())) == 7
    assert MSRA.held_out == tuple(range(9))


def test_a_missing_gesture_is_named_or_counted(tmp_path):
    write_msra(tmp_path, FRAMES)
    with pytest.raises(ValueError, match=r"P3/2/joint.txt: is missing; get .*https://jimmysuen") as caught:
        MSRA.open(tmp_path, "test", held_out=3)
    assert "\n" not in str(caught.value)
    skipped = Skipped()
    MSRA.open(tmp_path, "test", held_out=3, skipped=skipped)
    assert skipped.counts["gesture folder missing"] == 16


def test_reference_points_of_the_papers_authors_are_used(tmp_path):
    write_msra(tmp_path, FRAMES)
    centers = tmp_path / "center_test_3_refined.txt"
    centers.write_text("10.5 20.0 400.0\ninvalid invalid invalid\n-5 -7 410\n")
    skipped = Skipped()
    frames = list(MSRA.frames(tmp_path, "test", 3, centers, skipped))
    np.testing.assert_allclose([f.center_cam_m for f in frames], [[0.0105, -0.02, 0.4], [-0.005, 0.007, 0.41]])
    assert [f.name for f in frames] == ["P3/1/000000_depth.bin", "P3/1/000002_depth.bin"]
    assert skipped.counts["reference point marked as invalid"] == 1
    centers.write_text("1 2 3\n")
    with pytest.raises(ValueError, match=r"center_test_3_refined.txt: has 1 reference points, but .* has 3 frames"):
        MSRA.open(tmp_path, "test", 3, centers, skipped)
    centers.write_text("1 2 3\n1 2\n1 2 3\n")
    with pytest.raises(ValueError, match="line 2: expected 3 numbers, got 2"):
        MSRA.open(tmp_path, "test", 3, centers, skipped)


def test_a_count_that_does_not_fit_the_lines_is_an_error(tmp_path):
    write_msra(tmp_path, {"P3/1": 3})
    path = tmp_path / "P3" / "1" / "joint.txt"
    path.write_text(path.read_text().replace("3\n", "4\n", 1))
    with pytest.raises(ValueError, match=r"1/joint.txt: has labels for 4 frames, but there are 3 lines"):
        MSRA.open(tmp_path, "test", 3)
    path.write_text("many\n")
    with pytest.raises(ValueError, match=r"joint.txt, line 1: expected the number of frames"):
        MSRA.open(tmp_path, "test", 3)


@pytest.mark.parametrize(("value", "problem"), [("nan", "not finite"), ("x", "could not convert"), ("", "got 62")])
def test_a_broken_label_is_named_or_counted(tmp_path, value, problem):
    write_msra(tmp_path, {"P3/1": 3})
    path = tmp_path / "P3" / "1" / "joint.txt"
    lines = path.read_text().splitlines()
    lines[2] = " ".join([value, *lines[2].split()[1:]])
    path.write_text("\n".join(lines))
    with pytest.raises(ValueError, match=rf"joint.txt, line 3: .*{problem}"):
        MSRA.open(tmp_path, "test", 3)
    skipped = Skipped()
    frames = MSRA.open(tmp_path, "test", 3, skipped=skipped)
    assert frames.numbers == [0, 2]
    assert skipped.counts["label not usable"] == 1
    assert "line 3" in skipped.first["label not usable"]


def test_a_truncated_image_is_named_or_counted(tmp_path):
    write_msra(tmp_path, {"P3/1": 3})
    path = tmp_path / "P3" / "1" / "000001_depth.bin"
    whole = path.read_bytes()
    for length in (0, 20, len(whole) // 2, len(whole) - 4):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match="000001_depth.bin: is truncated"):
            read_bin(path, 1)
    path.write_bytes(whole + b"\0\0\0\0")
    with pytest.raises(ValueError, match="is too long"):
        read_bin(path, 1)
    skipped = Skipped()
    assert len(list(MSRA.frames(tmp_path, "test", 3, skipped=skipped))) == 2
    assert skipped.counts["image not usable"] == 1


def test_an_image_of_another_size_is_an_error(tmp_path):
    path = tmp_path / "000000_depth.bin"
    path.write_bytes(struct.pack("<6i", 640, 480, 0, 0, 1, 1) + b"\0\0\0\0")
    with pytest.raises(ValueError, match="is 640x480 pixels, but MSRA images have 320x240"):
        read_bin(path, 0)
    path.write_bytes(struct.pack("<6i", 320, 240, 5, 0, 400, 1) + b"\0\0\0\0")
    with pytest.raises(ValueError, match="box outside of the image"):
        read_bin(path, 0)


def test_depth_out_of_range_is_no_measurement(tmp_path):
    image = np.zeros((240, 320))
    image[10, 10:15] = 90, 100.5, 400.25, 699, 701
    image[12, 12] = 400
    write_msra_bin(tmp_path / "0.bin", image)
    np.testing.assert_allclose(
        read_bin(tmp_path / "0.bin", 0).depth_m()[10, 10:15], [0, 0.1005, 0.40025, 0.699, 0], atol=6e-5
    )


def test_a_wrong_split_subject_or_folder_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="split must be one of train, test, all, got 'val'"):
        MSRA.open(tmp_path, "val")
    with pytest.raises(ValueError, match="held-out part must be one of 0, 1"):
        MSRA.open(tmp_path, "test", held_out=9)
    with pytest.raises(ValueError, match="none: is not a folder; get MSRA15 from https"):
        MSRA.open(tmp_path / "none", "test")


def test_the_grid_of_joints_is_not_its_own_mirror():
    joints = points(21)
    assert abs(joints[:, 0].mean()) > 0.01 and abs(joints[:, 1].mean()) > 0.01
