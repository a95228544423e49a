"""What stalls or dies is seen within two seconds; a lost camera is opened again a counted number of times."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import SourceCrashedError, SourceError, SourceLostError
from app.pipeline import Phase
from app.run.reopening import Patience
from app.run.watch import Stage
from tests.app.fakes import FakeSource, FakeTracker, hand_frame
from tests.app.pipeline.test_closing import Gate, StuckSource, StuckWriter
from tests.app.run.test_watch import SHOWN_WITHIN_S, Hands

LOST = SourceLostError("the camera was unplugged; plug it in again")


@pytest.mark.parametrize(
    ("where", "stage"),
    [
        ("open", Stage.OPEN),
        ("read", Stage.READ),
        ("track", Stage.TRACK),
        ("write", Stage.RECORD),
        ("export", Stage.EXPORT),
    ],
)
def test_a_stage_that_stalls_is_seen(make_pipeline, wait_until, where: str, stage: Stage):
    gate, clock, tracker = Gate(), Hands(), FakeTracker()
    if where == "track":
        tracker.track = lambda frame: gate.wait()  # type: ignore[method-assign]
    writer, poses = StuckWriter(gate, where), StuckWriter(gate, "write" if where == "export" else "")
    pipeline = make_pipeline(
        StuckSource(gate, where), tracker, recorder=writer, pose_writer=lambda path: poses, clock=clock
    )
    pipeline.start_recording(Path("take.bag"))
    pipeline.start_export(Path("poses.csv"))
    pipeline.start()
    assert gate.reached.wait(10)
    wait_until(lambda: pipeline.state.phase is (Phase.OPENING if where == "open" else Phase.RUNNING))
    clock.now_s += SHOWN_WITHIN_S
    wait_until(lambda: pipeline.stall and pipeline.stall.stage is stage)
    gate.open()
    wait_until(lambda: pipeline.stall is None or pipeline.state.phase is Phase.FAILED)


def test_pictures_that_grow_old_are_seen_whatever_the_reason(make_pipeline, wait_until):
    clock = Hands()
    source = FakeSource([hand_frame()], is_live=True)
    source._endless = lambda k: None  # type: ignore[assignment,return-value]  # reads that bring nothing, each quickly
    pipeline = make_pipeline(source, FakeTracker(), clock=clock)
    pipeline.start()
    wait_until(lambda: pipeline.latest)
    assert pipeline.stall is None
    clock.now_s += SHOWN_WITHIN_S
    wait_until(lambda: pipeline.stall and pipeline.stall.stage is Stage.SHOW)
    pipeline.set_paused(True)
    wait_until(lambda: pipeline.stall is None or pipeline.stall.stage is Stage.READ)


def test_a_recording_that_is_paused_or_over_is_no_stall(make_pipeline, wait_until):
    clock = Hands()
    pipeline = make_pipeline(FakeSource([hand_frame()]), FakeTracker(), clock=clock)
    pipeline.start()
    wait_until(lambda: pipeline.state.phase is Phase.ENDED and pipeline.latest)
    clock.now_s += 100
    assert pipeline.stall is None


@pytest.mark.parametrize("name", ["_camera_main", "_tracking_main"])
def test_a_thread_that_died_is_a_failure(make_pipeline, wait_until, name: str):
    pipeline = make_pipeline(FakeSource(endless=lambda k: hand_frame(frame_id=k), is_live=True), FakeTracker())
    setattr(pipeline, name, lambda: None)
    pipeline.start()
    wait_until(lambda: pipeline.state.phase is Phase.FAILED)
    assert "has ended" in pipeline.state.message


def test_a_camera_that_stays_away_is_given_up_after_a_counted_number_of_tries(make_pipeline, wait_until):
    source = FakeSource([hand_frame(), LOST], is_live=True, opens=[None, *[SourceError("no camera found")] * 20])
    pipeline = make_pipeline(source, FakeTracker(), patience=Patience(first_s=0.001, longest_s=0.001, tries=7))
    pipeline.start()
    wait_until(lambda: pipeline.state.phase is Phase.FAILED)
    assert source.opened == 8
    assert "no camera found; it was opened again 7 times" in pipeline.state.message


def test_one_that_crashes_its_driver_each_time_is_given_up_sooner(make_pipeline, wait_until):
    crash = SourceCrashedError("the camera failed (crashed); unplug and replug it")
    source = FakeSource([hand_frame(), *[crash] * 20], is_live=True)
    pipeline = make_pipeline(source, FakeTracker(), patience=Patience(first_s=0.001, longest_s=0.001, crashes=3))
    pipeline.start()
    wait_until(lambda: pipeline.state.phase is Phase.FAILED)
    assert source.opened == 4


def test_meanwhile_the_state_says_which_try_it_is(make_pipeline, wait_until):
    source = FakeSource([hand_frame(), LOST], is_live=True, opens=[None, *[SourceError("no camera found")] * 20])
    pipeline = make_pipeline(source, FakeTracker(), patience=Patience(first_s=0.001, longest_s=60, tries=1000))
    pipeline.start()
    wait_until(lambda: pipeline.state.phase is Phase.LOST and source.opened > 3)
    assert "of 1000)" in pipeline.state.message
