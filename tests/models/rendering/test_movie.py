from __future__ import annotations

import numpy as np
import pytest

from models.core.camera import project
from models.core.types import Camera
from models.rendering.movie import HandMovie

CAMERA = Camera(212, 120, 106.0, 106.0, 105.5, 59.5)


def test_a_frame_is_a_function_of_seed_and_index():
    movie = HandMovie(CAMERA, seed=1)
    later = movie.render(40)
    movie.render(3)
    np.testing.assert_array_equal(movie.render(40).raw, later.raw)
    assert (HandMovie(CAMERA, seed=2).render(40).raw != later.raw).any()


def test_motion_is_smooth_and_the_hand_leaves_and_returns():
    movie = HandMovie(CAMERA)
    poses = [movie.render(i).pose for i in range(movie.cycle_frames + 40)]
    steps = [np.abs(b.joints_cam_m - a.joints_cam_m).max() for a, b in zip(poses, poses[1:]) if a and b]
    assert 0 < max(steps) < 0.06
    assert poses[0] is not None and poses[movie.cycle_frames - 1] is None and poses[-1] is not None
    assert 0.85 < np.mean([p is not None for p in poses]) < 1


def test_joints_lie_on_measured_pixels():
    movie = HandMovie(CAMERA)
    frame = movie.render(60)
    u, v = np.round(project(frame.pose.joints_cam_m, CAMERA)).astype(int).T
    measured = frame.raw[v, u] * movie.depth_units
    close = np.abs(measured - frame.pose.joints_cam_m[:, 2]) < 0.04
    assert close.mean() > 0.6


def test_a_left_hand_is_the_mirror_image():
    right, left = (HandMovie(CAMERA, hand=side).render(30).pose for side in ("right", "left"))
    np.testing.assert_allclose(left.joints_cam_m, right.joints_cam_m * [-1, 1, 1])
    assert left.hand == "left"


def test_negative_index_is_refused():
    with pytest.raises(ValueError, match="index of 0 or more"):
        HandMovie(CAMERA).render(-1)
