"""The film of two hands: smooth, with truth of what is seen, and with every meeting of the hands in it."""

from __future__ import annotations

import numpy as np
import pytest

from models.core.skeleton import hand_reference_point
from models.core.types import Camera, Pose
from models.rendering.two_hands import ACT_S, ACTS, TwoHandMovie

CAMERA = Camera(212, 120, 106.0, 106.0, 105.5, 59.5)
STEP = 3  # every third frame shows as much


def palms(poses: tuple[Pose, ...]) -> dict[str, np.ndarray]:
    return {pose.hand: hand_reference_point(pose.joints_cam_m) for pose in poses}


@pytest.fixture(scope="module")
def cycle() -> list[tuple[Pose, ...]]:
    movie = TwoHandMovie(CAMERA)
    return [movie.render(index).poses for index in range(0, movie.cycle_frames, STEP)]


def test_a_frame_is_a_function_of_seed_and_index():
    movie = TwoHandMovie(CAMERA, seed=1)
    later = movie.render(40)
    movie.render(3)
    np.testing.assert_array_equal(movie.render(40).raw, later.raw)
    assert (TwoHandMovie(CAMERA, seed=2).render(40).raw != later.raw).any()


def test_motion_is_smooth(cycle):
    for before, after in zip(cycle, cycle[1:]):
        old, new = palms(before), palms(after)
        for hand in old.keys() & new.keys():
            assert np.linalg.norm(new[hand] - old[hand]) < STEP * 0.03


def test_the_hands_cross_touch_and_hide_each_other(cycle):
    both = [palms(poses) for poses in cycle if len(poses) == 2]
    # A person's right hand is on the left in the picture, unless the hands are crossed.
    assert any(p["right"][0] > p["left"][0] + 0.1 for p in both)
    assert any(p["right"][0] < p["left"][0] - 0.1 for p in both)
    assert min(np.linalg.norm(p["right"] - p["left"]) for p in both) < 0.13
    seen = {pose.hand for poses in cycle if len(poses) == 1 for pose in poses}
    assert seen == {"right", "left"}  # each of them is the one in front at some time
    assert len(cycle) == pytest.approx(len(ACTS) * ACT_S * 30 / STEP, abs=1)


def test_joints_lie_on_measured_pixels_of_both_hands():
    movie = TwoHandMovie(CAMERA)
    frame = movie.render(0)
    assert [pose.hand for pose in frame.poses] == ["right", "left"]
    for pose in frame.poses:
        u = np.round(CAMERA.fx * pose.joints_cam_m[:, 0] / pose.joints_cam_m[:, 2] + CAMERA.ppx).astype(int)
        v = np.round(CAMERA.fy * pose.joints_cam_m[:, 1] / pose.joints_cam_m[:, 2] + CAMERA.ppy).astype(int)
        close = np.abs(frame.raw[v, u] * movie.depth_units - pose.joints_cam_m[:, 2]) < 0.04
        assert close.mean() > 0.5


def test_negative_index_is_refused():
    with pytest.raises(ValueError, match="index of 0 or more"):
        TwoHandMovie(CAMERA).render(-1)
