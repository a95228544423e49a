"""Sources in a process of their own: what breaks there is one error here, soon, and nothing of it is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.errors import SourceCrashedError, SourceError, SourceLostError
from app.sources import reader, reader_link
from app.sources.base import EndOfStream
from app.sources.reader import ReaderSource
from app.sources.reader_memory import SLOTS, FrameRing, close_memory, new_memory
from app.sources.recording import RecordingSource
from tests.app.sources.film import COUNT, image, in_thread, read, read_all
from tests.app.sources.reader_faults import FAULTS

ROOT = Path(__file__).resolve().parents[3]
FACTORY = "tests.app.sources.reader_faults:FaultySource"
CAUSES = {"crash": "crashed on it, SIGSEGV", "leave": "ended with status 3"}
PATIENCE_S = 20.0


def faulty(
    fault: str,
    where: str,
    is_live: bool = False,
    mark: Path | None = None,
    otherwise: tuple[str, str] | None = None,
) -> ReaderSource:
    kind = SourceCrashedError if is_live else SourceError
    arguments = (fault, where, is_live, mark)
    return ReaderSource(
        FACTORY, arguments, lambda reason: kind(f"film.bag: cannot be played ({reason})"), otherwise=otherwise
    )


def play(source: ReaderSource) -> None:
    source.open()
    for _ in range(COUNT):
        read(source)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline_s
        time.sleep(0.01)


def process_of(source: ReaderSource) -> int:
    """The number of its process, once it has one."""
    wait_until(lambda: source._link is not None)
    link = source._link
    assert link is not None
    return link.pid


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return not _is_dead(pid)


def _is_dead(pid: int) -> bool:
    """Whether it has ended, but its parent (init, in a container) has not asked how."""
    try:
        return "State:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True


@pytest.fixture(autouse=True)
def short_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "OPEN_LIMIT_S", 3.0)
    monkeypatch.setattr(reader, "READ_LIMIT_S", 3.0)
    monkeypatch.setattr(reader, "FILE_LIMIT_S", 3.0)


def test_frames_and_what_is_known_of_them_are_as_in_the_program_itself(film_bag: Path):
    info, frames = read_all(reader.recording_reader(film_bag, False, 1.0, False, None))
    expected_info, expected = read_all(RecordingSource(film_bag, realtime=False))
    assert info == expected_info
    assert len(frames) == len(expected) == COUNT
    for frame, other in zip(frames, expected):
        np.testing.assert_array_equal(frame.raw, other.raw)
        assert not frame.raw.flags.writeable
        for name in ("depth_units", "camera", "frame_id", "timestamp_ms", "restarts"):
            assert getattr(frame, name) == getattr(other, name)


def test_what_is_open_is_opened_afresh_in_the_same_process(film_bag: Path):
    source = reader.recording_reader(film_bag, False, 1.0, False, None)
    source.open()
    pid, first, second = process_of(source), read(source), read(source)
    assert source.open().frame_count == COUNT
    again = read(source)
    assert process_of(source) == pid
    assert (again.frame_id, again.restarts) == (first.frame_id, second.restarts + 1)
    source.close()
    assert not is_running(pid)


def test_where_that_process_has_died_another_one_opens(film_bag: Path):
    source = reader.recording_reader(film_bag, False, 1.0, False, None)
    source.open()
    first = read(source)
    os.kill(pid := process_of(source), signal.SIGKILL)
    wait_until(lambda: not is_running(pid))
    source.open()
    again = read(source)
    assert (again.frame_id, again.restarts) == (first.frame_id, first.restarts + 1)
    source.close()


@pytest.mark.parametrize("where", ["open", "read"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_process_is_one_error_and_ends_it(fault: str, where: str):
    source = faulty(fault, where)
    thread, errors = in_thread(lambda: play(source))
    pid = process_of(source)
    thread.join(PATIENCE_S)
    assert [type(error) for error in errors] == [SourceError]
    assert "film.bag" in str(errors[0])
    assert CAUSES.get(fault, "does not come back") in str(errors[0])
    assert "\n" not in str(errors[0])
    assert not is_running(pid)
    with pytest.raises(EndOfStream):
        source.read()
    source.close()


@pytest.mark.parametrize("where", ["open", "read"])
@pytest.mark.parametrize("fault", ["crash", "hang_with_the_lock"])
def test_what_breaks_its_process_is_tried_in_another_way_and_goes_on(fault: str, where: str):
    source = faulty(fault, where, otherwise=("crash", "nowhere"))
    _, frames = read_all(source)
    assert [frame.frame_id for frame in frames] == [*range(COUNT)]
    assert [frame.restarts for frame in frames] == ([0] * COUNT if where == "open" else [0] * 2 + [1] * (COUNT - 2))


@pytest.mark.parametrize("where", ["open", "read"])
def test_where_the_other_way_breaks_too_the_first_error_is_told(where: str):
    source = faulty("crash", where, otherwise=("leave", "open"))
    with pytest.raises(SourceError, match="crashed on it, SIGSEGV"):
        play(source)
    source.close()


@pytest.mark.parametrize("suffix", [".bag", ".db3"])
def test_the_other_way_of_a_recording_plays_the_same_frames(suffix: str, request: pytest.FixtureRequest):
    path: Path = request.getfixturevalue(f"film_{suffix[1:]}")
    (info, frames), (other_info, others) = (
        read_all(RecordingSource(path, realtime=False, by_sdk=by_sdk)) for by_sdk in (True, False)
    )
    assert other_info.notes[-1].startswith("the recording is damaged: the RealSense SDK broke on it")
    assert (info.camera, info.depth_units, info.fps) == (other_info.camera, other_info.depth_units, other_info.fps)
    assert len(frames) == len(others) == COUNT
    for frame, other in zip(frames, others):
        np.testing.assert_array_equal(frame.raw, other.raw)
        assert (frame.frame_id, frame.depth_units) == (other.frame_id, other.depth_units)
        assert frame.timestamp_ms == pytest.approx(other.timestamp_ms, abs=1e-3)


@pytest.mark.parametrize("fault", FAULTS)
def test_close_ends_a_process_that_is_stuck_in_it(fault: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reader_link, "CLOSE_S", 0.5)
    source = faulty(fault, "close")
    source.open()
    pid = process_of(source)
    thread, errors = in_thread(source.close)
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
    assert not errors
    assert not is_running(pid)


@pytest.mark.parametrize("where", ["open", "read"])
def test_close_from_another_thread_ends_a_call_that_is_stuck(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reader_link, "CLOSE_S", 0.5)
    monkeypatch.setattr(reader, "OPEN_LIMIT_S", 600.0)
    monkeypatch.setattr(reader, "READ_LIMIT_S", 600.0)
    monkeypatch.setattr(reader, "FILE_LIMIT_S", 600.0)
    mark = tmp_path / "stuck"
    source = faulty("hang_with_the_lock", where, mark=mark)
    thread, errors = in_thread(lambda: play(source))
    pid = process_of(source)
    wait_until(mark.exists)
    source.close()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
    assert [type(error) for error in errors] == [EndOfStream]
    assert not is_running(pid)


def test_a_camera_whose_process_crashed_can_be_opened_again():
    source = faulty("crash", "read", is_live=True)
    for restarts in (0, 1):
        source.open()
        assert [read(source).restarts for _ in range(2)] == [restarts] * 2
        with pytest.raises(SourceCrashedError):
            read(source)


def test_a_camera_that_is_silent_says_so_itself():
    source = ReaderSource("tests.app.sources.reader_faults:fake_camera", (), SourceError)
    with source as info:
        assert info.is_live
        for index in range(COUNT):
            np.testing.assert_array_equal(read(source).raw, image(index))
        with pytest.raises(SourceLostError, match="sent no frame for 0.1 s"):
            source.read(timeout_s=0.1)


def test_what_is_set_before_open_holds_after_it_too():
    source = faulty("crash", "nowhere")
    source.set_paused(True)
    source.set_loop(True)
    for _ in range(2):
        with source:
            assert source.is_paused
            assert source.read(0) is None
    source.set_paused(False)
    with source:
        assert [read(source).frame_id for _ in range(COUNT + 1)] == [*range(COUNT), 0]


def test_a_picture_of_another_size_is_one_error():
    source = ReaderSource("tests.app.sources.reader_faults:Growing", (), SourceError)
    with source:
        assert [read(source).index for _ in range(2)] == [0, 1]
        with pytest.raises(SourceError, match="128x48 pixels instead of 64x48; open the source again"):
            read(source)


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan")])
def test_speeds_that_are_none_are_refused(speed: float, film_bag: Path):
    with pytest.raises(ValueError, match="speed: expected a number above zero"):
        reader.recording_reader(film_bag, False, speed, False, None)
    with pytest.raises(ValueError, match="speed: expected a number above zero"):
        faulty("crash", "nowhere").set_speed(speed)


def test_a_factory_that_fails_is_one_error():
    source = ReaderSource("tests.app.sources.reader_faults:unlucky", (), SourceError)
    with pytest.raises(SourceError, match="ended with status 1"):
        source.open()


PARENT = """
import sys
from pathlib import Path
from tests.app.sources.test_reader import faulty, play, process_of
source = faulty(sys.argv[1], "read", mark=Path(sys.argv[2]))
source.open()
print(process_of(source), flush=True)
while True:
    source.read(600)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
@pytest.mark.parametrize("fault", ["hang", "hang_with_the_lock"])
def test_the_process_ends_with_the_program_even_where_that_is_killed(fault: str, tmp_path: Path):
    mark = tmp_path / "stuck"
    program = subprocess.Popen(
        [sys.executable, "-c", PARENT, fault, mark], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert program.stdout is not None
    pid = int(program.stdout.readline())
    wait_until(mark.exists)
    program.send_signal(signal.SIGKILL)
    assert program.communicate() == ("", "")
    wait_until(lambda: not is_running(pid))


def test_the_ring_keeps_an_image_until_all_slots_were_used_again():
    key = new_memory()
    writer, taker = FrameRing(key, image(0).shape), FrameRing(key, image(0).shape)
    kept = [writer.slot_of(writer.keep(image(index))) for index in range(SLOTS)]
    for index, slot in enumerate(kept):
        np.testing.assert_array_equal(taker.take(slot), image(index))
    taken = taker.take(kept[0])
    assert writer.slot_of(image(SLOTS)) == kept[0]
    np.testing.assert_array_equal(taken, image(0))
    close_memory(key)


def test_what_was_prepared_is_opened(film_bag: Path):
    source = reader.recording_reader(film_bag, False, 1.0, False, None)
    source.prepare()
    prepared = source._prepared
    assert prepared is not None
    source.prepare()
    assert source._prepared is prepared
    _, frames = read_all(source)
    assert len(frames) == COUNT
    assert not is_running(prepared.pid)


def test_closing_ends_what_was_only_prepared(film_bag: Path):
    source = reader.recording_reader(film_bag, False, 1.0, False, None)
    source.prepare()
    pid = source._prepared.pid
    source.close()
    assert not is_running(pid)


def test_a_process_that_still_loads_is_ended_at_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reader_link, "CLOSE_S", 600.0)
    source = faulty("crash", "nowhere")
    source.prepare()
    os.kill(source._prepared.pid, signal.SIGSTOP)  # as slow as can be
    thread, _ = in_thread(source.close)
    thread.join(PATIENCE_S)
    assert not thread.is_alive()


def test_what_crashed_while_it_was_prepared_is_said_when_it_is_opened():
    source = faulty("crash", "nowhere")
    source.prepare()
    os.kill(source._prepared.pid, signal.SIGKILL)
    with pytest.raises(SourceError, match="crashed on it, SIGKILL"):
        source.open()
    assert len(read_all(source)[1]) == COUNT


def test_a_recording_whose_prepared_process_crashed_plays_all_the_same(film_bag: Path):
    source = reader.recording_reader(film_bag, False, 1.0, False, None)
    source.prepare()
    os.kill(source._prepared.pid, signal.SIGKILL)
    assert len(read_all(source)[1]) == COUNT
