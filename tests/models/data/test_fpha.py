"""The reader of FPHA, on folders in its authors' format."""

from __future__ import annotations

import numpy as np
import pytest

from models.data.fpha import FPHA
from models.data.label_files import Skipped
from tests.models.data.published import SURFACE_M, on_surface, write_fpha

TRAINING, OTHER, TEST = "Subject_1/put_salt/1", "Subject_3/put_salt/2", "Subject_2/pour_milk/3"


def write(root):
    return write_fpha(root, {TRAINING: 2, OTHER: 1, TEST: 2}, {"Training": [TRAINING, OTHER], "Test": [TEST]})


def test_joints_come_in_the_projects_order_on_their_own_pixels(tmp_path):
    written = write(tmp_path)
    for split, names in (("train", [TRAINING, OTHER]), ("test", [TEST])):
        frames = list(FPHA.frames(tmp_path, split))
        assert {frame.group for frame in frames} == {name.split("/")[0] for name in names}
        for frame, joints in zip(frames, [joints for name in names for joints in written[name]], strict=True):
            np.testing.assert_allclose(frame.joints_cam_m, joints, atol=1e-6)
            np.testing.assert_allclose(on_surface(frame), SURFACE_M, atol=1.1e-3)


def test_a_frame_is_found_by_the_number_in_its_line(tmp_path):
    written = write(tmp_path)
    path = tmp_path / "Hand_pose_annotation_v1" / TEST / "skeleton.txt"
    path.write_text(path.read_text().splitlines()[1] + "\n")
    (frame,) = FPHA.frames(tmp_path, "test")
    assert frame.name == f"{TEST}/depth/depth_0001.png"
    np.testing.assert_allclose(frame.joints_cam_m, written[TEST][1], atol=1e-6)


def test_missing_and_broken_files_are_named_or_counted(tmp_path):
    with pytest.raises(ValueError, match="data_split_action_recognition.txt: is missing; get .*guiggh"):
        FPHA.open(tmp_path, "train")
    write(tmp_path)
    labels = tmp_path / "Hand_pose_annotation_v1" / OTHER / "skeleton.txt"
    labels.unlink()
    with pytest.raises(ValueError, match="skeleton.txt: is missing"):
        FPHA.open(tmp_path, "train")
    skipped = Skipped()
    assert len(FPHA.open(tmp_path, "train", skipped=skipped)) == 2
    assert skipped.counts == {"sequence missing": 1}
    labels.write_text("first " + 63 * "1 " + "\n")
    with pytest.raises(ValueError, match="expected the number of a frame before its joints, got 'first'"):
        FPHA.open(tmp_path, "train")
    (tmp_path / "data_split_action_recognition.txt").write_text(f"{TRAINING} 3\n")
    with pytest.raises(ValueError, match="recognition.txt, line 1: expected a sequence after 'Training N'"):
        FPHA.open(tmp_path, "train")
