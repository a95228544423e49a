"""The reader of HANDS 2019, task 1: the format of HANDS 2017 in other files."""

from __future__ import annotations

import numpy as np
import pytest

from models.data.hands2019 import HANDS2019
from tests.models.data.published import SURFACE_M, on_surface, write_hands2019


def test_joints_come_in_the_projects_order_on_their_own_pixels(tmp_path):
    written = write_hands2019(tmp_path, 2, held_out=1)
    frames = [frame for split in ("train", "validation") for frame in HANDS2019.frames(tmp_path, split)]
    assert [frame.name for frame in frames] == [f"image_D0000{number}.png" for number in ("0001", "0002", "9001")]
    for frame, joints in zip(frames, written):
        np.testing.assert_allclose(frame.joints_cam_m, joints, atol=1e-6)
        np.testing.assert_allclose(on_surface(frame), SURFACE_M, atol=1.1e-3)


def test_missing_files_are_named_with_where_to_get_them(tmp_path):
    with pytest.raises(ValueError, match="training_joint_annotation.txt: is missing; get .*hands2019"):
        HANDS2019.open(tmp_path, "train")
    write_hands2019(tmp_path, 1)
    (tmp_path / "training_images" / "image_D00000001.png").unlink()
    with pytest.raises(ValueError, match="image_D00000001.png: is missing; get .*hands2019"):
        list(HANDS2019.frames(tmp_path, "train"))
