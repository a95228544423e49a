"""What a run says of each of two hands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.run.per_hand import TwoHandTally, nearest
from app.run.summary import RunTally
from models.core.types import Pose
from tests.app.fakes import hand_frame, pose, result_of


def moved(x_m: float, hand: str) -> Pose:
    return replace(pose(), joints_cam_m=pose().joints_cam_m + (x_m, 0, 0), hand=hand)


RIGHT, LEFT = moved(-0.2, "right"), moved(0.2, "left")


def result(*poses: Pose, frame_id: int = 0, unsure: bool = False):
    frame = hand_frame(frame_id=frame_id)
    first, *others = (result_of(frame, found, unsure=unsure) for found in poses or (None,))
    return replace(first, others=tuple(others))


def test_each_hand_has_its_verdicts_and_errors():
    tally = TwoHandTally()
    tally.add(result(moved(-0.19, "right"), LEFT), (RIGHT, LEFT))
    tally.add(result(LEFT, unsure=True), (RIGHT, LEFT))
    tally.add(result(), ())
    summary = tally.summary(knows_truth=True)
    assert (summary.both, summary.both_shown, summary.both_found) == (1, 2, 1)
    assert (summary.right.tracked, summary.left.tracked, summary.left.unsure) == (1, 1, 1)
    assert summary.right.mean_error_mm == pytest.approx(10)
    assert summary.left.mean_error_mm == pytest.approx(0)
    assert "in 1 of the 2 that show both" in summary.lines()[0]


def test_a_hand_taken_for_the_other_one_is_counted():
    tally = TwoHandTally()
    tally.add(result(moved(-0.2, "left")), (RIGHT, LEFT))
    summary = tally.summary(knows_truth=True)
    assert summary.left.wrong_side == 1
    assert "in 1 frames it is the other hand" in "\n".join(summary.lines())


def test_without_ground_truth_nothing_is_said_of_it():
    tally = TwoHandTally()
    tally.add(result(RIGHT, LEFT), ())
    summary = tally.summary(knows_truth=False)
    assert summary.both_shown is None and summary.right.mean_error_mm is None
    assert "ground truth" not in summary.lines()[0]


def test_the_nearest_truth_is_the_one_that_a_pose_is_about():
    assert nearest(moved(0.15, "right"), (RIGHT, LEFT)) is LEFT
    assert nearest(None, (RIGHT, LEFT)) is RIGHT
    assert nearest(RIGHT, ()) is None


@pytest.mark.parametrize("hands", [1, 2])
def test_only_runs_of_two_hands_speak_of_them(hands):
    tally = RunTally({0: (RIGHT, LEFT)}, hands=hands)
    tally.add(result(LEFT))
    summary = tally.summary("source", "model", "device", 1.0)
    assert summary.errors is not None and summary.errors.mean_error_mm == pytest.approx(0)
    assert (summary.two_hands is not None) == (hands == 2) == ("hands  " in "\n".join(summary.lines()))
