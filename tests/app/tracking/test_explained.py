"""Which points of a frame belong to a hand that is known, and are taken out of it for another hand."""

from __future__ import annotations

import numpy as np

from app.tracking.explained import balls_of, without
from models.core.camera import project
from models.core.skeleton import WRIST
from models.core.types import Camera, DepthFrame
from models.rendering.movie import HandMovie
from models.rendering.two_hands import TwoHandMovie

CAMERA = Camera(212, 120, 106.0, 106.0, 105.5, 59.5)


def film_frame(movie, index: int = 0):
    made = movie.render(index)
    return DepthFrame(made.raw, movie.depth_units, CAMERA, index, 0.0, 0.0), made.poses


def depth_at(frame: DepthFrame, joints_cam_m: np.ndarray) -> np.ndarray:
    u, v = np.round(project(joints_cam_m, CAMERA)).astype(int).T
    return frame.raw[v, u]


def test_without_any_hand_the_frame_stays_as_it_is():
    frame, _ = film_frame(HandMovie(CAMERA))
    assert without(frame, []) is frame


def test_the_hand_goes_and_what_is_behind_it_stays():
    frame, (pose,) = film_frame(HandMovie(CAMERA))
    left = without(frame, [pose.joints_cam_m])
    assert depth_at(frame, pose.joints_cam_m[1:]).any()
    assert not depth_at(left, pose.joints_cam_m[1:]).any()
    behind = frame.raw > 1000 * (pose.joints_cam_m[:, 2].max() + 0.2)
    assert behind.any()
    np.testing.assert_array_equal(left.raw[behind], frame.raw[behind])
    assert (frame.raw > 0).sum() > (left.raw > 0).sum()


def test_the_forearm_goes_only_where_it_is_asked_for():
    frame, (pose,) = film_frame(HandMovie(CAMERA))
    wrist = round(project(pose.joints_cam_m[WRIST], CAMERA)[1])
    arm = slice(wrist + 8, wrist + 16)  # about 3 to 6 cm below it
    near = frame.raw[arm] < 600
    assert near.any()
    longer = without(frame, [pose.joints_cam_m]).raw[arm]
    shorter = without(frame, [pose.joints_cam_m], forearms=True).raw[arm]
    assert (shorter[near] > 0).sum() < (longer[near] > 0).sum() / 2


def test_the_other_hand_keeps_what_lies_nearer_to_it():
    frame, poses = film_frame(TwoHandMovie(CAMERA))
    right, left = (pose.joints_cam_m for pose in poses)
    near = left + (right.mean(axis=0) - left.mean(axis=0))  # as if both hands lay in one place
    all_gone, kept = without(frame, [near]), without(frame, [near], kept_cam_m=right)
    assert (kept.raw > 0).sum() > (all_gone.raw > 0).sum()
    np.testing.assert_array_equal(depth_at(kept, left), depth_at(frame, left))


def test_a_hand_out_of_view_or_at_the_camera_takes_nothing_from_the_rest():
    frame, (pose,) = film_frame(HandMovie(CAMERA))
    for shift in ((2.0, 0, 0), (0, -2.0, 0), (0, 0, -pose.joints_cam_m[:, 2].mean())):
        np.testing.assert_array_equal(without(frame, [pose.joints_cam_m + shift]).raw, frame.raw)


def test_balls_lie_along_the_bones_and_the_arm_points_away_from_the_fingers():
    _, (pose,) = film_frame(HandMovie(CAMERA))
    joints = pose.joints_cam_m
    balls, with_arm = balls_of(joints), balls_of(joints, forearm=True)
    distances = np.linalg.norm(balls[:, None, :3] - joints[None], axis=2)
    assert distances.min(axis=0).max() < 1e-9  # each joint is the middle of a ball
    arm = with_arm[len(balls) :, :3]
    assert (np.linalg.norm(arm - joints[9], axis=1) > np.linalg.norm(joints[WRIST] - joints[9])).all()
