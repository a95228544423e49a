"""Two tracks side by side, with stand-ins for the networks."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from app.settings import TrackerSettings
from app.tracking.result import TrackResult, TrackState
from app.tracking.tracker import MAX_BAD_FRAMES, Tracker
from app.tracking.two_hands import CONFIRM_FRAMES, SAME_PALM_M, TwoHandTracker, is_same_hand
from models.core.skeleton import HAND, hand_reference_point
from models.core.types import DepthFrame, Pose
from models.reading.refine import Sighting
from tests.app.fakes import (
    FakePoseNet,
    FakeReferenceNet,
    empty_frame,
    frame_of,
    hand_depth,
    hand_frame,
    pose,
    result_of,
)

# Such poses count as tracked: what the stand-ins say of themselves is above it.
CALIBRATED = {"verdict": {"bias": 0.0, "confidence": 1.0, "presence": 1.0, "threshold": 0.5}}
LEFT_M, RIGHT_M, FRONT_M = (-0.16, 0.0, 0.5), (0.16, 0.0, 0.5), (0.0, 0.0, 0.35)
FAR_LEFT_M = (-0.2, 0.0, 0.45)


class SpreadPoseNet(FakePoseNet):
    """Joints are spread over the occupied voxels, so that the skeleton covers the hand."""

    def infer(self, occupancy: np.ndarray, expected: np.ndarray | None = None) -> SimpleNamespace:
        answer = super().infer(occupancy, expected)
        voxels = np.argwhere(occupancy) + 0.5
        chosen = np.linspace(0, len(voxels) - 1, len(HAND.joints)).round().astype(int)
        answer.joints_cube = voxels[chosen] / len(occupancy) - 0.5
        return answer


def tracker(kind=TwoHandTracker, details=CALIBRATED, nets=None, **settings):
    nets = nets or (SpreadPoseNet(details=details), FakeReferenceNet())
    return kind(*nets, TrackerSettings(hands=1 if kind is Tracker else 2, **settings))


def two_hands(number: int, *places) -> DepthFrame:
    """A frame with a hand at each place; of two on a ray the nearer one is seen."""
    depths = [hand_depth(place, arm=False) for place in places or (LEFT_M, RIGHT_M)]
    nearest = np.min([np.where(depth > 0, depth, np.inf) for depth in depths], axis=0)
    return frame_of(np.where(np.isfinite(nearest), nearest, 0), frame_id=number)


def played(two: TwoHandTracker, frames) -> list[TrackResult]:
    return [two.track(frame) for frame in frames]


def places(result: TrackResult) -> list[float]:
    """How far to the right each pose lies, metres, from the left."""
    return sorted(float(hand_reference_point(found.joints_cam_m)[0]) for found in result.poses)


def test_both_hands_are_found_each_at_its_place():
    last = played(tracker(), map(two_hands, range(6)))[-1]
    left, right = places(last)
    assert abs(left - LEFT_M[0]) < 0.06 and abs(right - RIGHT_M[0]) < 0.06
    assert [hand.frame_id for hand in last.hands] == [5, 5]
    assert all(hand.state is TrackState.TRACKING for hand in last.hands)


def test_a_second_hand_counts_once_it_was_read_surely_a_few_times():
    # It is seen in the first frame, and read from the second one on.
    counts = [len(result.poses) for result in played(tracker(), map(two_hands, range(CONFIRM_FRAMES + 2)))]
    assert counts == [1] * CONFIRM_FRAMES + [2, 2]


def test_beside_a_hand_a_frame_reads_at_most_one_more_place_and_most_frames_none():
    never = {"verdict": {"bias": -50.0, "confidence": 1.0, "presence": 1.0, "threshold": 0.5}}
    two, one = tracker(details=never), tracker(Tracker, details=never)
    more = []
    for number in range(67):
        for each in (two, one):
            each.networks[0].volumes.clear()
            each.track(two_hands(number, FAR_LEFT_M, RIGHT_M) if each is two else two_hands(number, FAR_LEFT_M))
        more.append(len(two.networks[0].volumes) - len(one.networks[0].volumes))
    settled = more[7:]  # the first hand's side is known by then
    assert set(settled) == {0, 1}
    assert sum(settled) <= 3  # what was refused rests for longer and longer


def test_a_second_hand_that_is_never_sure_never_counts():
    never = {"verdict": {"bias": -50.0, "confidence": 1.0, "presence": 1.0, "threshold": 0.5}}
    results = played(tracker(details=never), map(two_hands, range(12)))
    assert [len(result.poses) for result in results] == [1] * 12


def test_on_one_hand_there_is_one_track_and_it_is_that_of_the_tracker_of_one_hand():
    frames = [hand_frame((0.01 * k, 0.0, 0.5), frame_id=k) for k in range(9)]
    frames += [empty_frame(frame_id=9 + k) for k in range(2)]
    two, one = tracker(), tracker(Tracker)
    for frame in frames:
        found, expected = two.track(frame), one.track(frame)
        assert not found.others
        assert (found.state, found.verdict, found.presence) == (expected.state, expected.verdict, expected.presence)
        if expected.pose is not None:
            np.testing.assert_array_equal(found.pose.joints_cam_m, expected.pose.joints_cam_m)


def test_a_hidden_hand_is_lost_and_not_put_on_the_one_in_front():
    two = tracker()
    played(two, map(two_hands, range(8)))
    hiding = [two_hands(8 + k, LEFT_M) for k in range(4)]
    for result in played(two, hiding):
        assert len(places(result)) == 1 and places(result)[0] < 0


def test_a_hand_that_comes_back_counts_at_once():
    two = tracker()
    played(two, map(two_hands, range(8)))
    gone = MAX_BAD_FRAMES + 3
    played(two, [two_hands(8 + k, LEFT_M) for k in range(gone)])
    assert len(two.track(two_hands(8 + gone)).poses) == 2


def test_the_first_result_is_that_of_the_hand_which_is_followed_longest():
    two = tracker()
    played(two, [two_hands(k, RIGHT_M) for k in range(4)])
    result = played(two, [two_hands(4 + k) for k in range(8)])[-1]
    assert [hand_reference_point(found.joints_cam_m)[0] > 0 for found in result.poses] == [True, False]
    alone = played(two, [two_hands(12 + k, LEFT_M) for k in range(2)])[-1]
    assert alone.pose is not None and places(alone)[0] < 0 and not alone.others


def test_when_the_source_starts_over_both_hands_are_forgotten():
    two = tracker()
    played(two, map(two_hands, range(6)))
    again = replace(two_hands(0), restarts=1)
    assert len(two.track(again).poses) == 1


def test_no_hand_is_searched_for_once_a_frame():
    two = tracker()
    reference_net = two.networks[1]
    two.track(two_hands(0, FRONT_M))
    two.reset()
    reference_net.batches.clear()
    assert two.track(empty_frame()).state is TrackState.SEARCHING
    assert not reference_net.batches  # nothing to look at, and no second search of it


def test_poses_that_lie_on_each_other_are_of_one_hand_whatever_their_side():
    found = pose()
    mirrored = Pose(found.joints_cam_m + 0.003, found.joint_confidence, 0.5, "left")
    assert is_same_hand(found, found) and is_same_hand(found, mirrored)
    beside = Pose(found.joints_cam_m + (1.1 * SAME_PALM_M, 0, 0), found.joint_confidence, 0.8, "right")
    assert not is_same_hand(found, beside)


class ScriptedTracker:
    """Says in each frame what it was told to: a pose and whether it is unsure."""

    is_look_due = False

    def __init__(self, script) -> None:
        self._script = list(script)

    def track(self, frame: DepthFrame, places=None, thrifty: bool = False) -> TrackResult:
        found, unsure = self._script.pop(0)
        return result_of(frame, found, unsure=unsure)

    def reset(self) -> None:
        pass


class EagerScout:
    """Has a place to read in every frame."""

    def __init__(self, *_) -> None:
        pass

    def next_frame(self, *_) -> bool:
        return True

    def place(self, *_) -> Sighting:
        return Sighting(np.array(RIGHT_M), 1.0)

    def refuse(self, *_) -> None:
        pass

    reset = refuse


def scripted(monkeypatch, *scripts) -> TwoHandTracker:
    waiting = list(scripts)
    monkeypatch.setattr("app.tracking.two_hands.Tracker", lambda *_: ScriptedTracker(waiting.pop(0)))
    monkeypatch.setattr("app.tracking.two_hands.Scout", EagerScout)
    return tracker()


def moved(x_m: float, hand: str = "right") -> Pose:
    return replace(pose(), joints_cam_m=pose().joints_cam_m + (x_m, 0, 0), hand=hand)


@pytest.mark.parametrize(("jump_m", "unsure", "shown"), [(0.02, True, 2), (0.12, True, 1), (0.12, False, 2)])
def test_a_hand_that_jumps_has_to_be_sure_beside_another_one(monkeypatch, jump_m, unsure, shown):
    still = [(moved(-0.2), False)] * 9
    jumping = [(moved(0.2, "left"), False)] * 5 + [(moved(0.2 + jump_m, "left"), unsure)] * 4
    two = scripted(monkeypatch, still, jumping)
    results = played(two, [empty_frame(frame_id=k) for k in range(6)])
    assert len(results[4].poses) == 2
    assert len(results[5].poses) == shown


def test_the_only_hand_may_jump_and_be_unsure(monkeypatch):
    two = scripted(monkeypatch, [(moved(0), False), (moved(0.3), True)], [(None, False)] * 2)
    assert [len(result.poses) for result in played(two, [empty_frame(frame_id=k) for k in range(2)])] == [1, 1]


def test_of_two_tracks_on_one_hand_the_less_confident_one_is_dropped(monkeypatch):
    weak = replace(moved(-0.19, "left"), confidence=0.4)
    steady = [(moved(-0.2), False)] * 9
    two = scripted(monkeypatch, steady, [(moved(0.2, "left"), False)] * 5 + [(weak, False)] * 4)
    result = played(two, [empty_frame(frame_id=k) for k in range(6)])[-1]
    assert [found.hand for found in result.poses] == ["right"]
