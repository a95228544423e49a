"""The two threads, with real threads and fake devices."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from app.errors import ExportError, ModelError, SourceError, SourceLostError
from app.pipeline import Phase, Pipeline
from models.data.pose_csv import read_poses
from tests.app.fakes import CAMERA, FakeSource, FakeTracker, Wait, empty_frame, hand_frame, source_error

FRAME = hand_frame()


class ListRecorder:
    """Keeps what it is given; fails at frame `fail_at`."""

    def __init__(self, fail_at: int | None = None) -> None:
        self.frame_ids: list[int] = []
        self.closed = 0
        self._fail_at = fail_at

    def __call__(self, path: Path, info: object) -> ListRecorder:
        return self

    def write(self, frame) -> None:
        if len(self.frame_ids) == self._fail_at:
            raise ExportError("the disk is full; free some space")
        self.frame_ids.append(frame.frame_id)

    def close(self) -> None:
        self.closed += 1


def live(**changes) -> FakeSource:
    return FakeSource(endless=lambda k: hand_frame(frame_id=k), is_live=True, **changes)


def test_frames_are_tracked_and_the_newest_result_can_be_polled(make_pipeline, wait_until):
    pipeline = make_pipeline(live(), FakeTracker())
    assert pipeline.latest is None
    assert pipeline.info is None
    pipeline.start()
    wait_until(lambda: pipeline.latest and pipeline.latest.sequence >= 3)
    latest = pipeline.latest
    assert latest.frame.frame_id == latest.result.frame_id
    assert latest.result.pose is not None
    assert pipeline.state.phase is Phase.RUNNING
    assert pipeline.info.camera == CAMERA


def test_the_end_of_a_recording_is_a_state(make_pipeline, wait_until):
    pipeline = make_pipeline(FakeSource([FRAME]), FakeTracker())
    pipeline.start()
    wait_until(lambda: pipeline.latest)
    wait_until(lambda: pipeline.state.phase is Phase.ENDED)
    assert pipeline.latest.sequence == 1, "the last picture stays"


def test_a_slow_tracker_gets_the_newest_frame_and_the_others_are_counted(make_pipeline, wait_until):
    gate, all_read = threading.Event(), threading.Event()
    tracker = FakeTracker(gate=gate)
    others = [hand_frame(frame_id=k) for k in range(2, 12)]
    source = FakeSource([hand_frame(frame_id=1), Wait(tracker.started), *others, Wait(all_read)])
    pipeline = make_pipeline(source, tracker)
    pipeline.start()
    wait_until(lambda: pipeline.stats().dropped == 9)
    gate.set()
    wait_until(lambda: pipeline.latest and pipeline.latest.sequence == 2)
    assert tracker.frame_ids == [1, 11]


def test_a_source_that_does_not_open_is_a_failure_with_its_line(make_pipeline, wait_until):
    pipeline = make_pipeline(FakeSource(opens=[source_error()]), FakeTracker())
    pipeline.start()
    wait_until(lambda: pipeline.state.phase is Phase.FAILED)
    assert pipeline.state.message == str(source_error())


def test_a_broken_recording_is_a_failure_that_keeps_the_last_picture(make_pipeline, wait_until):
    shown = threading.Event()
    pipeline = make_pipeline(FakeSource([FRAME, Wait(shown), source_error()]), FakeTracker())
    pipeline.start()
    wait_until(lambda: pipeline.latest)
    shown.set()
    wait_until(lambda: pipeline.state.phase is Phase.FAILED)
    assert pipeline.latest.sequence == 1


def test_a_lost_camera_is_reopened_and_goes_on(make_pipeline, wait_until):
    lost, again = SourceLostError("the camera is gone; plug it in"), threading.Event()
    shown = threading.Event()
    source = FakeSource(
        [FRAME, Wait(shown), lost, Wait(again), hand_frame(frame_id=2)],
        is_live=True,
        opens=[None, source_error(), source_error(), None],
        endless=lambda k: hand_frame(frame_id=k),
    )
    pipeline = make_pipeline(source, FakeTracker())
    pipeline.start()
    wait_until(lambda: pipeline.latest)
    shown.set()
    wait_until(lambda: source.opened == 4)
    assert pipeline.state.phase is Phase.LOST
    assert pipeline.state.message
    again.set()
    wait_until(lambda: pipeline.state.phase is Phase.RUNNING)


def test_a_recording_that_falls_silent_is_not_reopened(make_pipeline, wait_until):
    source = FakeSource([FRAME, SourceLostError("silent; try again")])
    pipeline = make_pipeline(source, FakeTracker())
    pipeline.start()
    wait_until(lambda: pipeline.state.phase is Phase.FAILED)
    assert source.opened == 1


@pytest.mark.parametrize("error", [ModelError("the model broke; choose another"), RuntimeError("boom")])
def test_a_tracker_that_fails_is_a_visible_state(make_pipeline, wait_until, error):
    pipeline = make_pipeline(live(), FakeTracker(fail=error))
    pipeline.start()
    wait_until(lambda: pipeline.state.phase is Phase.FAILED)
    assert str(error) in pipeline.state.message
    assert pipeline.close() == []
    assert pipeline.state.phase is Phase.FAILED, "closing does not hide the failure"


def test_a_source_that_breaks_its_contract_is_a_visible_state(make_pipeline, wait_until):
    pipeline = make_pipeline(FakeSource([ZeroDivisionError("oops")]), FakeTracker())
    pipeline.start()
    wait_until(lambda: pipeline.state.phase is Phase.FAILED)
    assert "oops" in pipeline.state.message


def test_pausing_a_recording_pauses_its_source(make_pipeline, wait_until):
    source = FakeSource(endless=lambda k: hand_frame(frame_id=k))
    pipeline = make_pipeline(source, FakeTracker())
    pipeline.start()
    wait_until(lambda: pipeline.latest)
    pipeline.set_paused(True)
    assert source.is_paused
    assert pipeline.state.phase is Phase.PAUSED
    pipeline.set_paused(False)
    assert not source.is_paused
    assert pipeline.state.phase is Phase.RUNNING


def test_pausing_a_camera_keeps_reading_but_shows_nothing_new(make_pipeline, wait_until):
    source, tracker = live(), FakeTracker()
    pipeline = make_pipeline(source, tracker)
    pipeline.set_paused(True)
    pipeline.start()
    wait_until(lambda: source.reads > 20)
    assert tracker.frame_ids == []
    assert pipeline.state.phase is Phase.PAUSED
    pipeline.set_paused(False)
    wait_until(lambda: pipeline.latest)


def test_close_works_twice_and_before_start():
    source = FakeSource()
    pipeline = Pipeline(source, FakeTracker())
    assert pipeline.close() == []
    assert pipeline.close() == []
    pipeline.start()
    assert source.opened == 0, "a closed pipeline does not start"


def test_close_wakes_a_source_that_is_deep_in_a_read():
    source = FakeSource([Wait(threading.Event())])
    pipeline = Pipeline(source, FakeTracker())
    pipeline.start()
    assert pipeline.close(10) == []
    assert source.closed


def test_close_names_a_thread_that_does_not_end():
    gate = threading.Event()
    tracker = FakeTracker(gate=gate)
    pipeline = Pipeline(live(), tracker)
    pipeline.start()
    assert tracker.started.wait(10)
    assert pipeline.close(2.0) == ["tracking"]
    gate.set()
    assert pipeline.close(10) == []


def test_stop_discards_the_frame_in_flight():
    gate = threading.Event()
    tracker = FakeTracker(gate=gate)
    first, second = hand_frame(frame_id=1), hand_frame(frame_id=2)
    source = FakeSource([first, Wait(tracker.started), second, Wait(threading.Event())])
    pipeline = Pipeline(source, tracker)
    pipeline.start()
    assert tracker.started.wait(10)
    pipeline.close(0.05)
    gate.set()
    assert pipeline.close(10) == []
    assert tracker.frame_ids == [1]


def test_recording_holds_every_frame_even_those_that_were_not_tracked(make_pipeline, wait_until):
    recorder, done = ListRecorder(), threading.Event()
    source = FakeSource([*(hand_frame(frame_id=k) for k in range(1, 9)), Wait(done)])
    pipeline = make_pipeline(source, FakeTracker(), recorder=recorder)
    pipeline.start_recording(Path("take.bag"))
    pipeline.start()
    wait_until(lambda: pipeline.recording.written == 8)
    status = pipeline.stop_recording()
    assert recorder.frame_ids == list(range(1, 9))
    assert recorder.closed == 1
    assert (status.path, status.written, status.error) == (Path("take.bag"), 8, "")
    assert pipeline.recording.path is None
    assert pipeline.recording.closed == Path("take.bag")


def test_a_recording_ends_with_its_source_and_says_which_file_it_is(make_pipeline, wait_until):
    recorder = ListRecorder()
    pipeline = make_pipeline(
        FakeSource([hand_frame(frame_id=k) for k in range(1, 4)]), FakeTracker(), recorder=recorder
    )
    pipeline.start_recording(Path("take.bag"))
    pipeline.start()
    wait_until(lambda: pipeline.recording.closed)
    assert (pipeline.recording.path, pipeline.recording.written, recorder.closed) == (None, 3, 1)


def test_a_recording_that_got_no_frame_is_no_file(make_pipeline):
    pipeline = make_pipeline(FakeSource([]), FakeTracker(), recorder=ListRecorder())
    pipeline.start_recording(Path("take.bag"))
    status = pipeline.stop_recording()
    assert (status.path, status.written, status.closed) == (Path("take.bag"), 0, None)


def test_a_recording_that_fails_is_closed_and_the_rest_goes_on(make_pipeline, wait_until):
    recorder = ListRecorder(fail_at=2)
    pipeline = make_pipeline(live(), FakeTracker(), recorder=recorder)
    pipeline.start_recording(Path("take.bag"))
    pipeline.start()
    wait_until(lambda: pipeline.recording.error)
    assert "the disk is full" in pipeline.recording.error
    assert pipeline.recording.closed is None
    assert recorder.closed == 1
    seen = pipeline.latest.sequence if pipeline.latest else 0
    wait_until(lambda: pipeline.latest and pipeline.latest.sequence > seen + 2)
    assert pipeline.state.phase is Phase.RUNNING


def test_closing_closes_a_recording(make_pipeline, wait_until):
    recorder = ListRecorder()
    pipeline = make_pipeline(live(), FakeTracker(), recorder=recorder)
    pipeline.start_recording(Path("take.bag"))
    pipeline.start()
    wait_until(lambda: pipeline.recording.written)
    pipeline.close()
    assert recorder.closed == 1


def test_poses_are_kept_beside_a_recording_and_beside_an_export(make_pipeline, wait_until, tmp_path):
    pipeline = make_pipeline(live(), FakeTracker(), recorder=ListRecorder())
    pipeline.start_export(tmp_path / "export.csv")
    pipeline.start_recording(tmp_path / "take.bag", tmp_path / "take.poses.csv")
    pipeline.start()
    wait_until(lambda: pipeline.exporting.written > 3)
    pipeline.stop_recording()
    kept = list(read_poses(tmp_path / "take.poses.csv"))
    assert kept
    wait_until(lambda: pipeline.exporting.written > len(kept) + 3)
    assert list(read_poses(tmp_path / "take.poses.csv")) == kept


def test_poses_are_exported_while_running(make_pipeline, wait_until, tmp_path):
    path, hold = tmp_path / "poses.csv", threading.Event()
    tracker = FakeTracker()
    source = FakeSource([hand_frame(frame_id=4), Wait(tracker.started), Wait(hold)])
    pipeline = make_pipeline(source, tracker)
    pipeline.start_export(path)
    pipeline.start()
    wait_until(lambda: pipeline.exporting.written == 1)
    assert pipeline.stop_export().error == ""
    assert list(read_poses(path)) == [4]


def test_an_export_to_a_bad_path_becomes_a_message(make_pipeline, wait_until, tmp_path):
    pipeline = make_pipeline(live(), FakeTracker())
    pipeline.start_export(tmp_path / "poses.txt")
    pipeline.start()
    wait_until(lambda: pipeline.exporting.error)
    assert "poses.txt" in pipeline.exporting.error


def test_stats_count_frames_poses_and_latency(make_pipeline, wait_until):
    pipeline = make_pipeline(live(), FakeTracker())
    assert pipeline.stats().latency_p50_ms is None
    pipeline.start()
    wait_until(lambda: pipeline.latest and pipeline.latest.sequence > 5)
    stats = pipeline.stats()
    assert stats.camera_fps > 0
    assert stats.pose_fps > 0
    assert 0 < stats.latency_p50_ms <= stats.latency_p95_ms
    assert stats.device == "fake"


def test_a_camera_that_was_never_there_is_a_failure(make_pipeline, wait_until):
    source = FakeSource(opens=[SourceError("no camera; plug one in")], is_live=True)
    pipeline = make_pipeline(source, FakeTracker())
    pipeline.start()
    wait_until(lambda: pipeline.state.phase is Phase.FAILED)
    assert source.opened == 1


def test_a_frame_without_a_hand_is_a_result_too(make_pipeline, wait_until):
    pipeline = make_pipeline(FakeSource([empty_frame()]), FakeTracker())
    pipeline.start()
    wait_until(lambda: pipeline.latest)
    assert pipeline.latest.result.pose is None
