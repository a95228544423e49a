"""What the window says about each state."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from app.errors import SourceError
from app.gui.messages import (
    Message,
    banner_message,
    exported_message,
    file_export_message,
    pill_message,
    recorded_message,
    recording_message,
    refusal,
    source_name,
)
from app.gui.recording_control import poses_beside
from app.gui.session_types import SessionView
from app.pipeline import Latest, OutputStatus, Phase, PipelineState
from app.pipeline.file_export import FileExportStatus
from app.run.watch import Stage, Stall
from app.tracking.out_of_range import OutOfRange
from app.tracking.result import StageTimings, TrackResult, TrackState
from models.core.types import DepthFrame
from models.reading.verdict import Verdict
from tests.app.gui.fakes import CAMERA, UNITS, HandSource, depth_at, pose_at


def view_of(
    phase: Phase,
    message: str = "",
    track: TrackState | None = None,
    verdict: Verdict = Verdict.TRACKED,
    **changes,
) -> SessionView:
    latest = None
    if track is not None:
        frame = DepthFrame((depth_at(0) / UNITS).astype("uint16"), UNITS, CAMERA, 7, 0.0, time.monotonic())
        pose = pose_at(0) if track is TrackState.TRACKING else None
        said = verdict if pose else Verdict.LOST
        latest = Latest(1, frame, TrackResult(7, 0.0, frame.arrival_s, pose, track, StageTimings(), said))
    return SessionView(1, PipelineState(phase, message), changes.pop("wanted", None), latest=latest, **changes)


@pytest.mark.parametrize(
    ("phase", "track", "text"),
    [
        (Phase.OPENING, None, "Opening…"),
        (Phase.RUNNING, None, "Waiting for the first picture…"),
        (Phase.RUNNING, TrackState.TRACKING, "Tracking"),
        (Phase.RUNNING, TrackState.UNCERTAIN, "Hand unclear"),
        (Phase.RUNNING, TrackState.SEARCHING, "No hand in view"),
        (Phase.PAUSED, TrackState.TRACKING, "Paused"),
        (Phase.ENDED, TrackState.TRACKING, "End of recording"),
        (Phase.LOST, TrackState.TRACKING, "Camera lost · last picture"),
        (Phase.FAILED, None, "Stopped"),
    ],
)
def test_every_phase_has_its_words(phase, track, text):
    assert pill_message(view_of(phase, track=track)).text == text


def test_a_pose_that_may_be_wrong_is_not_called_tracking():
    message = pill_message(view_of(Phase.RUNNING, track=TrackState.TRACKING, verdict=Verdict.UNSURE))
    assert (message.text, message.level) == ("Unsure", "warn")


def test_loading_is_said_in_the_sessions_own_words():
    assert pill_message(view_of(Phase.OPENING, "loading the networks")).text == "Loading the networks…"


def test_a_failure_is_a_banner_with_a_way_out():
    message = banner_message(view_of(Phase.FAILED, "no camera found; plug one in"))
    assert (message.text, message.level, message.button) == ("No camera found; plug one in", "bad", "Try again")


def test_a_file_name_keeps_its_case_at_the_start_of_a_banner():
    assert banner_message(view_of(Phase.FAILED, "broken.db3: not a recording")).text == "broken.db3: not a recording"


def test_a_lost_camera_says_that_the_picture_is_old():
    message = banner_message(view_of(Phase.LOST, "camera 123 stopped", TrackState.TRACKING))
    assert message.level == "warn"
    assert "last picture" in message.text


def test_a_failed_recording_is_said_and_a_failed_source_comes_first():
    broken = OutputStatus(None, 3, "recording stopped: disk full")
    assert "disk full" in banner_message(view_of(Phase.RUNNING, recording=broken)).text
    assert banner_message(view_of(Phase.FAILED, "gone", recording=broken)).text == "Gone"


DONE = Message("Recorded 3 frames", "info")


def test_notices_show_only_while_nothing_is_wrong():
    assert banner_message(view_of(Phase.RUNNING), DONE) == DONE
    assert banner_message(view_of(Phase.FAILED, "gone"), DONE).text == "Gone"
    assert banner_message(view_of(Phase.RUNNING)).text == ""


def test_a_refused_source_is_said_with_what_stays_open():
    message = refusal(SourceError("no camera found; plug one in"), view_of(Phase.RUNNING, wanted="a.bag"))
    assert (message.text, message.level) == ("No camera found; plug one in. a.bag stays open.", "warn")
    broken = OutputStatus(None, 3, "recording stopped: disk full")
    assert banner_message(view_of(Phase.RUNNING, recording=broken), message) == message


def test_a_source_that_is_tried_is_named_while_the_old_one_plays():
    view = view_of(Phase.RUNNING, track=TrackState.TRACKING, trying=str(Path("some") / "where" / "b.bag"))
    assert pill_message(view).text == "Opening b.bag…"


def test_a_finished_recording_says_what_it_holds_and_how_it_ended():
    status = OutputStatus(None, 3, closed=Path("a.bag"))
    assert recorded_message(status, by_user=True).text == "Recorded 3 frames to a.bag."
    assert recorded_message(status, by_user=False).text.endswith("The recording ended with its source.")
    assert recorded_message(status, by_user=True).opens == "a.bag"
    assert recorded_message(OutputStatus(None, 1, closed=Path("a.bag")), by_user=True).text.startswith(
        "Recorded 1 frame "
    )
    assert "no file" in recorded_message(OutputStatus(), by_user=True).text


def test_poses_beside_a_recording_are_named_where_there_are_any(tmp_path):
    poses, status = tmp_path / "a.poses.csv", OutputStatus(None, 3, closed=tmp_path / "a.bag")
    assert "their poses" not in recorded_message(status, by_user=True, poses=poses).text
    poses.touch()
    message = recorded_message(status, by_user=True, poses=poses)
    assert message.text.endswith("their poses to a.poses.csv.")
    assert message.shows == str(status.closed)


def test_poses_never_take_a_file_that_is_there(tmp_path):
    recording = tmp_path / "a.bag"
    assert poses_beside(recording).name == "a.poses.csv"
    (tmp_path / "a.poses.csv").touch()
    (tmp_path / "a.poses-2.csv").touch()
    assert poses_beside(recording).name == "a.poses-3.csv"


@pytest.mark.parametrize(
    ("changes", "text", "level"),
    [
        ({"done": 24}, "Exported 24 frames to ", "info"),
        ({"done": 3, "is_cancelled": True}, "The export was cancelled. The first 3 frames are in ", "warn"),
        ({"error": "the disk is full"}, "The disk is full", "bad"),
    ],
)
def test_an_export_that_is_over_says_what_is_in_the_file(tmp_path, changes, text, level):
    path = tmp_path / "poses.csv"
    path.touch()
    status = replace(FileExportStatus(path, 0, 24, is_over=True), **changes)
    message = file_export_message(status)
    assert message.text.startswith(text)
    assert message.level == level


def test_a_cancelled_export_without_a_file_shows_none(tmp_path):
    status = FileExportStatus(tmp_path / "film.mp4", 0, 24, is_over=True, is_cancelled=True)
    assert file_export_message(status) == Message("The export was cancelled. There is no file.", "warn")


def test_an_export_of_what_plays_says_what_is_in_the_file():
    one = OutputStatus(None, 1, closed=Path("a.csv"))
    assert exported_message(one, "pose").text == "Exported 1 pose to a.csv."
    assert "no file" in exported_message(OutputStatus(), "frame").text
    assert exported_message(OutputStatus(error="the disk is full"), "frame").level == "bad"


def test_a_hand_that_is_hardly_in_the_picture_leaves_it():
    view = view_of(Phase.RUNNING, track=TrackState.TRACKING)
    pose = replace(view.latest.result.pose, joints_cam_m=view.latest.result.pose.joints_cam_m + (0.0, 0.3, 0.0))
    away = replace(view, latest=replace(view.latest, result=replace(view.latest.result, pose=pose)))
    assert pill_message(away) == Message("Hand leaves the picture", "warn")


def test_a_running_recording_is_told_by_time_size_and_room():
    path = Path("a.bag")
    assert recording_message(OutputStatus(path, 0), 30.0, 0, 9).text == "Recording waits for frames"
    text = recording_message(OutputStatus(path, 30 * 75), 30.0, 1_380_000_000, 90_400_000_000).text
    assert text == "Recording 1:15 · 1 GB · 90 GB free"
    assert recording_message(OutputStatus(), 30.0, 0, 9).text == ""


def test_depth_out_of_range_is_said_while_it_lasts():
    view = view_of(Phase.RUNNING, track=TrackState.SEARCHING)
    for frames, said in ((29, False), (30, True)):
        result = replace(view.latest.result, out_of_range=OutOfRange(frames, 0.15, 1.2, 310.0, 870.0))
        message = banner_message(replace(view, latest=replace(view.latest, result=result)))
        assert ("310 m to 870 m: are the units right?" in message.text) == said
        assert message.level == ("warn" if said else "")


def test_what_is_to_be_known_of_a_source_is_said_where_nothing_else_is():
    info = replace(HandSource("D435").open(), notes=("3 files are left out",))
    assert banner_message(view_of(Phase.RUNNING, info=info)).text == "3 files are left out"
    assert banner_message(view_of(Phase.RUNNING, info=info), DONE) == DONE


def test_the_source_is_named_by_its_label_else_by_what_was_asked_for():
    assert source_name(view_of(Phase.RUNNING, info=HandSource("D435").open())) == "D435"
    assert source_name(view_of(Phase.OPENING, wanted=str(Path("some") / "where" / "a.bag"))) == "a.bag"
    assert source_name(view_of(Phase.OPENING, wanted="camera:42")) == "camera:42"
    assert source_name(view_of(Phase.OPENING))


@pytest.mark.parametrize("phase", [Phase.OPENING, Phase.RUNNING, Phase.PAUSED])
def test_what_takes_too_long_is_said_with_what_to_do(phase):
    view = view_of(phase, stall=Stall(Stage.READ, 3.4))
    assert pill_message(view) == Message("No picture: 3 s", "warn")
    banner = banner_message(view, Message("done", "info"))
    assert banner.level == "warn"
    assert banner.text.startswith("No picture: 3 s; is the camera plugged in")
    assert banner.topic, "dismissed, it does not come back with each second"


@pytest.mark.parametrize("phase", [Phase.FAILED, Phase.ENDED])
def test_at_the_end_nothing_takes_too_long(phase):
    view = view_of(phase, "it broke", stall=Stall(Stage.READ, 3.4))
    assert pill_message(view) == pill_message(replace(view, stall=None))
    assert banner_message(view) == banner_message(replace(view, stall=None))
