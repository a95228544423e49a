"""The session behind the window: what is opened, in what order, and what ends with it. No Qt here."""

import gc
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from app.errors import AppError, SourceError
from app.gui.session import Session
from app.gui.session_types import CameraChoice, Services
from app.pipeline import Phase, Pipeline
from app.settings import Options
from app.sources.base import EndOfStream, SourceInfo
from models.core.types import DepthFrame
from tests.app.gui.fakes import HandSource, fake_services

PATIENCE_S = 30.0


@pytest.fixture
def open_session():
    """`open_session(options, services)`: a started session, closed after the test, without a thread left."""
    sessions: list[Session] = []
    before = set(threading.enumerate())

    def make(options: Options = Options(), services: Services | None = None) -> Session:  # noqa: B008  frozen
        sessions.append(Session(options, services or fake_services()))
        sessions[-1].start()
        return sessions[-1]

    yield make
    for session in sessions:
        session.close(PATIENCE_S)
        session.close(PATIENCE_S)
    wait_for(lambda: set(threading.enumerate()) <= before)


def wait_for(condition: Callable[[], object]) -> None:
    deadline, pause = time.monotonic() + PATIENCE_S, threading.Event()
    while not condition():
        assert time.monotonic() < deadline, "the condition never held"
        pause.wait(0.005)


def plays(session: Session, label: str) -> Callable[[], bool]:
    def condition() -> bool:
        view = session.view()
        return view.info is not None and view.info.label == label and view.latest is not None

    return condition


def test_it_opens_the_command_lines_source(open_session):
    session = open_session(Options(source="other"))
    wait_for(plays(session, "other"))
    view = session.view()
    assert view.state.phase is Phase.RUNNING
    assert view.generation == 1
    assert view.stats.device == "Fake CPU"


def test_another_source_is_tried_before_the_old_one_ends_and_the_same_is_played_after(open_session):
    events: list[str] = []
    services = fake_services()

    class Logged(HandSource):
        def close(self) -> None:
            if not self._closed.is_set():
                events.append(f"close {self._label}")
            super().close()

    def make_source(name: str | None, _loop: bool, _speed: float) -> HandSource:
        events.append(f"make {name}")
        return Logged(name or "first")

    session = open_session(services=replace(services, make_source=make_source))
    wait_for(plays(session, "first"))
    session.open("second")
    wait_for(plays(session, "second"))
    assert events == ["make None", "make second", "close first"]
    assert session.view().generation == 2


def test_of_many_wishes_the_last_one_is_played(open_session):
    session = open_session()
    for name in ("a", "b", "c", "d", "last"):
        session.open(name)
    wait_for(plays(session, "last"))
    assert session.view().wanted == "last"


def test_networks_are_kept_when_the_source_changes(open_session):
    built: list[Options] = []
    session = open_session(services=fake_services(built))
    wait_for(plays(session, "Animated hand"))
    session.open("other")
    wait_for(plays(session, "other"))
    assert len(built) == 1


def test_a_new_hand_side_goes_on_with_the_same_source(open_session):
    built: list[Options] = []
    session = open_session(services=fake_services(built))
    wait_for(plays(session, "Animated hand"))
    session.set_hand("left")
    wait_for(lambda: session.view().latest.result.pose is None)
    assert session.view().generation == 1
    assert [options.hand for options in built] == ["auto", "left"]


def test_both_hands_are_followed_when_asked_for(open_session):
    built: list[Options] = []
    session = open_session(services=fake_services(built))
    wait_for(plays(session, "Animated hand"))
    assert session.options.hands != 2
    session.set_both_hands(True)
    wait_for(lambda: len(built) == 2)
    assert built[-1].tracker_settings().hands == 2
    assert session.view().generation == 1


def test_smoothing_is_on_unless_the_command_line_says_no(open_session):
    built: list[Options] = []
    wait_for(plays(open_session(services=fake_services(built)), "Animated hand"))
    wait_for(plays(open_session(Options(smoothing=False), fake_services(built)), "Animated hand"))
    assert [options.smoothing for options in built] == [True, False]


def test_setting_what_is_already_set_builds_nothing(open_session):
    built: list[Options] = []
    session = open_session(Options(smoothing=True), fake_services(built))
    session.set_smoothing(True)
    session.set_hand("auto")
    session.open("other")
    wait_for(plays(session, "other"))
    assert len(built) == 1


def test_pausing_holds_the_source_and_a_new_one_plays(open_session):
    session = open_session()
    wait_for(plays(session, "Animated hand"))
    session.set_paused(True)
    wait_for(lambda: session.view().state.phase is Phase.PAUSED)
    session.open("other")
    wait_for(plays(session, "other"))
    assert session.view().state.phase is Phase.RUNNING


def test_a_recording_ends_and_can_start_over(open_session):
    session = open_session(Options(source="short", loop=False))
    wait_for(lambda: session.view().state.phase is Phase.ENDED)
    assert session.view().fatal is None
    session.set_loop(True)
    wait_for(lambda: session.view().generation == 2 and session.view().latest is not None)
    assert session.view().state.phase is Phase.RUNNING


@pytest.mark.parametrize("source", ["missing", "broken"])
def test_a_source_of_the_command_line_that_fails_is_fatal(open_session, source):
    session = open_session(Options(source=source))
    wait_for(lambda: session.view().fatal is not None)
    assert isinstance(session.view().fatal, AppError)
    assert ";" in str(session.view().fatal)


@pytest.mark.parametrize("source", ["missing", "broken"])
def test_a_source_chosen_later_that_fails_leaves_the_old_one_playing(open_session, source):
    session = open_session()
    wait_for(plays(session, "Animated hand"))
    session.open(source)
    wait_for(lambda: session.view().refused is not None)
    view = session.view()
    assert view.fatal is None
    assert str(view.refused).startswith(source)
    assert (view.generation, view.state.phase, view.wanted, view.trying) == (1, Phase.RUNNING, None, None)
    wait_for(lambda: session.view().latest.sequence > view.latest.sequence)
    session.open("other")
    assert session.view().refused is None  # else it would be told once more
    wait_for(plays(session, "other"))
    assert session.view().refused is None


def test_what_is_loaded_at_first_is_not_searched_for_garbage_again(open_session):
    gc.unfreeze()
    session = open_session()
    wait_for(plays(session, "Animated hand"))
    frozen = gc.get_freeze_count()
    assert frozen > 10_000
    session.change(model="full")
    wait_for(lambda: session.model == "full")
    assert gc.get_freeze_count() <= frozen  # what comes later may have to go again


def test_a_paused_source_stays_paused_where_another_one_fails(open_session):
    session = open_session()
    wait_for(plays(session, "Animated hand"))
    session.set_paused(True)
    session.open("broken")
    wait_for(lambda: session.view().refused is not None)
    assert session.view().state.phase is Phase.PAUSED


def test_a_camera_is_closed_before_another_one_is_opened(open_session):
    events: list[str] = []

    class OneDevice(HandSource):
        def open(self) -> SourceInfo:
            events.append(f"open {self._label}")
            return replace(super().open(), kind="camera", is_live=True)

        def close(self) -> None:
            if not self._closed.is_set():
                events.append(f"close {self._label}")
            super().close()

    def make_source(name: str | None, _loop: bool, _speed: float) -> HandSource:
        return OneDevice(name or "first")

    session = open_session(services=replace(fake_services(), make_source=make_source))
    wait_for(plays(session, "first"))
    session.open("camera:2")
    wait_for(plays(session, "camera:2"))
    assert events == ["open first", "close first", "open camera:2"]


def test_a_source_that_failed_while_it_played_gives_way_to_the_next_failure(open_session):
    class Breaking(HandSource):
        def read(self, timeout_s: float = 5.0) -> DepthFrame | None:
            if self._next == 3:
                raise SourceError("first: it ends in the middle of a frame")
            return super().read(timeout_s)

    def make_source(name: str | None, loop: bool, speed: float) -> HandSource:
        return Breaking("first") if name is None else fake_services().make_source(name, loop, speed)

    session = open_session(services=replace(fake_services(), make_source=make_source))
    wait_for(lambda: session.view().state.phase is Phase.FAILED)
    session.open("missing")
    wait_for(lambda: session.view().state.message.startswith("missing"))
    assert session.view().state.phase is Phase.FAILED


def test_networks_that_cannot_be_loaded_are_fatal(open_session):
    session = open_session(Options(model="missing"))
    wait_for(lambda: session.view().fatal is not None)
    assert "model missing" in str(session.view().fatal)


def test_an_unforeseen_error_while_opening_becomes_a_state(open_session):
    def make_source(name: str | None, _loop: bool, _speed: float) -> HandSource:
        if name == "bug":
            raise RuntimeError("a bug")
        return HandSource(name or "first")

    session = open_session(services=replace(fake_services(), make_source=make_source))
    wait_for(plays(session, "first"))
    session.open("bug")
    wait_for(lambda: session.view().refused is not None)
    assert "a bug" in str(session.view().refused)


class NoWriter:
    """A recorder on a full disk."""

    def __init__(self, *_arguments: object) -> None: ...

    def write(self, _item: object) -> None:
        raise AppError("disk full; free some space")

    def close(self) -> None: ...


def test_a_recording_asked_for_on_the_command_line_that_fails_is_fatal(open_session, tmp_path):
    def make_pipeline(source: HandSource, tracker: object) -> Pipeline:
        return Pipeline(source, tracker, recorder=NoWriter)

    services = replace(fake_services(), make_pipeline=make_pipeline)
    session = open_session(Options(record=tmp_path / "a.bag"), services)
    wait_for(lambda: session.view().fatal is not None)
    assert "disk full" in str(session.view().fatal)


def test_a_recording_started_in_the_window_that_fails_is_no_end(open_session, tmp_path):
    def make_pipeline(source: HandSource, tracker: object) -> Pipeline:
        return Pipeline(source, tracker, recorder=NoWriter)

    session = open_session(services=replace(fake_services(), make_pipeline=make_pipeline))
    wait_for(plays(session, "Animated hand"))
    session.outputs.start_recording(tmp_path / "a.bag")
    wait_for(lambda: session.view().recording.error)
    assert session.view().fatal is None
    assert session.view().state.phase is Phase.RUNNING


def noting_pipeline(written: list[DepthFrame]) -> Callable[[HandSource, object], Pipeline]:
    """Makes pipelines whose recordings are kept in a list."""

    class Noting:
        def __init__(self, *_arguments: object) -> None: ...

        def write(self, frame: DepthFrame) -> None:
            written.append(frame)

        def close(self) -> None: ...

    return lambda source, tracker: Pipeline(source, tracker, recorder=Noting)


def test_another_source_ends_the_recording_and_the_view_says_what_it_holds(open_session, tmp_path):
    frames: list[DepthFrame] = []
    session = open_session(services=replace(fake_services(), make_pipeline=noting_pipeline(frames)))
    wait_for(plays(session, "Animated hand"))
    session.outputs.start_recording(tmp_path / "a.bag")
    wait_for(lambda: session.view().recording.written >= 3)
    session.open("other")
    wait_for(plays(session, "other"))
    status = session.view().recording
    assert (status.path, status.closed, status.written) == (None, tmp_path / "a.bag", len(frames))
    session.outputs.start_recording(tmp_path / "b.bag")
    wait_for(lambda: session.view().recording.written >= 3)
    assert session.view().recording.path == tmp_path / "b.bag"


def test_a_source_that_ends_ends_its_recording(open_session, tmp_path):
    services = replace(fake_services(), make_pipeline=noting_pipeline([]))
    session = open_session(Options(source="short", loop=False, record=tmp_path / "a.bag"), services)
    wait_for(lambda: session.view().recording.closed is not None)
    assert session.view().recording.path is None
    assert session.view().recording.written == 12


def test_a_recording_without_a_frame_is_no_file(open_session, tmp_path):
    session = open_session(services=replace(fake_services(), make_pipeline=noting_pipeline([])))
    wait_for(plays(session, "Animated hand"))
    session.set_paused(True)
    wait_for(lambda: session.view().state.phase is Phase.PAUSED)
    wait_for(lambda: session.view().stats.camera_fps == 0)  # the frame that was on its way has come
    session.outputs.start_recording(tmp_path / "a.bag")
    assert session.view().recording.path == tmp_path / "a.bag"
    status = session.outputs.stop_recording()
    assert (status.written, status.closed) == (0, None)


def test_poses_go_to_the_command_lines_file_which_is_whole_after_closing(open_session, tmp_path):
    target = tmp_path / "poses.csv"
    session = open_session(Options(export=target))
    wait_for(lambda: session.view().exporting.written >= 5)
    session.close(PATIENCE_S)
    lines = target.read_text().splitlines()
    assert len(lines) >= 6
    assert len({line.count(",") for line in lines}) == 1


def test_cameras_are_unknown_until_they_are_found(open_session):
    release = threading.Event()

    def slow() -> list[CameraChoice]:
        release.wait(PATIENCE_S)
        return [CameraChoice("camera:1", "One")]

    session = open_session(services=replace(fake_services(), list_cameras=slow))
    session.look_for_cameras()
    wait_for(plays(session, "Animated hand"))
    assert session.view().cameras is None
    release.set()
    wait_for(lambda: session.view().cameras is not None)
    assert [camera.label for camera in session.view().cameras] == ["One"]


def test_cameras_that_cannot_be_listed_are_none(open_session):
    def broken() -> list[CameraChoice]:
        raise RuntimeError("a driver")

    session = open_session(services=replace(fake_services(), list_cameras=broken))
    session.look_for_cameras()
    wait_for(lambda: session.view().cameras is not None)
    assert session.view().cameras == ()


def test_closing_before_anything_is_open_ends_it(open_session):
    release = threading.Event()

    def slow(name: str | None, _loop: bool, _speed: float) -> HandSource:
        release.wait(PATIENCE_S)
        return HandSource("late")

    session = open_session(services=replace(fake_services(), make_source=slow))
    threading.Timer(0.05, release.set).start()
    session.close(PATIENCE_S)
    assert session.view().latest is None


def test_closing_ends_what_is_tried(open_session):
    opens = threading.Event()

    class Slow(HandSource):
        def open(self) -> SourceInfo:
            opens.set()
            assert self._closed.wait(PATIENCE_S)
            raise EndOfStream

    def make_source(name: str | None, _loop: bool, _speed: float) -> HandSource:
        return HandSource("first") if name is None else Slow(name)

    session = open_session(services=replace(fake_services(), make_source=make_source))
    wait_for(plays(session, "first"))
    session.open("second")
    assert opens.wait(PATIENCE_S)
    session.close(PATIENCE_S)
    assert not session._thread.is_alive()
    assert session.view().generation == 1  # it was not opened again to be played


def test_a_tracker_that_is_stuck_is_left_alone_and_the_next_source_has_another(open_session, monkeypatch):
    monkeypatch.setattr("app.gui.session.PIPELINE_CLOSE_S", 0.3)
    free, stuck, built = threading.Event(), threading.Event(), []
    services = fake_services()

    def build_tracker(options: Options, last: object):
        tracker = services.build_tracker(options, None)
        if not built:
            track = tracker.track
            tracker.track = lambda frame: (stuck.set(), free.wait(), track(frame))[-1]
        built.append(tracker)
        return tracker

    session = open_session(services=replace(services, build_tracker=build_tracker))
    wait_for(stuck.is_set)
    session.open("second")
    try:
        wait_for(plays(session, "second"))
    finally:
        free.set()
    assert len(built) == 2
