"""When a hand counts as leaving the picture."""

import numpy as np
import pytest

from app.gui.leaving import leaves_picture
from models.core.types import Camera, Pose

CAMERA = Camera(width=320, height=240, fx=270.0, fy=270.0, ppx=159.5, ppy=119.5)


def pose_at(u: float, v: float, outside: int = 0) -> Pose:
    """A pose with all joints at a pixel, 0.5 m away, but for some that are far outside of the image."""
    joints = np.tile(((u - CAMERA.ppx) / CAMERA.fx, (v - CAMERA.ppy) / CAMERA.fy, 1.0), (21, 1)) * 0.5
    joints[:outside, 0] = -5.0
    return Pose(joints, np.full(21, 0.9), 0.9, "right")


@pytest.mark.parametrize(("outside", "leaves"), [(0, False), (2, False), (3, True), (21, True)])
def test_a_hand_leaves_with_more_than_a_tenth_of_its_joints(outside, leaves):
    assert leaves_picture(pose_at(100, 100, outside), CAMERA) is leaves


@pytest.mark.parametrize(("u", "v"), [(-1, 100), (320.5, 100), (100, -1), (100, 240.5)])
def test_every_edge_counts(u, v):
    assert leaves_picture(pose_at(u, v), CAMERA)


@pytest.mark.parametrize(("u", "v"), [(0, 0), (319, 239)])
def test_the_last_pixels_are_in_the_picture(u, v):
    assert not leaves_picture(pose_at(u, v), CAMERA)


def test_no_hand_does_not_leave_and_one_behind_the_camera_does():
    assert not leaves_picture(None, CAMERA)
    behind = Pose(np.tile((0.0, 0.0, -0.1), (21, 1)), np.full(21, 0.9), 0.9, "right")
    assert leaves_picture(behind, CAMERA)
