"""Two hands at once: networks of their own in the meantime, and the same answers as one after the other."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from app.tracking.at_once import AtOnce
from app.tracking.two_hands import TwoHandTracker
from models.runtime import RuntimeModelError
from tests.app.fakes import FakePoseNet, FakeReferenceNet
from tests.app.tracking.test_two_hands import CALIBRATED, SpreadPoseNet, played, tracker, two_hands


class TwinPoseNet(SpreadPoseNet):
    """twins_made: how often. Its twins remember which threads asked them."""

    def __init__(self, twins: bool = True) -> None:
        super().__init__(details=CALIBRATED)
        self.has_twins, self.made, self.threads = twins, [], set()

    def twins(self):
        if not self.has_twins:
            return None
        self.made.extend([TwinPoseNet(), TwinPoseNet()])
        return self.made[-2], self.made[-1]

    def infer(self, occupancy, expected=None):
        self.threads.add(threading.current_thread().name)
        return super().infer(occupancy, expected)


class TwinReferenceNet(FakeReferenceNet):
    def twins(self):
        return TwinReferenceNet(), TwinReferenceNet()


def waited(two: TwoHandTracker, frames):
    """Played, with the twins there as soon as they are wanted."""
    results = []
    for frame in frames:
        results.append(two.track(frame))
        if two._at_once._twins is not None:
            two._at_once._twins.result(10)
    return results


def test_two_hands_are_read_at_once_on_networks_of_their_own_with_the_same_answers():
    frames = list(map(two_hands, range(12)))
    pose_net = TwinPoseNet()
    at_the_same_time = waited(tracker(nets=(pose_net, TwinReferenceNet())), frames)
    in_turn = played(tracker(nets=(TwinPoseNet(twins=False), TwinReferenceNet())), frames)
    one, other = pose_net.made
    assert (len(one.threads), len(other.threads)) == (1, 1)
    assert other.threads == {"second hand"}
    assert "second hand" not in one.threads
    for result, expected in zip(at_the_same_time, in_turn):
        assert len(result.poses) == len(expected.poses)
        for pose, other_pose in zip(result.poses, expected.poses):
            np.testing.assert_array_equal(pose.joints_cam_m, other_pose.joints_cam_m)
            assert pose.hand == other_pose.hand


def test_the_reference_network_looks_at_both_hands_in_the_same_frames():
    asked: list[str] = []

    class Noted(TwinReferenceNet):
        def twins(self):
            return Noted(), Noted()

        def infer(self, crops):
            asked.append(threading.current_thread().name)
            return super().infer(crops)

    pair = tracker(nets=(TwinPoseNet(), Noted()))
    waited(pair, map(two_hands, range(12)))
    looks = []
    for number in range(12, 24):
        asked.clear()
        pair.track(two_hands(number))
        looks.append(len(asked))
    assert set(looks) == {0, 2}


def test_one_hand_alone_makes_no_networks():
    pose_net = TwinPoseNet()
    waited(tracker(nets=(pose_net, TwinReferenceNet())), [two_hands(n, (0.0, 0.0, 0.5)) for n in range(8)])
    assert not pose_net.made


def test_where_they_cannot_be_made_hands_are_read_one_after_the_other(caplog):
    class Full(TwinPoseNet):
        def twins(self):
            raise RuntimeModelError("no memory is left")

    with caplog.at_level("INFO"):
        results = waited(tracker(nets=(Full(), TwinReferenceNet())), map(two_hands, range(12)))
    assert len(results[-1].poses) == 2
    assert "one after the other (no memory is left)" in caplog.text


@pytest.fixture
def both():
    made = AtOnce(TwinPoseNet(), TwinReferenceNet())
    made.run(int, int)
    made._twins.result(10)
    return made


def test_both_wait_for_their_networks_at_the_same_time(both):
    meeting = threading.Barrier(2)

    def work():
        return both._turn.laid_down(lambda: meeting.wait(10))

    assert sorted(both.run(work, work)) == [0, 1]


@pytest.mark.parametrize("which", [0, 1])
def test_an_error_of_either_comes_when_both_have_ended_and_networks_are_shared_again(both, which):
    ended = []

    def fails():
        raise ValueError("nonsense")

    works = [lambda: ended.append(True), lambda: ended.append(True)]
    works[which] = fails
    with pytest.raises(ValueError, match="nonsense"):
        both.run(*works)
    assert ended == [True]
    assert [own.now for own, _ in both.own] == [both.shared[0]] * 2


def test_networks_without_twins_are_read_in_turn():
    made = AtOnce(FakePoseNet(), FakeReferenceNet())
    for _ in range(2):
        assert made.run(lambda: threading.current_thread().name, lambda: 2) == (threading.current_thread().name, 2)
        assert made._twins.result(10) is None
