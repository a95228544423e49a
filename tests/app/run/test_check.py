"""`--check`: what is whole is said to be, what is damaged comes back as far as it can, and the file itself stays."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from app.errors import AppError
from app.run.check import check_file
from app.run.poses import open_pose_writer
from app.sources.checksums import sums_path
from app.sources.recording import RecordingSource
from models.data.pose_csv import read_poses
from tests.app.fakes import hand_frame, pose, result_of
from tests.app.sources.conftest import film_bag, film_db3, film_folder
from tests.app.sources.film import COUNT, image, read_all
from tests.app.sources.test_checksums import forge

pytest.importorskip("pyrealsense2")
pytest.importorskip("rosbags")

__all__ = ["film_bag", "film_db3", "film_folder"]  # fixtures

ROWS = 5


@pytest.fixture
def film(tmp_path: Path, request: pytest.FixtureRequest):
    """`film(".bag")`: a recording that may be damaged, with or without its checksums."""

    def make(suffix: str, sums: bool = True) -> Path:
        path = request.getfixturevalue(f"film_{suffix[1:]}")
        if sums:
            shutil.copy(sums_path(path), tmp_path)
        return Path(shutil.copy(path, tmp_path))

    return make


def repaired(path: Path) -> list[int]:
    """The frames of what is left, each as it was."""
    before = path.read_bytes()
    result = check_file(path)
    assert result.problem
    assert path.read_bytes() == before, "the file itself stays"
    assert result.repaired is not None
    assert result.repaired != path
    _, frames = read_all(RecordingSource(result.repaired, realtime=False))
    for frame in frames:
        assert not frame.is_damaged
        np.testing.assert_array_equal(frame.raw, image(frame.frame_id))
    assert not list(path.parent.glob("*.part-*")), "nothing is left beside it"
    return [frame.frame_id for frame in frames]


@pytest.mark.parametrize("sums", [True, False])
@pytest.mark.parametrize("suffix", [".bag", ".db3"])
def test_a_whole_recording_is_whole(film, suffix: str, sums: bool):
    path = film(suffix, sums)
    result = check_file(path)
    assert (result.problem, result.repaired) == ("", None)
    assert f"{COUNT} of {COUNT}" in result.lines[0]
    assert ("compared" in result.lines[1]) == sums
    assert "whole" in result.verdict


def test_an_index_that_is_gone_is_built_again(film):
    path = film(".bag")
    content = bytearray(path.read_bytes())
    at = content.index(b"index_pos=") + len("index_pos=")
    content[at : at + 8] = bytes(8)
    path.write_bytes(content)
    assert repaired(path) == list(range(COUNT))


def chunks_of(content: bytes) -> list[int]:
    """Where the chunks of a .bag begin, about; each holds a frame."""
    return [at for at in range(len(content)) if content[at : at + 8] == b"\x04\x00\x00\x00op=\x05"]


@pytest.mark.parametrize("kept", [8, 5, 1])
def test_a_torn_end_is_dropped(film, kept: int):
    path = film(".bag", sums=False)
    content = path.read_bytes()
    path.write_bytes(content[: chunks_of(content)[kept] + 40])
    assert repaired(path) == list(range(kept))


def test_a_damaged_chunk_costs_its_own_frame_only(film):
    path = film(".bag", sums=False)
    content = bytearray(path.read_bytes())
    at = chunks_of(content)[4] + 90
    content[at : at + 30] = bytes(30)
    path.write_bytes(content)
    assert repaired(path) == [number for number in range(COUNT) if number != 4]


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM messages WHERE topic_id IN (SELECT id FROM topics WHERE name LIKE '%Depth_Units/value')",
        "DELETE FROM messages WHERE topic_id IN (SELECT id FROM topics WHERE name LIKE '%/Depth_0/info')",
        "UPDATE messages SET timestamp = 4611686018427387904 WHERE id = 3",
    ],
)
def test_rows_that_the_sdk_waits_for_are_put_right(film, damage: str):
    path = film(".db3")
    with closing(sqlite3.connect(path)) as database, database:
        assert database.execute(damage).rowcount == 1
    assert repaired(path) == list(range(COUNT))


def test_a_truncated_database_gives_what_it_has(film):
    path = film(".db3", sums=False)
    content = path.read_bytes()
    path.write_bytes(content[:-8192])
    frames = repaired(path)
    assert frames
    assert sorted(set(frames)) == frames


def test_frames_that_a_checksum_denies_are_named_and_stay_marked(film):
    path = film(".bag")
    forge(path, 2, 3)
    result = check_file(path)
    assert result.problem == "2 of its frames are damaged"
    assert "2 of them damaged: 2-3" in "\n".join(result.lines)


def test_rubbish_is_said_to_be_beyond_repair(tmp_path: Path):
    path = tmp_path / "a.bag"
    path.write_bytes(b"#ROSBAG V2.0\n" + bytes(range(256)) * 40)
    result = check_file(path)
    assert result.problem
    assert result.repaired is None
    assert "nothing of it can be repaired" in result.verdict
    assert [left.name for left in tmp_path.iterdir()] == ["a.bag"]


def test_what_is_not_there_is_an_error(tmp_path: Path):
    with pytest.raises(AppError, match="does not exist"):
        check_file(tmp_path / "missing.bag")


def poses_of(path: Path) -> Path:
    """An export of ROWS frames."""
    writer = open_pose_writer(path)
    for number in range(ROWS):
        writer.write(result_of(hand_frame(frame_id=number), pose() if number % 2 else None))
    writer.close()
    return path


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".npz"])
def test_whole_poses_are_whole(tmp_path: Path, suffix: str):
    result = check_file(poses_of(tmp_path / f"a{suffix}"))
    assert (result.lines, result.problem) == ((f"rows     {ROWS} whole, 0 broken",), "")


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_a_torn_row_is_dropped(tmp_path: Path, suffix: str):
    path = poses_of(tmp_path / f"a{suffix}")
    path.write_bytes(path.read_bytes()[:-20])
    result = check_file(path)
    assert result.lines == (f"rows     {ROWS - 1} whole, 1 broken",)
    assert result.repaired == tmp_path / f"a.repaired{suffix}"
    assert check_file(result.repaired).problem == ""
    if suffix == ".csv":
        assert list(read_poses(result.repaired)) == [1, 3]
    assert check_file(path).repaired == tmp_path / f"a.repaired-2{suffix}"


def test_the_rows_of_an_export_that_was_killed_become_its_archive(tmp_path: Path):
    whole = poses_of(tmp_path / "whole.npz")
    writer = open_pose_writer(tmp_path / "a.npz")
    for number in range(ROWS):
        writer.write(result_of(hand_frame(frame_id=number), pose() if number % 2 else None))
    (rows,) = tmp_path.glob("a.part-*.jsonl")
    rows.write_bytes(rows.read_bytes() + b'{"frame": 5, "time')
    result = check_file(rows)
    assert result.repaired == tmp_path / "a.npz"
    with np.load(result.repaired) as one, np.load(whole) as other:
        assert one.files == other.files
        for name in one.files:
            np.testing.assert_array_equal(one[name], other[name])
    writer.close()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"frame,b\n1,2\n", json.dumps({"a": 1}).encode()])
@pytest.mark.parametrize("suffix", [".csv", ".npz"])
def test_other_files_are_no_poses(tmp_path: Path, suffix: str, content: bytes):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    assert check_file(path).problem


def test_the_command_says_it_in_lines_and_by_its_status(film, run_main):
    path = film(".bag")
    whole = run_main("--no-setup", "--check", path)
    assert (whole.returncode, whole.stderr) == (0, "")
    assert whole.stdout.splitlines()[-1] == f"{path}: is whole"
    forge(path, 1)
    damaged = run_main("--no-setup", "--check", path)
    assert damaged.returncode == 1
    assert "1 of its frames are damaged" in damaged.stderr
    assert len(damaged.stderr.splitlines()) == 1
