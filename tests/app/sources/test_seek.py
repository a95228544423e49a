"""Going to any frame of a recording or folder: exactly that one, as in sequence, also while paused and past the end."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.sources.base import EndOfStream, Source
from app.sources.folder import FolderSource
from app.sources.recording import RecordingSource
from models.core.types import DepthFrame
from tests.app.sources.film import COUNT, Case, image, read, read_all, record, write_folder

pytest.importorskip("rosbags")

PLAYED = ["folder", "bag", "db3", "ros bag", "mcap"]
every_file = pytest.mark.parametrize("case", PLAYED, indirect=True)


def identity(frame: DepthFrame) -> tuple:
    return frame.index, frame.frame_id, round(frame.timestamp_ms, 5), frame.depth_units, frame.raw.tobytes()


@every_file
def test_a_sought_frame_is_the_one_asked_for_and_the_same_as_in_sequence(case: Case):
    info, frames = read_all(case.make(False))
    assert info.is_seekable
    assert [frame.index for frame in frames] == list(range(COUNT))
    rng, source = random.Random(0), case.make(False)
    with source:
        read(source)
        for _ in range(40):
            index = rng.randrange(COUNT)
            source.seek(index)
            assert identity(read(source)) == identity(frames[index])
            for behind in range(index + 1, min(index + 1 + rng.randrange(3), COUNT)):
                assert identity(read(source)) == identity(frames[behind])


@every_file
def test_the_first_read_may_be_of_a_sought_frame(case: Case):
    source = case.make(False)
    with source:
        source.seek(5)
        frame = read(source)
        assert frame.index == 5
        np.testing.assert_array_equal(frame.raw, image(5))


@every_file
def test_seek_and_step_work_while_paused_and_at_the_end(case: Case):
    source = case.make(False)
    with source:
        source.set_paused(True)
        source.seek(3)
        assert read(source).index == 3
        assert source.read(timeout_s=0) is None
        for count, expected in ((1, 4), (-1, 3), (-2, 1), (1, 2)):
            source.step(count)
            assert read(source).index == expected
        source.set_paused(False)
        assert [read(source).index for _ in range(3, COUNT)] == list(range(3, COUNT))
        with pytest.raises(EndOfStream):
            source.read()
        source.step(-1)
        assert read(source).index == COUNT - 2


@every_file
def test_places_outside_of_the_file_are_its_ends(case: Case):
    source = case.make(False)
    with source:
        for index, expected in ((10**9, COUNT - 1), (-5, 0)):
            source.seek(index)
            assert read(source).index == expected
        source.step(-7)
        assert read(source).index == 0


@every_file
def test_seek_works_past_the_loop(case: Case):
    source = case.make(True)
    with source:
        for _ in range(COUNT + 2):
            read(source)
        source.seek(7)
        assert [read(source).index for _ in range(4)] == [7, 8, 0, 1]


@every_file
def test_a_marked_part_is_played_over_and_over(case: Case):
    source = case.make(False)
    with source:
        source.set_part((2, 4))
        source.seek(3)
        assert [read(source).index for _ in range(6)] == [3, 4, 2, 3, 4, 2]
        source.set_part(None)
        assert [read(source).index for _ in range(COUNT - 3)] == list(range(3, COUNT))
        source.set_part((6, 10**6))
        source.seek(COUNT - 1)
        assert [read(source).index for _ in range(2)] == [COUNT - 1, 6]


def folder_source(path: Path) -> Source:
    return FolderSource(write_folder(path / "film"), realtime=False)


def test_a_seek_is_a_new_start_but_a_step_to_the_next_frame_is_none(tmp_path: Path):
    source = folder_source(tmp_path)
    with source:
        read(source)
        source.step(1)
        assert read(source).restarts == 0
        source.seek(5)
        assert read(source).restarts == 1
        assert read(source).restarts == 1
        source.seek(5)
        assert read(source).restarts == 2


def test_only_the_last_of_several_seeks_counts_and_steps_add_up(tmp_path: Path):
    source = folder_source(tmp_path)
    with source:
        read(source)
        source.seek(7)
        source.seek(2)
        source.step(1)
        source.step(1)
        assert read(source).index == 4


def test_a_seek_does_not_outlive_the_source(tmp_path: Path):
    source = folder_source(tmp_path)
    with source:
        source.seek(5)
    with source:
        assert read(source).index == 0


@pytest.mark.parametrize("part", [(-1, 3), (4, 2)])
def test_a_part_has_to_have_frames(tmp_path: Path, part: tuple[int, int]):
    with pytest.raises(ValueError, match="part"):
        folder_source(tmp_path).set_part(part)


@pytest.mark.parametrize("speed", [0, -1, math.nan])
def test_a_speed_is_above_zero(tmp_path: Path, speed: float):
    with pytest.raises(ValueError, match="speed"):
        folder_source(tmp_path).set_speed(speed)


def uneven(path: Path) -> Source:
    """A film whose times and depth units are those of a real camera: uneven, and not of the file's clock."""
    source = FolderSource(write_folder(path / "uneven", units=0.0001), realtime=False)
    load = source.read

    def read_unevenly(timeout_s: float = 5.0) -> DepthFrame | None:
        frame = load(timeout_s)
        assert frame is not None and frame.index is not None
        jitter_ms = 1e6 + frame.timestamp_ms + 3.7 * math.sin(frame.index)
        return DepthFrame(frame.raw, frame.depth_units, frame.camera, 100 + 3 * frame.frame_id, jitter_ms, 0.0)

    source.read = read_unevenly  # type: ignore[method-assign]
    return source


@pytest.mark.parametrize("suffix", ["bag", "db3"])
def test_numbers_times_and_units_are_those_that_the_sdk_gives(tmp_path: Path, suffix: str):
    pytest.importorskip("pyrealsense2")
    path = record(tmp_path / f"film.{suffix}", uneven(tmp_path))
    make: Callable[[], Source] = lambda: RecordingSource(path, realtime=False)  # noqa: E731
    _, frames = read_all(make())
    source = make()
    with source:
        for index in (4, 8, 0, 1, 6):
            source.seek(index)
            frame = read(source)
            assert frame.timestamp_ms == pytest.approx(frames[index].timestamp_ms, abs=1e-3)
            assert (frame.frame_id, frame.depth_units) == (frames[index].frame_id, frames[index].depth_units)
            np.testing.assert_array_equal(frame.raw, frames[index].raw)


def test_frames_without_numbers_of_their_own_keep_those_of_the_first_time(tmp_path: Path):
    pytest.importorskip("pyrealsense2")
    from tests.app.sources.sdk_bag import SdkBag

    path = SdkBag(numbers=[3, 4, 9, 9, 9, 10, 2, 2, 20]).write(tmp_path / "odd.bag")
    source = RecordingSource(path, realtime=False)
    with source:
        numbers = [read(source).frame_id for _ in range(COUNT)]
        for index in (5, 0, 8, 3):
            source.seek(index)
            assert read(source).frame_id == numbers[index]
