"""The reader of BigHand2.2M, on folders in its authors' format."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from models.data.bighand import BIGHAND
from models.data.label_files import Skipped
from tests.models.data.published import SURFACE_M, on_surface, write_bighand

PLACES = {"Subject_1/76 150": 2, "Subject_2/1 75": 1, "Subject_2/ego": 2, "Subject_12/1 75": 1}
ANNOTATION = "76 150_loc_shift_made_by_qi_20180112_v2.txt"


def test_joints_come_in_the_projects_order_on_their_own_pixels(tmp_path):
    written = write_bighand(tmp_path, PLACES)
    for split, subjects in (("train", (2, 12)), ("test", (1,)), ("all", (1, 2, 12))):
        frames = list(BIGHAND.frames(tmp_path, split))
        assert [frame.group for frame in frames] == sorted((frame.group for frame in frames), key=len)
        assert {frame.group for frame in frames} == {f"Subject_{subject}" for subject in subjects}
        wanted = {
            f"{place}/image_D{number:08d}.png": joints
            for place, poses in written.items()
            for number, joints in enumerate(poses)
            if int(place.split("/")[0].removeprefix("Subject_")) in subjects
        }
        assert [frame.name for frame in frames] == list(wanted)
        for frame, joints in zip(frames, wanted.values()):
            np.testing.assert_allclose(frame.joints_cam_m, joints, atol=1e-6)
            np.testing.assert_allclose(on_surface(frame), SURFACE_M, atol=1.1e-3)


def test_any_subject_can_be_the_test(tmp_path):
    write_bighand(tmp_path, PLACES)
    assert len(BIGHAND.open(tmp_path, "test", held_out=2)) == 3
    assert {*BIGHAND.open(tmp_path, "train", held_out=2).groups} == {"Subject_1", "Subject_12"}
    with pytest.raises(ValueError, match="holds no labels of a Subject_7; get the data set from"):
        BIGHAND.open(tmp_path, "test", held_out=7)


def test_a_row_may_start_with_the_name_of_its_image(tmp_path):
    write_bighand(tmp_path, {"Subject_1/76 150": 2})
    path = tmp_path / "full_annotation" / "Subject_1" / ANNOTATION
    path.write_text(path.read_text().replace("00000001\t", "image_D00000001.png\t"))
    assert [frame.frame.raw.any() for frame in BIGHAND.frames(tmp_path, "test")] == [True, True]


def test_missing_and_broken_files_are_named_or_counted(tmp_path):
    with pytest.raises(ValueError, match="full_annotation: is missing; get the data set from .*BigHand"):
        BIGHAND.open(tmp_path, "train")
    write_bighand(tmp_path, PLACES)
    shutil.rmtree(tmp_path / "Subject_2" / "ego")
    with pytest.raises(ValueError, match="ego: is missing"):
        BIGHAND.open(tmp_path, "train")
    skipped = Skipped()
    assert len(BIGHAND.open(tmp_path, "train", skipped=skipped)) == 2
    assert skipped.counts == {"viewpoint missing": 1}
    path = tmp_path / "full_annotation" / "Subject_1" / ANNOTATION
    path.write_text(path.read_text() + "00000002\t1 2 3\n")
    with pytest.raises(ValueError, match=r"_v2.txt, line 3: expected 63 numbers, got 3"):
        BIGHAND.open(tmp_path, "test")
