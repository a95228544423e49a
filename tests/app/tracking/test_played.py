"""A frame that is sought again shows the pose that it had, whatever the tracker has seen since."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.settings import TrackerSettings
from app.tracking import played
from app.tracking.played import LOST, TRACKED, UNKNOWN, PlayedTrack, RememberingTracker
from app.tracking.result import StageTimings, TrackResult, TrackState
from app.tracking.tracker import Tracker
from models.core.types import DepthFrame
from models.reading.verdict import Verdict
from tests.app.fakes import FakePoseNet, FakeReferenceNet, hand_frame

COUNT = 12
FILM = [replace(hand_frame((0.004 * place, 0.0, 0.5), place), index=place) for place in range(COUNT)]


def make_tracker() -> Tracker:
    return Tracker(FakePoseNet(), FakeReferenceNet(), TrackerSettings("auto", 0.15, 1.2, smoothing=True))


def sought(place: int, restarts: int) -> DepthFrame:
    return replace(FILM[place], restarts=restarts, arrival_s=100.0 + restarts, is_sought=True)


def played_on(place: int, restarts: int) -> DepthFrame:
    return replace(FILM[place], restarts=restarts)


def joints(result: TrackResult) -> np.ndarray:
    assert result.pose is not None
    return result.pose.joints_cam_m


def result_of(place: int, verdict: Verdict = Verdict.LOST) -> TrackResult:
    return TrackResult(place, 0.0, 0.0, None, TrackState.SEARCHING, StageTimings(), verdict)


def test_a_played_frame_keeps_its_pose_and_gets_the_arrival_of_the_new_look():
    tracker = RememberingTracker(make_tracker())
    first = [tracker.track(frame) for frame in FILM]
    for number, place in enumerate((7, 2, 11, 1), start=1):
        again = tracker.track(sought(place, number))
        np.testing.assert_array_equal(joints(again), joints(first[place]))
        assert again.arrival_s == 100.0 + number


def test_what_follows_a_sought_frame_keeps_its_pose_while_the_tracker_knows_less_than_before():
    tracker = RememberingTracker(make_tracker())
    first = [tracker.track(frame) for frame in FILM]
    tracker.track(sought(4, 1))
    for place in (5, 6):
        np.testing.assert_array_equal(joints(tracker.track(played_on(place, 1))), joints(first[place]))


def test_a_step_along_played_frames_costs_no_tracking():
    tracker = RememberingTracker(make_tracker())
    first = [tracker.track(frame) for frame in FILM]
    tracker.tracker.track = None  # type: ignore[method-assign]
    for place, restarts in ((4, 1), (5, 1), (6, 1), (5, 2)):
        np.testing.assert_array_equal(joints(tracker.track(sought(place, restarts))), joints(first[place]))


def test_a_frame_that_was_never_played_is_tracked_afresh_and_replaced_once_it_is_played_in_order():
    tracker = RememberingTracker(make_tracker())
    alone = tracker.track(sought(8, 1))
    np.testing.assert_array_equal(joints(alone), joints(make_tracker().track(FILM[8])))
    in_order = [tracker.track(played_on(place, 2)) for place in range(COUNT)]
    expected = make_tracker()
    for place, result in enumerate(in_order):
        np.testing.assert_array_equal(joints(result), joints(expected.track(FILM[place])))
    np.testing.assert_array_equal(joints(tracker.track(sought(8, 3))), joints(in_order[8]))


@pytest.mark.parametrize("change", ["tracker", "source"])
def test_another_tracker_or_source_begins_with_nothing(change: str):
    tracker = RememberingTracker(make_tracker())
    for frame in FILM:
        tracker.track(frame)
    before = tracker.played
    if change == "tracker":
        tracker.tracker = make_tracker()
    else:
        tracker.reset()
    assert tracker.played is not before
    assert tracker.played.recall(3) is None
    assert len(tracker.played.strip().verdicts) == 0


def test_frames_of_cameras_are_not_remembered():
    tracker = RememberingTracker(make_tracker())
    for frame in FILM:
        tracker.track(replace(frame, index=None))
    assert len(tracker.played.strip().verdicts) == 0


def test_the_longer_run_is_kept_and_the_first_of_equal_ones():
    track = PlayedTrack()
    short, long, equal = (result_of(3) for _ in range(3))
    assert track.offer(3, 1, short) is short
    assert track.offer(3, 5, long) is long
    assert track.offer(3, 5, equal) is long
    assert track.offer(3, 2, short) is long


def test_the_strip_tells_played_frames_from_others_and_versions_grow():
    track = PlayedTrack()
    before = track.version
    track.offer(4, 1, result_of(4, Verdict.TRACKED))
    track.offer(1, 1, result_of(1))
    assert list(track.strip().verdicts) == [UNKNOWN, LOST, UNKNOWN, UNKNOWN, TRACKED]
    assert track.version > before


def test_memory_is_bounded_and_the_strip_stays(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(played, "MOST_RESULTS", 3)
    track = PlayedTrack()
    for place in range(5):
        track.offer(place, place + 1, result_of(place))
    assert [track.recall(place) is not None for place in range(5)] == [False, False, True, True, True]
    assert list(track.strip().verdicts) == [LOST] * 5
