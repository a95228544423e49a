"""A lost camera is opened again a counted number of times, ever more slowly; a recording is not."""

from __future__ import annotations

import pytest

from app.errors import SourceCrashedError, SourceError, SourceLostError
from app.run.frame_reader import FrameReader
from app.run.reopening import Patience, Reopening
from app.run.watch import StageWatch
from app.sources import reader as sources
from app.sources.base import EndOfStream
from app.sources.reader import ReaderSource
from models.core.types import Camera, DepthFrame
from tests.app.fakes import FakeSource, hand_frame

LOST = SourceLostError("the camera was unplugged; plug it in again")
CRASHED = SourceCrashedError("the camera failed (crashed); unplug and replug it")
PATIENCE = Patience(first_s=1, longest_s=8, tries=5, crashes=2, steady_s=10)


def reader_of(source, waits: list[float] | None = None) -> FrameReader:
    reader = FrameReader(source, StageWatch(), PATIENCE, sleep=[].append if waits is None else waits.append)
    reader.open()
    return reader


def test_a_camera_that_comes_back_goes_on():
    waits: list[float] = []
    opens = [None, SourceError("no camera found"), SourceError("no camera found"), None]
    source = FakeSource([hand_frame(frame_id=1), LOST, hand_frame(frame_id=2)], is_live=True, opens=opens)
    reader = reader_of(source, waits)
    frames = [reader.next() for _ in range(3)]
    assert [frame and frame.frame_id for frame in frames] == [1, None, 2]
    assert waits == [1, 2, 4]
    with pytest.raises(EndOfStream):
        reader.next()


def test_one_that_stays_away_is_given_up():
    waits: list[float] = []
    source = FakeSource([hand_frame(), LOST], is_live=True, opens=[None, *[SourceError("no camera found")] * 9])
    reader = reader_of(source, waits)
    reader.next()
    with pytest.raises(SourceError, match=r"no camera found; it was opened again 5 times"):
        reader.next()
    assert waits == [1, 2, 4, 8, 8]
    assert source.opened == 6


def test_one_that_crashes_the_driver_again_and_again_is_given_up_sooner():
    source = FakeSource([hand_frame(), CRASHED, CRASHED, CRASHED], is_live=True)
    reader = reader_of(source)
    assert [bool(reader.next()) for _ in range(3)] == [True, False, False]
    with pytest.raises(SourceError, match="opened again 2 times"):
        reader.next()


@pytest.mark.parametrize("script", [[LOST], []])
def test_one_that_was_never_there_is_an_error_at_once(script: list):
    source = FakeSource(script, is_live=True)
    reader = reader_of(source)
    with pytest.raises(SourceLostError if script else EndOfStream):
        reader.next()
    assert source.opened == 1


def test_a_recording_is_not_opened_again():
    source = FakeSource([hand_frame(), LOST])
    reader = reader_of(source)
    reader.next()
    with pytest.raises(SourceLostError):
        reader.next()
    assert source.opened == 1


def test_pictures_of_another_size_are_an_error():
    small = Camera(8, 6, 8, 8, 4, 3)
    other = DepthFrame(hand_frame().raw[:6, :8], 0.001, small, 2, 0.0, 0.0)
    reader = reader_of(FakeSource([hand_frame(), LOST, other], is_live=True))
    assert [bool(reader.next()) for _ in range(2)] == [True, False]
    with pytest.raises(SourceError, match="another size"):
        reader.next()


def test_who_delivers_for_a_while_begins_anew_and_a_single_frame_does_not_count():
    now_s = [0.0]
    reopening = Reopening(PATIENCE, lambda: now_s[0])
    for wait_s in (1, 2, 4, 8):
        assert reopening.lost(LOST) == wait_s
        reopening.delivered()
    now_s[0] += 9.9
    reopening.delivered()
    assert reopening.tries == 4
    now_s[0] += 0.1
    reopening.delivered()
    assert reopening.tries == 0
    assert reopening.lost(LOST) == 1


def test_a_simulated_device_whose_process_dies_goes_on(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sources, "OPEN_LIMIT_S", 30.0)
    arguments = ("crash", "read", True, None)
    factory = "tests.app.sources.reader_faults:FaultySource"
    source = ReaderSource(factory, arguments, lambda reason: SourceCrashedError(f"the camera failed ({reason})"))
    reader = reader_of(source)
    frames = [reader.next() for _ in range(8)]
    with pytest.raises(SourceError, match="opened again 2 times"):
        reader.next()
    source.close()
    assert [frame and (frame.frame_id, frame.restarts) for frame in frames] == [
        *[(0, 0), (1, 0), None, (0, 1), (1, 1), None, (0, 2), (1, 2)]
    ]
