"""The benchmark, with stand-ins for the networks."""

from __future__ import annotations

import json

import pytest

from app.errors import SourceError
from app.run.benchmark import dropped_live, run_benchmark
from app.settings import TrackerSettings
from app.tracking.tracker import Tracker
from tests.app.fakes import FakePoseNet, FakeReferenceNet, FakeSource, FakeTracker, hand_frame


def test_the_benchmark_times_every_stage():
    tracker = Tracker(FakePoseNet(), FakeReferenceNet(), TrackerSettings())
    summary = run_benchmark(FakeSource([hand_frame(frame_id=k) for k in range(1, 11)]), tracker, "a model")
    assert (summary.frames, summary.tracked) == (10, 10)
    assert summary.stages["detect"].n == 1, "once found, the hand is followed"
    assert summary.stages["network"].n == 10
    for stage in summary.stages.values():
        assert 0 < stage.p50_ms <= stage.p95_ms <= stage.p99_ms
    text = "\n".join(summary.lines())
    for name in ("detect", "refine", "voxelise", "network", "total", "poses a second", "dropped"):
        assert name in text
    json.dumps(summary.as_json())


def test_the_benchmark_keeps_to_a_number_of_frames():
    source = FakeSource([hand_frame(frame_id=k) for k in range(4)])
    assert run_benchmark(source, FakeTracker(), "a model", limit=2).frames == 2


def test_a_source_without_frames_cannot_be_timed():
    with pytest.raises(SourceError, match="no frames"):
        run_benchmark(FakeSource([]), FakeTracker(), "a model")


def test_frames_are_dropped_where_tracking_is_slower_than_the_source():
    times = [10.0 * k for k in range(10)]
    assert dropped_live(times, [9.0] * 10) == 0
    # starts at 0, 25, 50, 75 and 100 with frames 0, 2, 5, 7 and 9
    assert dropped_live(times, [25.0] * 10) == 5
    assert dropped_live(times, [25.0, *[0.0] * 9]) == 1, "after one slow frame it catches up"


def test_a_clock_that_stands_still_or_turns_back_ends_all_the_same():
    assert dropped_live([0.0, 5.0, 5.0, 1.0], [0.0] * 4) == 2
    assert dropped_live([], []) == 0
