"""How steady a run's skeletons are, and how many frames are tracked, unsure and lost."""

from __future__ import annotations

import numpy as np
import pytest

from app.run.summary import RunSummary, RunTally
from models.core.types import Pose
from tests.app.fakes import hand_frame, pose, result_of


def summary_of(poses: list[Pose | None]) -> RunSummary:
    tally = RunTally({})
    for index, found in enumerate(poses):
        tally.add(result_of(hand_frame(frame_id=index), found))
    return tally.summary("source", "model", "device", 1.0)


def moved(shift_m: tuple[float, float, float], scale: float = 1.0, hand: str = "right") -> Pose:
    return Pose(scale * pose().joints_cam_m + shift_m, np.ones(21), 1.0, hand)


def test_a_hand_that_moves_evenly_and_keeps_its_size_is_steady():
    steady = summary_of([moved((0.01 * k, 0, 0)) for k in range(6)]).steadiness
    assert steady.shake_mm == pytest.approx(0, abs=1e-6)
    assert steady.bone_variation == pytest.approx(0, abs=1e-6)


def test_joints_that_jump_shake_by_as_much_and_bones_that_grow_vary():
    summary = summary_of([moved((0.004 * (k % 2), 0, 0), scale=1 + 0.1 * (k % 2)) for k in range(8)])
    assert summary.steadiness.shake_mm > 4
    assert summary.steadiness.bone_variation == pytest.approx(0.05 / 1.05)
    assert "bones vary by 5 %" in "\n".join(summary.lines())


def test_tracked_unsure_and_lost_frames_are_counted_apart():
    truth = {number: (pose(),) for number in range(3)}
    tally = RunTally(truth)
    for number, (found, unsure) in enumerate([(pose(), False), (pose(), True), (None, False), (pose(), False)]):
        tally.add(result_of(hand_frame(frame_id=number), found, unsure=unsure))
    summary = tally.summary("source", "model", "device", 1.0)
    assert (summary.tracked, summary.unsure, summary.lost) == (2, 1, 1)
    assert (summary.hand_frames, summary.tracked_hand_frames, summary.false_frames) == (3, 1, 1)
    text = "\n".join(summary.lines())
    assert "tracked  2 of 4 frames" in text
    assert "unsure 1, lost 1" in text


def test_poses_near_the_truth_count_as_right_called_tracked_or_not():
    tally = RunTally({number: (pose(),) for number in range(4)})
    near, far = moved((0.019, 0, 0)), moved((0.021, 0, 0))
    for number, (found, unsure) in enumerate([(near, False), (near, True), (far, False), (None, False)]):
        tally.add(result_of(hand_frame(frame_id=number), found, unsure=unsure))
    summary = tally.summary("source", "model", "device", 1.0)
    assert (summary.right_poses, summary.tracked_right_poses) == (2, 1)
    assert "2 of these poses are within 20 mm, 1 of them called tracked" in "\n".join(summary.lines())


def test_gaps_and_changes_of_side_are_no_shaking():
    alone = summary_of([moved((0, 0, 0)), None, moved((0.1, 0, 0)), moved((0.2, 0, 0), hand="left"), None])
    assert alone.steadiness.shake_mm is None
    assert "steady" not in "\n".join(alone.lines())
    assert summary_of([]).steadiness.bone_variation is None
