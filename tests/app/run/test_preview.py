"""Pictures of depth and skeleton."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.run.preview import MAX_PICTURES, PreviewWriter, depth_picture, preview_picture
from models.core.camera import project
from tests.app.fakes import CAMERA, hand_frame, pose, result_of


def test_a_long_recording_gives_every_kth_picture(tmp_path):
    writer = PreviewWriter(tmp_path, 0.15, 1.2, frame_count=3 * MAX_PICTURES - 1)
    for k in range(7):
        frame = hand_frame(frame_id=k)
        writer.write(frame, result_of(frame, None))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["000000.png", "000003.png", "000006.png"]


def test_the_skeleton_is_drawn_where_the_joints_are():
    frame, found = hand_frame(), pose()
    with_pose = preview_picture(frame, result_of(frame, found), 0.15, 1.2)
    without = preview_picture(frame, result_of(frame, None), 0.15, 1.2)
    scale = with_pose.shape[1] // CAMERA.width
    for u, v in np.round(project(found.joints_cam_m, CAMERA) * scale).astype(int):
        if v > 50 and 4 < u < with_pose.shape[1] - 4 and v < with_pose.shape[0] - 4:
            patch = np.s_[v - 3 : v + 4, u - 3 : u + 4]
            assert (with_pose[patch] != without[patch]).any()


def test_a_depth_picture_tells_unmeasured_near_and_far_apart():
    picture = depth_picture(hand_frame(), 0.15, 1.2)
    assert (picture[0, 0] == 0).all()
    assert picture[120, 160].any()
    assert not (depth_picture(hand_frame(), 0.15, 0.4)[120, 160] == picture[120, 160]).all()


def test_two_hands_are_drawn_and_named():
    frame, right = hand_frame(), pose(seed=1)
    # Upright, with nothing of it below its wrist.
    left = replace(pose(hand="left"), joints_cam_m=np.linspace((0.1, 0.05, 0.5), (0.1, -0.05, 0.5), 21))
    one = preview_picture(frame, result_of(frame, right), 0.15, 1.2)
    both = preview_picture(frame, replace(result_of(frame, right), others=(result_of(frame, left),)), 0.15, 1.2)
    scale = both.shape[1] // CAMERA.width
    below_text = np.s_[30:]
    assert (both[below_text] != one[below_text]).any()
    u, v = np.round(project(left.joints_cam_m[:1], CAMERA)[0] * scale).astype(int)
    assert (both[v + 10 : v + 28, u - 20 : u + 20] > 200).all(axis=2).any()  # its name, below its wrist
