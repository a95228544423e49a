"""What every source of frames promises."""

from __future__ import annotations

import numpy as np
import pytest

from app.errors import SourceLostError
from app.sources.base import EndOfStream
from models.core.types import DepthFrame
from tests.app.sources.film import CAMERA, COUNT, FPS, Case, FakeSdk, image, in_thread, read


def test_info_describes_the_stream(case: Case):
    with case.make(False) as info:
        assert info.kind == case.kind
        assert info.camera == CAMERA
        assert info.depth_units == case.units
        assert info.fps == FPS
        assert info.is_live != case.played
        assert info.frame_count == (COUNT if case.played else None)
        assert "\n" not in info.label
        assert info.label


def test_every_frame_comes_once_in_order_and_unchanged(case: Case):
    source = case.make(False)
    with source:
        frames = [read(source) for _ in range(COUNT)]
    assert [frame.frame_id for frame in frames] == list(range(case.first_id, case.first_id + COUNT))
    for index, frame in enumerate(frames):
        np.testing.assert_array_equal(frame.raw, image(index))
        assert frame.raw.dtype == np.uint16
        assert not frame.raw.flags.writeable
        assert (frame.camera, frame.depth_units) == (CAMERA, case.units)


def test_timestamps_follow_the_frame_rate_and_arrivals_never_run_backwards(case: Case):
    source = case.make(False)
    with source:
        frames = [read(source) for _ in range(COUNT)]
    np.testing.assert_allclose(np.diff([frame.timestamp_ms for frame in frames]), 1000 / FPS, atol=1e-3)
    assert (np.diff([frame.arrival_s for frame in frames]) >= 0).all()


def test_the_end_is_reported_every_time(case: Case):
    source = case.make(False)
    with source:
        for _ in range(COUNT):
            read(source)
        for _ in range(2):
            with pytest.raises(EndOfStream if case.played else SourceLostError):
                source.read(timeout_s=0.2)


def test_a_closed_source_has_ended_and_may_be_closed_again(case: Case):
    source = case.make(False)
    source.close()
    with pytest.raises(EndOfStream):
        source.read()
    source.open()
    read(source)
    source.close()
    source.close()
    with pytest.raises(EndOfStream):
        source.read()


def test_opening_again_starts_over(case: Case):
    source = case.make(False)
    for _ in range(2):
        with source:
            assert [read(source).frame_id - case.first_id for _ in range(3)] == [0, 1, 2]
    source.open()
    read(source)
    source.open()
    assert read(source).frame_id == case.first_id
    source.close()


def test_close_from_another_thread_ends_a_read_that_waits(case: Case, request: pytest.FixtureRequest):
    source = case.make(False)
    source.open()
    if case.played:
        source.set_paused(True)
    else:
        for _ in range(COUNT):
            read(source)
    thread, errors = in_thread(lambda: source.read(timeout_s=60))
    if not case.played:
        sdk: FakeSdk = request.getfixturevalue("fake_sdk")
        assert sdk.silent.wait(10)
    source.close()
    thread.join(10)
    assert not thread.is_alive()
    assert [type(error) for error in errors] == [EndOfStream]


def test_pause_holds_and_loses_nothing(case: Case):
    source = case.make(False)
    with source:
        read(source)
        source.set_paused(True)
        if not case.played:
            assert not source.is_paused
            return
        assert source.is_paused
        assert source.read(timeout_s=0) is None
        assert source.read(timeout_s=0.05) is None
        source.set_paused(False)
        assert read(source).frame_id == 1


@pytest.mark.parametrize("case", ["folder", "bag", "db3", "read bag", "ros bag", "mcap", "simulator"], indirect=True)
def test_resuming_from_another_thread_wakes_a_read_that_waits(case: Case):
    source = case.make(False)
    with source:
        source.set_paused(True)
        got: list[DepthFrame | None] = []
        thread, errors = in_thread(lambda: got.append(source.read(timeout_s=60)))
        source.set_paused(False)
        thread.join(10)
        assert not errors
        assert got[0] is not None
        assert got[0].frame_id == 0


@pytest.mark.parametrize("case", ["folder", "bag", "db3", "read bag", "ros bag", "mcap"], indirect=True)
def test_loop_starts_over_with_the_frame_numbers(case: Case):
    source = case.make(True)
    with source:
        frames = [read(source) for _ in range(2 * COUNT + 1)]
    assert [frame.frame_id for frame in frames] == [*range(COUNT), *range(COUNT), 0]
    assert [frame.restarts for frame in frames] == [0] * COUNT + [1] * COUNT + [2]


def test_loop_may_be_set_and_taken_back_while_playing(case: Case):
    source = case.make(False)
    with source:
        ids = [read(source).frame_id - case.first_id]
        source.set_loop(True)
        if case.played:
            ids += [read(source).frame_id for _ in range(COUNT)]
            assert ids == [*range(COUNT), 0]
            source.set_loop(False)
        for _ in range(COUNT - 1):
            read(source)
        with pytest.raises(EndOfStream if case.played else SourceLostError):
            source.read(timeout_s=0.2)
