"""The reader of ICVL, on folders in its authors' format."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from models.data.icvl import ICVL, read_depth
from models.data.label_files import Skipped
from tests.models.data.published import SURFACE_M, on_surface, write_icvl

SECOND = ["test_seq_2/image_0000.png"]
FIRST = ["test_seq_1/image_0000.png", "test_seq_1/image_0001.png"]


def test_joints_lie_on_their_own_pixels(tmp_path):
    written = write_icvl(tmp_path, "Testing/test_seq_1.txt", FIRST) + write_icvl(
        tmp_path, "Testing/test_seq_2.txt", SECOND
    )
    frames = list(ICVL.frames(tmp_path, "test"))
    assert [frame.name for frame in frames] == FIRST + SECOND
    assert [frame.group for frame in frames] == ["test_seq_1", "test_seq_1", "test_seq_2"]
    for frame, joints in zip(frames, written):
        np.testing.assert_allclose(frame.joints_cam_m, joints, atol=1e-6)
        np.testing.assert_allclose(on_surface(frame), SURFACE_M, atol=1.1e-3)
        assert frame.hand == "left"


def test_turned_copies_are_told_from_recordings(tmp_path):
    write_icvl(tmp_path, "Training/labels.txt", ["201403121135/image_0000.png", "22-5/201403121135/image_0000.png"])
    frames = list(ICVL.frames(tmp_path, "train"))
    assert [frame.group for frame in frames] == ["as recorded", "turned 22-5"]


def test_sixteen_joints_form_five_chains_from_the_palm():
    assert len(ICVL.joints) == 16
    assert [(ICVL.joints[a], ICVL.joints[b]) for a, b in ICVL.bones[3:6]] == [
        ("palm", "index_root"),
        ("index_root", "index_mid"),
        ("index_mid", "index_tip"),
    ]


def test_missing_and_broken_files_are_named(tmp_path):
    write_icvl(tmp_path, "Testing/test_seq_1.txt", FIRST)
    with pytest.raises(ValueError, match=r"Testing/test_seq_2.txt: is missing; get .*https://labicvl"):
        ICVL.open(tmp_path, "test")
    write_icvl(tmp_path, "Testing/test_seq_2.txt", SECOND)
    (tmp_path / "Testing" / "Depth" / FIRST[1]).unlink()
    with pytest.raises(ValueError, match=r"test_seq_1/image_0001.png: is missing; get .*https://labicvl"):
        list(ICVL.frames(tmp_path, "test"))
    skipped = Skipped()
    assert len(list(ICVL.frames(tmp_path, "test", skipped=skipped))) == 2
    assert skipped.counts == {"image missing": 1}
    path = tmp_path / "Testing" / "test_seq_2.txt"
    path.write_text(path.read_text().replace(".", "nan ", 3))
    with pytest.raises(ValueError, match=r"test_seq_2.txt, line 1: "):
        ICVL.open(tmp_path, "test")


def test_nothing_readable_is_an_error_even_with_a_counter(tmp_path):
    write_icvl(tmp_path, "Training/labels.txt", ["201403121135/image_0000.png"])
    (tmp_path / "Training" / "Depth" / "201403121135" / "image_0000.png").write_bytes(b"\x89PNG")
    with pytest.raises(ValueError, match=r"no image could be read; the last: .*image_0000.png: is not a readable PNG"):
        list(ICVL.frames(tmp_path, "train", skipped=Skipped()))


def test_a_wrong_image_is_an_error_and_far_depth_no_measurement(tmp_path):
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), np.zeros((480, 640), np.uint16))
    with pytest.raises(ValueError, match="is 640x480 pixels, but ICVL images have 320x240"):
        read_depth(path, 0)
    image = np.full((240, 320), 32001, np.uint16)
    image[7, 7:11] = 99, 100, 600, 601
    cv2.imwrite(str(path), image)
    depth_m = read_depth(path, 0).depth_m()
    np.testing.assert_allclose(depth_m[7, 7:11], [0, 0.1, 0.6, 0], atol=1e-6)
    assert np.count_nonzero(depth_m) == 2


def test_reference_points_keep_their_axes(tmp_path):
    write_icvl(tmp_path, "Training/labels.txt", ["201403121135/image_0000.png"])
    (tmp_path / "centers.txt").write_text("20 30 350\n")
    frame = next(ICVL.frames(tmp_path, "train", centers=tmp_path / "centers.txt"))
    np.testing.assert_allclose(frame.center_cam_m, [0.02, 0.03, 0.35])


def test_published_test_labels_bend_as_left_hands(shared_data):
    """Fingers bend towards the palm: with x to the thumb and y to the fingers, the palm of a left hand is at -z."""
    path = shared_data / "published" / "icvl" / "icvl_test_groundtruth_label.txt"
    if not path.is_file():
        pytest.skip(f"no published labels at {path}")
    uvd = np.loadtxt(path).reshape(-1, 16, 3)
    z = uvd[..., 2]
    joints = np.stack([(uvd[..., 0] - 160) * z / 240.99, (uvd[..., 1] - 120) * z / 240.96, z], axis=-1)
    name = ICVL.joints.index
    across = joints[:, name("index_root")] - joints[:, name("little_root")]
    along = joints[:, name("middle_root")] - joints[:, name("palm")]
    palm = np.cross(across, along)
    bend = 0
    for finger in ("index", "middle", "ring", "little"):
        root, mid, tip = (joints[:, name(f"{finger}_{part}")] for part in ("root", "mid", "tip"))
        straight = (mid - root) / np.linalg.norm(mid - root, axis=1, keepdims=True)
        outer = tip - mid
        bend = bend + ((outer - (outer * straight).sum(1, keepdims=True) * straight) * palm).sum(1)
    assert (bend < 0).mean() > 0.7
