"""Where the view looks, and how it goes with the hand."""

import numpy as np
import pytest

from app.viewer.aim import HandFollower, Viewpoint, cloud_focus, looked_at

START = np.array([0.0, 0.0, 0.5])


def travel(follower, center, seconds, rate=30):
    """The view's whole shift while the hand stays at `center` for so long."""
    times = 10.0 + np.arange(int(seconds * rate) + 1) / rate
    return sum((follower.shift(center, time) for time in times), np.zeros(3))


def rotation(axis, angle):
    k = np.cross(np.eye(3), np.array(axis) / np.linalg.norm(axis))
    return np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * k @ k


def view_of(turn, eye):
    matrix = np.eye(4)
    matrix[:3, :3] = turn
    matrix[:3, 3] = -turn @ eye
    return matrix


@pytest.fixture
def follower():
    result = HandFollower()
    result.forget(START)
    return result


def test_small_movements_leave_the_view_alone(follower):
    assert not travel(follower, START + (0.02, 0.0, 0.0), 2).any()


def test_a_hand_that_went_away_is_caught_up_with(follower):
    target = START + (0.3, -0.2, 0.1)
    shift = travel(follower, target, 4)
    assert np.linalg.norm(START + shift - target) < 0.03
    np.testing.assert_allclose(shift / np.linalg.norm(shift), (target - START) / np.linalg.norm(target - START))


def test_the_view_does_not_jump(follower):
    follower.shift(START, 10.0)
    assert np.linalg.norm(follower.shift(START + (0.3, 0.0, 0.0), 10.0 + 1 / 30)) < 0.05


@pytest.mark.parametrize("rate", [5, 15, 60])
def test_the_pace_does_not_depend_on_the_frame_rate(rate):
    shifts = []
    for frames in (30, rate):
        follower = HandFollower()
        follower.forget(START)
        shifts.append(travel(follower, START + (0.3, 0.0, 0.0), 0.6, frames)[0])
    assert abs(shifts[1] / shifts[0] - 1) < 0.25


def test_time_that_stands_still_or_runs_back_moves_nothing(follower):
    follower.shift(START, 10.0)
    assert not follower.shift(START + (0.3, 0.0, 0.0), 10.0).any()
    assert not follower.shift(START + (0.3, 0.0, 0.0), 9.0).any()


def test_the_first_hand_after_forgetting_is_the_new_anchor(follower):
    follower.forget()
    assert not travel(follower, START + (0.3, 0.0, 0.0), 1).any()


def test_turning_and_zooming_keep_what_is_looked_at():
    target, turn = np.array([0.1, -0.2, 0.6]), rotation((0.3, 1.0, 0.2), 0.7)
    for distance_m in (0.2, 0.5, 1.5):
        eye = target - distance_m * turn[2]
        np.testing.assert_allclose(looked_at(view_of(turn, eye), target), target, atol=1e-12)


def test_moving_the_view_moves_what_is_looked_at():
    target, turn = np.array([0.1, -0.2, 0.6]), rotation((0.3, 1.0, 0.2), 0.7)
    across = 0.05 * turn[0] - 0.02 * turn[1]
    view = view_of(turn, target - 0.5 * turn[2] + across)
    np.testing.assert_allclose(looked_at(view, target), target + across, atol=1e-12)


def test_a_cloud_is_looked_at_where_it_is_nearest():
    rng = np.random.default_rng(1)
    near = rng.normal((0.1, 0.0, 0.5), 0.02, (500, 3))
    far = rng.normal((-0.8, 0.3, 2.5), 0.1, (3000, 3))
    np.testing.assert_allclose(cloud_focus(np.concatenate([near, far])).center_cam_m, (0.1, 0.0, 0.5), atol=0.02)


def test_the_first_view_stands_a_little_aside_and_above():
    x, y, z = Viewpoint.ASIDE.toward_eye()
    assert 25 <= np.degrees(np.arctan2(x, -z)) <= 30
    assert -0.4 < y < -0.1  # +Y is down
    np.testing.assert_allclose(Viewpoint.CAMERA.toward_eye(), (0, 0, -1), atol=1e-12)


@pytest.mark.parametrize("viewpoint", Viewpoint)
def test_every_view_is_upright(viewpoint):
    eye, up = viewpoint.toward_eye(), viewpoint.upward()
    assert np.linalg.norm(eye) == pytest.approx(1)
    assert np.linalg.norm(up) == pytest.approx(1)
    assert eye @ up == pytest.approx(0, abs=1e-12)
    assert up[1] < 0
