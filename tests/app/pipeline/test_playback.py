"""Steering what plays: seek, also at the end; as fast as possible; and closing in all of it."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from app.pipeline import Phase, Pipeline
from app.sources.folder import FolderSource
from tests.app.fakes import FakeSource, FakeTracker, hand_frame
from tests.app.pipeline.test_workers import ListRecorder
from tests.app.sources.film import COUNT, write_folder

Wait = Callable[[Callable[[], object]], None]
MakePipeline = Callable[..., Pipeline]


@pytest.fixture
def film(tmp_path: Path) -> FolderSource:
    return FolderSource(write_folder(tmp_path / "film"), realtime=True, speed=50.0)


def shown(pipeline: Pipeline) -> int | None:
    return None if pipeline.latest is None else pipeline.latest.frame.index


def test_a_paused_recording_shows_the_frame_that_is_asked_for(make_pipeline: MakePipeline, wait_until: Wait, film):
    pipeline = make_pipeline(film, FakeTracker())
    pipeline.set_paused(True)
    pipeline.start()
    wait_until(lambda: pipeline.state.phase is Phase.PAUSED)
    pipeline.playback.seek(5)
    wait_until(lambda: shown(pipeline) == 5)
    pipeline.playback.step(-2)
    wait_until(lambda: shown(pipeline) == 3)
    assert pipeline.state.phase is Phase.PAUSED


def test_a_recording_waits_at_its_end_and_goes_on_where_it_is_sent(make_pipeline: MakePipeline, wait_until: Wait, film):
    recorder = ListRecorder()
    pipeline = make_pipeline(film, FakeTracker(), recorder=recorder)
    pipeline.start_recording(Path("take.bag"))
    pipeline.start()
    wait_until(lambda: pipeline.state.phase is Phase.ENDED)
    assert recorder.closed == 1, "what was recorded is whole at the end"
    pipeline.set_paused(True)
    pipeline.playback.step(-1)
    wait_until(lambda: shown(pipeline) == COUNT - 2)
    wait_until(lambda: pipeline.state.phase is Phase.PAUSED)
    pipeline.set_paused(False)
    wait_until(lambda: pipeline.state.phase is Phase.ENDED)


def test_what_waits_at_its_end_can_be_closed(make_pipeline: MakePipeline, wait_until: Wait, film):
    pipeline = make_pipeline(film, FakeTracker())
    pipeline.start()
    wait_until(lambda: pipeline.state.phase is Phase.ENDED)
    assert pipeline.close() == []


def test_as_fast_as_possible_tracks_every_frame(make_pipeline: MakePipeline, wait_until: Wait, film):
    gate = threading.Event()
    tracker = FakeTracker(gate=gate)
    pipeline = make_pipeline(film, tracker)
    pipeline.set_paused(True)
    pipeline.playback.set_speed(math.inf)
    pipeline.start()
    wait_until(lambda: pipeline.state.phase is Phase.PAUSED)
    pipeline.set_paused(False)
    wait_until(tracker.started.is_set)
    gate.set()
    wait_until(lambda: pipeline.state.phase is Phase.ENDED and shown(pipeline) == COUNT - 1)
    assert pipeline.latest is not None
    assert (pipeline.latest.sequence, pipeline.stats().dropped) == (COUNT, 0)


def test_a_reader_that_waits_for_the_tracker_can_be_closed(make_pipeline: MakePipeline, wait_until: Wait, film):
    gate = threading.Event()
    tracker = FakeTracker(gate=gate)
    pipeline = make_pipeline(film, tracker)
    pipeline.playback.set_speed(math.inf)
    pipeline.start()
    wait_until(tracker.started.is_set)
    threading.Timer(0.05, gate.set).start()
    assert pipeline.close() == []


def test_a_marked_part_plays_until_it_is_unmarked(make_pipeline: MakePipeline, wait_until: Wait, film):
    pipeline = make_pipeline(film, FakeTracker())
    pipeline.playback.set_part((2, 4))
    pipeline.start()
    wait_until(lambda: pipeline.latest and pipeline.latest.frame.restarts >= 3)
    assert shown(pipeline) in (2, 3, 4)
    pipeline.playback.set_part(None)
    wait_until(lambda: pipeline.state.phase is Phase.ENDED)


def test_live_sources_ignore_it_all(make_pipeline: MakePipeline, wait_until: Wait):
    pipeline = make_pipeline(FakeSource(endless=lambda k: hand_frame(frame_id=k), is_live=True), FakeTracker())
    pipeline.start()
    pipeline.playback.seek(3)
    pipeline.playback.step(1)
    pipeline.playback.set_part((1, 2))
    wait_until(lambda: pipeline.latest and pipeline.latest.sequence > 3)
    assert pipeline.state.phase is Phase.RUNNING
