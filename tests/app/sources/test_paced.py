"""Pace, speed, pause and loop, on a clock that the test turns."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from app.sources.base import EndOfStream, SourceInfo
from app.sources.clock import Clock
from app.sources.paced import PacedSource
from app.sources.pending import PendingFrame
from tests.app.sources.film import CAMERA, read

FPS = 10.0


class Time:
    """Monotonic seconds that move only when told to, or by `step_s` at every look."""

    def __init__(self, step_s: float = 0.0) -> None:
        self.now_s, self.step_s = 1000.0, step_s

    def __call__(self) -> float:
        self.now_s += self.step_s
        return self.now_s


class ListSource(PacedSource):
    """Frames of given timestamps; `loaded` lists the numbers of those that were decoded."""

    def __init__(self, stamps_ms: list[float], time: Time, realtime: bool = True, speed: float = 1, loop: bool = False):
        super().__init__(realtime, speed, loop, monotonic=time)
        self.stamps_ms = stamps_ms
        self.loaded: list[int] = []
        self._left: Iterator[tuple[int, float]] = iter(())

    def _start(self) -> SourceInfo:
        self._rewind()
        return SourceInfo("folder", "list", False, FPS, CAMERA, 0.001)

    def _next(self) -> PendingFrame | None:
        index, stamp_ms = next(self._left, (None, 0.0))
        if index is None:
            return None

        def load():
            self.loaded.append(index)
            return np.zeros(CAMERA.shape, np.uint16)

        return PendingFrame(index, stamp_ms, load)

    def _rewind(self) -> None:
        self._left = iter(enumerate(self.stamps_ms))

    def _stop(self) -> None:
        self._left = iter(())


def stamps(count: int) -> list[float]:
    return [1000 * index / FPS for index in range(count)]


def due_frame(source: ListSource) -> int | None:
    """The frame that is due now; None where there is none."""
    frame = source.read(timeout_s=0)
    return None if frame is None else frame.frame_id


def test_frames_come_when_they_are_due_and_not_before():
    time = Time()
    source = ListSource(stamps(3), time)
    with source:
        assert due_frame(source) == 0
        assert due_frame(source) is None
        time.now_s += 0.09
        assert due_frame(source) is None
        time.now_s += 0.02
        assert due_frame(source) == 1


def test_a_late_reader_gets_the_newest_frame_that_is_due_and_the_others_are_not_decoded():
    time = Time()
    source = ListSource(stamps(9), time)
    with source:
        assert due_frame(source) == 0
        time.now_s += 0.55
        assert due_frame(source) == 5
        assert due_frame(source) is None
        time.now_s += 0.1
        assert due_frame(source) == 6
    assert source.loaded == [0, 5, 6]


def test_a_late_reader_still_gets_the_last_frame():
    time = Time()
    source = ListSource(stamps(4), time)
    with source:
        assert due_frame(source) == 0
        time.now_s += 100
        assert due_frame(source) == 3
        with pytest.raises(EndOfStream):
            source.read(timeout_s=0)


def test_a_frame_before_a_gap_is_not_skipped_for_one_that_is_not_due():
    time = Time()
    source = ListSource([0, 100, 900, 1000], time)
    with source:
        assert due_frame(source) == 0
        time.now_s += 0.5
        assert due_frame(source) == 1
        assert due_frame(source) is None
        time.now_s += 0.45
        assert due_frame(source) == 2


@pytest.mark.parametrize("speed", [0.5, 2.0])
def test_speed_multiplies_the_pace(speed: float):
    time = Time()
    source = ListSource(stamps(9), time, speed=speed)
    with source:
        assert due_frame(source) == 0
        time.now_s += 0.41 / speed
        assert due_frame(source) == 4


def test_speed_may_change_while_playing_and_the_next_frame_is_due_at_once():
    time = Time()
    source = ListSource(stamps(9), time)
    with source:
        assert due_frame(source) == 0
        time.now_s += 0.05
        source.set_speed(0.25)
        assert due_frame(source) == 1
        time.now_s += 0.39
        assert due_frame(source) is None
        time.now_s += 0.02
        assert due_frame(source) == 2


def test_at_endless_speed_every_frame_is_due_however_late():
    time = Time()
    source = ListSource(stamps(9), time)
    with source:
        source.set_speed(float("inf"))
        assert [due_frame(source) for _ in range(3)] == [0, 1, 2]
        time.now_s += 100
        assert [due_frame(source) for _ in range(3)] == [3, 4, 5]
        source.set_speed(1.0)
        assert due_frame(source) == 6
        assert due_frame(source) is None


def test_paused_time_does_not_count():
    time = Time()
    source = ListSource(stamps(9), time)
    with source:
        assert due_frame(source) == 0
        source.set_paused(True)
        time.now_s += 50
        assert due_frame(source) is None
        source.set_paused(False)
        assert due_frame(source) is None
        time.now_s += 0.11
        assert due_frame(source) == 1


def test_a_jump_of_the_cameras_clock_is_no_wait():
    time = Time()
    source = ListSource([0, 100, 3_600_000, 5, 105], time)
    with source:
        for expected in range(5):
            assert due_frame(source) == expected
            time.now_s += 0.11


def test_loop_keeps_the_pace_over_the_seam():
    time = Time()
    source = ListSource(stamps(3), time, loop=True)
    with source:
        for expected in (0, 1, 2, 0, 1, 2, 0):
            assert due_frame(source) == expected
            assert due_frame(source) is None
            time.now_s += 0.101


def test_a_frame_knows_how_often_its_source_started_over_even_where_one_was_fetched_ahead():
    time = Time()
    source = ListSource(stamps(3), time, loop=True)
    seen = []
    with source:
        for late_s in (0.0, 0.1, 0.25, 0.1):
            time.now_s += late_s
            frame = source.read(timeout_s=0)
            seen.append((frame.frame_id, frame.restarts))
    assert seen == [(0, 0), (1, 0), (0, 1), (1, 1)]
    with source:
        assert source.read(timeout_s=0).restarts == 2, "opened again"


def test_read_waits_until_the_frame_is_due():
    time = Time(step_s=0.004)  # every look at the clock moves it on: the wait ends without real time
    source = ListSource(stamps(3), time)
    with source:
        assert [read(source).frame_id for _ in range(3)] == [0, 1, 2]
        assert time.now_s >= 1000.2


def test_without_realtime_the_clock_means_nothing():
    source = ListSource([0, 1e7, 5, 1e9], Time(), realtime=False, speed=0.001)
    with source:
        assert [read(source).frame_id for _ in range(4)] == [0, 1, 2, 3]


@pytest.mark.parametrize("speed", [0, -1, float("nan"), float("inf")])
def test_speed_must_be_above_zero(speed: float):
    with pytest.raises(ValueError, match="speed"):
        ListSource([], Time(), speed=speed)


def test_an_empty_source_ends_at_once_even_when_it_loops():
    source = ListSource([], Time(), loop=True)
    with source, pytest.raises(EndOfStream):
        source.read()


def test_the_clock_stands_still_while_paused_and_may_be_paused_twice():
    time = Time()
    clock = Clock(time)
    clock.set_paused(True)
    time.now_s += 1
    clock.set_paused(True)
    assert clock.now_s() == 1000
    time.now_s += 1
    clock.set_paused(False)
    clock.set_paused(False)
    time.now_s += 0.5
    assert clock.now_s() == 1000.5
