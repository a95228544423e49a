"""What a checksum denies is not shown, and it is said which frames that are; without checksums all is as before."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from app.errors import SourceError
from app.sources.checksums import HEAD, pixel_sum, read_checksums, sums_path
from app.sources.reader import recording_reader
from app.sources.recording import RecordingSource
from models.core.types import DepthFrame
from tests.app.sources.film import COUNT, image, read, read_all

pytest.importorskip("pyrealsense2")
pytest.importorskip("rosbags")

BOTH = pytest.mark.parametrize("suffix", [".bag", ".db3"])


@pytest.fixture
def copy(tmp_path: Path, request: pytest.FixtureRequest):
    """`copy(".bag")`: a recording of the film with its checksums, free to be damaged."""

    def make(suffix: str) -> Path:
        path = request.getfixturevalue(f"film_{suffix[1:]}")
        shutil.copy(sums_path(path), tmp_path)
        return Path(shutil.copy(path, tmp_path))

    return make


def forge(path: Path, *numbers: int) -> None:
    """Say of these frames that other pixels were recorded."""
    lines = sums_path(path).read_text().splitlines()
    for number in numbers:
        lines[number + 1] = lines[number + 1].rpartition(",")[0] + ",00000000"
    sums_path(path).write_text("\n".join(lines) + "\n")


def play(path: Path) -> tuple[tuple[str, ...], list[DepthFrame]]:
    info, frames = read_all(RecordingSource(path, realtime=False))
    return info.notes, frames


@BOTH
def test_a_recording_has_a_checksum_of_each_frame(copy, suffix: str):
    path = copy(suffix)
    sums = read_checksums(path)
    assert sums is not None
    assert len(sums) == COUNT
    assert [sums.of(number) for number in range(COUNT)] == [pixel_sum(image(number)) for number in range(COUNT)]
    notes, frames = play(path)
    assert notes == ()
    assert not any(frame.is_damaged for frame in frames)


@BOTH
def test_frames_that_a_checksum_denies_are_empty_and_marked(copy, suffix: str):
    path = copy(suffix)
    forge(path, 0, 3, 4)
    _, frames = play(path)
    assert [frame.frame_id for frame in frames if frame.is_damaged] == [0, 3, 4]
    for frame in frames:
        np.testing.assert_array_equal(frame.raw, 0 if frame.is_damaged else image(frame.frame_id))


@BOTH
def test_it_is_so_after_a_seek_and_through_the_reader_process_too(copy, suffix: str):
    path = copy(suffix)
    forge(path, 5)
    source = recording_reader(path, False, 1.0, False, None)
    with source:
        for index, is_damaged in ((5, True), (2, False), (5, True)):
            source.seek(index)
            frame = read(source)
            assert (frame.index, frame.is_damaged) == (index, is_damaged)


def test_pixels_that_were_changed_in_the_file_are_found(copy):
    path = copy(".db3")
    with closing(sqlite3.connect(path)) as database, database:
        where = "JOIN topics ON topics.id = topic_id WHERE name LIKE '%image/data%' ORDER BY timestamp"
        rows = database.execute(f"SELECT messages.id, data FROM messages {where}").fetchall()
        for number in (2, 6):
            row, data = rows[number]
            changed = bytearray(data)
            changed[len(data) // 2] ^= 0x10
            database.execute("UPDATE messages SET data = ? WHERE id = ?", (bytes(changed), row))
    _, frames = play(path)
    assert [frame.frame_id for frame in frames] == list(range(COUNT))
    assert [frame.frame_id for frame in frames if frame.is_damaged] == [2, 6]
    sums_path(path).unlink()
    with pytest.raises(SourceError, match="frame 2 is"):
        play(path)


@BOTH
def test_frames_that_are_missing_are_counted(copy, suffix: str):
    path = copy(suffix)
    with sums_path(path).open("a") as file:
        file.write("9,300.000,00000000\n10,333.333,00000000\n")
    notes, frames = play(path)
    assert notes == (f"2 of {COUNT + 2} frames are missing: the recording is cut short",)
    assert len(frames) == COUNT


@BOTH
@pytest.mark.parametrize("beside", [f"{HEAD}\n", f"{HEAD}\n0,\xff"])
def test_checksums_that_were_broken_off_at_once_are_as_none(copy, suffix: str, beside: str):
    path = copy(suffix)
    sums_path(path).write_bytes(beside.encode("latin-1"))
    notes, frames = play(path)
    assert notes == ()
    assert not any(frame.is_damaged for frame in frames)


@BOTH
@pytest.mark.parametrize("beside", ["", "something else\n", f"{HEAD}\n0,77.000,00000000\n"])
def test_checksums_of_something_else_are_not_used(copy, suffix: str, beside: str):
    path = copy(suffix)
    sums_path(path).write_bytes(beside.encode("latin-1"))
    notes, frames = play(path)
    assert len(notes) == 1
    assert notes[0].startswith("frames are not checked: ")
    assert not any(frame.is_damaged for frame in frames)


@BOTH
def test_a_torn_line_leaves_the_others(copy, suffix: str):
    path = copy(suffix)
    sums_path(path).write_bytes(sums_path(path).read_bytes()[:-4])
    sums = read_checksums(path)
    assert sums is not None
    assert (len(sums), sums.of(COUNT - 1)) == (COUNT - 1, None)


@BOTH
def test_without_checksums_all_is_as_before(copy, suffix: str):
    path = copy(suffix)
    sums_path(path).unlink()
    notes, frames = play(path)
    assert notes == ()
    assert len(frames) == COUNT
