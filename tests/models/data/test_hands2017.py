"""The reader of HANDS 2017, on folders in its authors' format."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from models.data.hands2017 import HANDS2017, is_held_out, read_depth
from models.data.label_files import Skipped
from tests.models.data.published import HANDS2017_ORDER, SURFACE_M, on_surface, write_hands2017


def test_joints_come_in_the_projects_order_on_their_own_pixels(tmp_path):
    written = write_hands2017(tmp_path, 2)
    frames = list(HANDS2017.frames(tmp_path, "train"))
    assert [frame.name for frame in frames] == ["image_D00000001.png", "image_D00000002.png"]
    for frame, joints in zip(frames, written):
        np.testing.assert_allclose(frame.joints_cam_m, joints, atol=1e-6)
        np.testing.assert_allclose(on_surface(frame), SURFACE_M, atol=1.1e-3)


def test_the_challenges_order_is_spelled_out():
    names = [HANDS2017.joints[i] for i in HANDS2017_ORDER]
    assert names[:6] == ["wrist", "thumb_cmc", "index_mcp", "middle_mcp", "ring_mcp", "little_mcp"]
    assert names[6:12] == ["thumb_mcp", "thumb_ip", "thumb_tip", "index_pip", "index_dip", "index_tip"]
    assert names[18:] == ["little_pip", "little_dip", "little_tip"]


def test_test_frames_have_no_labels_but_reference_points(tmp_path):
    write_hands2017(tmp_path, 1)
    (tmp_path / "centers.txt").write_text("20 30 500\n")
    (frame,) = HANDS2017.frames(tmp_path, "test", centers=tmp_path / "centers.txt")
    assert frame.joints_cam_m is None
    assert frame.name == "image_D00000001.png"
    np.testing.assert_allclose(frame.center_cam_m, [0.02, 0.03, 0.5])
    assert np.count_nonzero(frame.frame.raw) > 0


def test_missing_and_broken_files_are_named(tmp_path):
    with pytest.raises(ValueError, match=r"training/Training_Annotation.txt: is missing; get .*hands17"):
        HANDS2017.open(tmp_path, "train")
    with pytest.raises(ValueError, match=r"frame/BoundingBox.txt: is missing"):
        HANDS2017.open(tmp_path, "test")
    write_hands2017(tmp_path, 2)
    path = tmp_path / "training" / "Training_Annotation.txt"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], lines[1].rsplit("\t", 3)[0]]))
    with pytest.raises(ValueError, match=r"Training_Annotation.txt, line 2: expected 63 numbers, got 61"):
        HANDS2017.open(tmp_path, "train")
    skipped = Skipped()
    assert len(HANDS2017.open(tmp_path, "train", skipped=skipped)) == 1
    assert skipped.counts == {"label not usable": 1}


def test_a_wrong_image_is_an_error_and_far_depth_no_measurement(tmp_path):
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), np.zeros((240, 320), np.uint16))
    with pytest.raises(ValueError, match="is 320x240 pixels, but HANDS images have 640x480"):
        read_depth(path, 0)
    image = np.zeros((480, 640), np.uint16)
    image[7, 7:11] = 99, 100, 1500, 1501
    cv2.imwrite(str(path), image)
    np.testing.assert_allclose(read_depth(path, 0).depth_m()[7, 7:11], [0, 0.1, 1.5, 0], atol=1e-6)


def test_a_fixed_tenth_of_the_training_frames_is_held_out_by_number(tmp_path):
    write_hands2017(tmp_path, 3, held_out=2)
    training, held_out = (HANDS2017.open(tmp_path, split).names for split in ("train", "validation"))
    assert held_out == ["image_D00009001.png", "image_D00009002.png"]
    assert len(training) == 3 and not set(training) & set(held_out)
    assert HANDS2017.measured == "validation"
    names = [f"image_D{number:08d}.png" for number in range(957_032)]
    held = np.array([is_held_out(name) for name in names])
    assert abs(held.mean() - 0.1) < 0.005
    # Whole runs of numbers: few frames have a neighbour of the other part.
    assert np.count_nonzero(np.diff(held)) < 200
