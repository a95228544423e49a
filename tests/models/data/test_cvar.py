"""The reader of CVAR, on folders in its authors' format and on real images."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from models.data.cvar import CVAR, read_depth
from models.data.label_files import Skipped
from models.data.pose_csv import read_poses
from tests.models.data.published import SURFACE_M, on_surface, text, write_cvar


@pytest.mark.parametrize(("sequence", "unit_mm", "width"), [("P1", 0.7, 321), ("P3", 0.7, 320), ("P4", 1.0, 320)])
def test_joints_lie_on_their_own_pixels_in_true_size(tmp_path, sequence, unit_mm, width):
    written = write_cvar(tmp_path, sequence, 2, unit_mm, width)
    frames = list(CVAR.frames(tmp_path, "all"))
    assert [frame.name for frame in frames] == [f"{sequence}/000000_depth.png", f"{sequence}/000001_depth.png"]
    for frame, joints in zip(frames, written):
        np.testing.assert_allclose(frame.joints_cam_m, joints, atol=1e-6)
        np.testing.assert_allclose(on_surface(frame), SURFACE_M, atol=1.1e-3)
        assert frame.group == sequence


@pytest.mark.parametrize("thumb_first", [False, True])
def test_the_detected_joint_decides_the_order(tmp_path, thumb_first):
    written = write_cvar(tmp_path, "P4", 2, thumb_first=thumb_first)
    frames = list(CVAR.frames(tmp_path, "all"))
    np.testing.assert_allclose(frames[1].joints_cam_m, written[1], atol=1e-6)


def test_without_detections_the_order_is_that_of_msra(tmp_path):
    written = write_cvar(tmp_path, "P4", 1)
    (tmp_path / "P4" / "detections.txt").unlink()
    np.testing.assert_allclose(next(CVAR.frames(tmp_path, "all")).joints_cam_m, written[0], atol=1e-6)


def test_detections_on_another_joint_are_an_error(tmp_path):
    write_cvar(tmp_path, "P4", 1)
    (tmp_path / "P4" / "detections.txt").write_text(f"000000_depth.png {text(np.array([5, 5, 400]))}\n")
    with pytest.raises(ValueError, match=r"detections.txt: lies on no joint .*MCP of the middle finger"):
        CVAR.open(tmp_path, "all")


def test_five_folds_cover_everything_once(tmp_path):
    for sequence, count in (("P10", 3), ("P3", 4), ("P4", 4)):
        write_cvar(tmp_path, sequence, count, 0.7 if sequence == "P3" else 1.0)
    whole = CVAR.open(tmp_path, "all").names
    assert [name.split("/")[0] for name in whole] == ["P3"] * 4 + ["P4"] * 4 + ["P10"] * 3
    seen = []
    for fold in range(5):
        test = CVAR.open(tmp_path, "test", held_out=fold).names
        assert 2 <= len(test) <= 3
        assert CVAR.open(tmp_path, "train", held_out=fold).names == [name for name in whole if name not in test]
        seen += test
    assert seen == whole


def test_names_between_commas_are_read_too(tmp_path):
    written = write_cvar(tmp_path, "P4", 1)
    path = tmp_path / "P4" / "joint.txt"
    path.write_text(path.read_text().replace(" ", ", "))
    np.testing.assert_allclose(next(CVAR.frames(tmp_path, "all")).joints_cam_m, written[0], atol=1e-6)


def test_missing_and_broken_files_are_named(tmp_path):
    with pytest.raises(ValueError, match=r"P1/joint.txt: is missing, like that of every sequence; get https"):
        CVAR.open(tmp_path, "all")
    write_cvar(tmp_path, "P4", 2)
    path = tmp_path / "P4" / "joint.txt"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], lines[1].replace(lines[1].split()[5], "nan")]))
    with pytest.raises(ValueError, match=r"P4/joint.txt, line 2: holds a value that is not finite"):
        CVAR.open(tmp_path, "all")
    assert len(CVAR.open(tmp_path, "all", skipped=Skipped())) == 1
    (tmp_path / "P4" / "000000_depth.png").unlink()
    with pytest.raises(ValueError, match=r"P4/000000_depth.png: is missing"):
        CVAR.open(tmp_path, "all", skipped=Skipped())[0]


def test_a_wrong_image_is_an_error(tmp_path):
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), np.zeros((480, 640), np.uint16))
    with pytest.raises(ValueError, match="is 640x480 pixels, but CVAR images have 320x240"):
        read_depth(path, 0)


@pytest.mark.parametrize("sequence", ["P1", "P4"])
def test_real_images_and_labels_written_as_published_come_out_in_true_size(shared_data, tmp_path, sequence):
    source = shared_data / "cvar" / sequence
    if not source.is_dir():
        pytest.skip(f"no real CVAR sequence at {source}")
    poses = read_poses(source / "joints.csv")
    images = sorted(source.glob("*.png"))
    unit_mm = {"P1": 0.7, "P4": 1.0}[sequence]
    (tmp_path / sequence).mkdir()
    lines, wanted = [], []
    for number in sorted(poses)[::60]:
        joints = poses[number].joints_cam_m
        x, y, z = joints.T
        uvz = np.column_stack([160 + 224.5 * x / z, 120 + 230.5 * y / z, 1000 * z / unit_mm])
        lines.append(f"{images[number].name} {text(uvz)}")
        (tmp_path / sequence / images[number].name).write_bytes(images[number].read_bytes())
        wanted.append(joints)
    (tmp_path / sequence / "joint.txt").write_text("\n".join(lines))
    behind_m = []
    for frame, joints in zip(CVAR.frames(tmp_path, "all"), wanted):
        np.testing.assert_allclose(frame.joints_cam_m, joints, atol=2e-6)
        behind = on_surface(frame)
        behind_m.append(behind[frame.joints_cam_m[:, 2] - behind > 0])
        assert frame.frame.depth_m().max() <= 1.5
    assert 0 < np.median(np.concatenate(behind_m)) < 0.03
