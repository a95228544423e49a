"""Depth out of range is noticed, lasting or not, and said with the range that is there."""

from __future__ import annotations

import numpy as np
import pytest

from app.run.summary import RunTally
from app.settings import TrackerSettings
from app.tracking.out_of_range import MANY_FRAMES, OutOfRange, RangeWatch
from app.tracking.tracker import Tracker
from tests.app.fakes import FakePoseNet, FakeReferenceNet, empty_frame, frame_of, hand_frame, result_of

FAR = np.linspace(310, 870, 320 * 240).reshape(240, 320)


def frame_at(depth_m: np.ndarray, units: float, frame_id: int = 1):
    return frame_of(depth_m, frame_id, units=units)


def test_wrong_units_are_asked_about_with_the_range_that_is_there():
    found = RangeWatch(0.15, 1.2).look(frame_at(FAR, 1.0))
    assert found is not None
    assert str(found) == "no depth lies between 0.15 m and 1.2 m, it runs from 316 m to 864 m: are the units right?"
    near = RangeWatch(0.15, 1.2).look(frame_at(FAR / 30000, 0.000001))
    assert "are the units right?" in str(near)


def test_a_room_behind_the_range_is_no_matter_of_units():
    found = RangeWatch(0.15, 1.2).look(frame_at(FAR / 200, 0.001))
    assert "units" not in str(found)
    assert "set --near and --far" in str(found)


def test_some_depth_in_range_is_enough_and_a_few_flying_pixels_are_not():
    depth = FAR / 200
    depth[0, :10] = 0.5
    assert RangeWatch(0.15, 1.2).look(frame_at(depth, 0.001)) is not None
    depth[:10, :] = 0.5
    assert RangeWatch(0.15, 1.2).look(frame_at(depth, 0.001)) is None


def test_images_without_any_depth_say_so():
    assert "there is no depth in the images" in str(RangeWatch(0.15, 1.2).look(empty_frame()))


def test_frames_in_a_row_are_counted():
    watch = RangeWatch(0.15, 1.2)
    rows = [watch.look(frame_at(FAR, 1.0)) for _ in range(MANY_FRAMES)]
    assert [row.is_lasting for row in rows if row] == [False] * (MANY_FRAMES - 1) + [True]
    assert watch.look(hand_frame()) is None
    again = watch.look(frame_at(FAR, 1.0))
    assert again is not None
    assert again.frames == 1


def test_the_tracker_tells_it_with_its_result():
    tracker = Tracker(FakePoseNet(), FakeReferenceNet(), TrackerSettings())
    assert tracker.track(hand_frame(frame_id=1)).out_of_range is None
    found = tracker.track(frame_at(FAR, 1.0, 2)).out_of_range
    assert found is not None
    assert found.frames == 1


@pytest.mark.parametrize(
    ("frames", "others", "said"), [(12, 0, True), (12, 5, False), (MANY_FRAMES, 5, True), (0, 3, False)]
)
def test_the_summary_says_what_lasted_or_was_the_whole_run(frames: int, others: int, said: bool):
    tally = RunTally({}, ("2 files are left out",))
    watch = RangeWatch(0.15, 1.2)
    for index in range(frames):
        tally.add(result_of(hand_frame(frame_id=index), None, watch.look(frame_at(FAR, 1.0))))
    for index in range(others):
        tally.add(result_of(hand_frame(frame_id=frames + index), None))
    summary = tally.summary("source", "model", "device", 1.0)
    assert summary.lines()[-1 - said] == "note     2 files are left out"
    assert (f"in {frames} of {frames + others} frames no depth lies" in summary.lines()[-1]) == said
    assert summary.as_json()["notes"] == summary.notes


def test_rows_are_joined_to_all_depth_that_is_there():
    joined = OutOfRange(3, 0.15, 1.2, 2.0, 3.0).joined(OutOfRange(1, 0.15, 1.2, None, None))
    assert joined == OutOfRange(3, 0.15, 1.2, 2.0, 3.0)
    assert joined.joined(OutOfRange(9, 0.15, 1.2, 1.5, 2.5)) == OutOfRange(9, 0.15, 1.2, 1.5, 3.0)
