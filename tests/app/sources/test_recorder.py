"""What is recorded comes back."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from app.errors import ExportError
from app.sources import db3_writer
from app.sources.base import SourceInfo
from app.sources.folder import FolderSource
from app.sources.recorder import Recorder, is_our_recording
from app.sources.recording import RecordingSource
from models.core.types import Camera, DepthFrame
from models.outputs import take_place
from tests.app.sources.film import CAMERA, COUNT, FPS, image, pose, read, read_all, record, write_folder

pyrealsense2 = pytest.importorskip("pyrealsense2")
pytest.importorskip("rosbags")

FORMATS = pytest.mark.parametrize("suffix", [".bag", ".db3"])
INFO = SourceInfo("camera", "Camera 1", True, FPS, CAMERA, 0.0001)
ROOT = Path(__file__).resolve().parents[3]


def frame(number: int, timestamp_ms: float | None = None, raw: np.ndarray | None = None) -> DepthFrame:
    stamp_ms = 1000 * number / FPS if timestamp_ms is None else timestamp_ms
    return DepthFrame(image(number) if raw is None else raw, INFO.depth_units, CAMERA, number, stamp_ms, 0.0)


def write(path: Path, frames: list[DepthFrame], info: SourceInfo = INFO) -> None:
    recorder = Recorder(path, info)
    for each in frames:
        recorder.write(each)
    recorder.close()


def export_error(path: Path, info: SourceInfo = INFO) -> str:
    with pytest.raises(ExportError) as caught:
        write(path, [frame(0)], info)
    message = str(caught.value)
    assert "\n" not in message
    assert path.name in message
    return message


def test_folder_to_bag_to_db3_loses_nothing(tmp_path: Path):
    folder_source = FolderSource(write_folder(tmp_path / "f"), realtime=False)
    bag_source = RecordingSource(record(tmp_path / "a.bag", folder_source), realtime=False)
    db3_source = RecordingSource(record(tmp_path / "b.db3", bag_source), realtime=False)
    (first, wanted), *others = (read_all(source) for source in (folder_source, bag_source, db3_source))
    for info, frames in others:
        assert (info.camera, info.depth_units, info.fps) == (first.camera, first.depth_units, first.fps)
        assert info.frame_count == COUNT
        assert [f.frame_id for f in frames] == [f.frame_id for f in wanted]
        np.testing.assert_allclose([f.timestamp_ms for f in frames], [f.timestamp_ms for f in wanted], atol=1e-5)
        for got, want in zip(frames, wanted):
            np.testing.assert_array_equal(got.raw, want.raw)


@FORMATS
def test_noise_large_numbers_and_odd_cameras_survive(tmp_path: Path, suffix: str):
    camera = Camera(width=85, height=37, fx=475.066, fy=475.067, ppx=315.945, ppy=-2.5)
    info = replace(INFO, camera=camera, fps=15.0, depth_units=0.00025)
    rng = np.random.default_rng(3)
    numbers, start_ms = (7, 8, 11, 500_000, 2_000_000_000), 1_760_000_000_123.25
    frames = [
        DepthFrame(
            rng.integers(0, 65536, camera.shape).astype(np.uint16), 0.00025, camera, number, start_ms + 66.6 * at, 0.0
        )
        for at, number in enumerate(numbers)
    ]
    write(tmp_path / f"a{suffix}", frames, info)
    got_info, got = read_all(RecordingSource(tmp_path / f"a{suffix}", realtime=False))
    assert (got_info.camera, got_info.depth_units, got_info.fps) == (camera, 0.00025, 15.0)
    assert [f.frame_id for f in got] == list(numbers)
    np.testing.assert_allclose([f.timestamp_ms for f in got], [f.timestamp_ms for f in frames], rtol=0, atol=1e-3)
    for one, other in zip(got, frames):
        np.testing.assert_array_equal(one.raw, other.raw)


@FORMATS
def test_a_long_recording_keeps_every_frame(tmp_path: Path, suffix: str):
    # Longer than the queue to the disk and than the time between two checkpoints.
    write(tmp_path / f"a{suffix}", [frame(number) for number in range(150)])
    _, frames = read_all(RecordingSource(tmp_path / f"a{suffix}", realtime=False))
    assert [f.frame_id for f in frames] == list(range(150))


@FORMATS
def test_a_source_that_starts_over_can_be_recorded(tmp_path: Path, suffix: str):
    info = replace(INFO, ground_truth={number: (pose(number),) for number in range(3)})
    write(tmp_path / f"a{suffix}", [frame(number) for number in (0, 1, 2, 0, 1, 2)], info)
    got, frames = read_all(RecordingSource(tmp_path / f"a{suffix}", realtime=False))
    # Each frame is one of its own, with its own truth.
    assert [f.frame_id for f in frames] == list(range(6))
    for number, (truth,) in got.ground_truth.items():
        np.testing.assert_allclose(truth.joints_cam_m, pose(number % 3).joints_cam_m, atol=1e-6)
    assert len(got.ground_truth) == 6


@FORMATS
def test_the_truth_of_both_hands_comes_back(tmp_path: Path, suffix: str):
    other = replace(pose(1), hand="left")
    write(tmp_path / f"a{suffix}", [frame(0), frame(1)], replace(INFO, ground_truth={1: (pose(1), other)}))
    got, _ = read_all(RecordingSource(tmp_path / f"a{suffix}", realtime=False))
    assert {number: [truth.hand for truth in truths] for number, truths in got.ground_truth.items()} == {
        1: ["right", "left"]
    }


@FORMATS
def test_units_that_change_come_back(tmp_path: Path, suffix: str):
    frames = [replace(frame(number), depth_units=0.0001 if number < 2 else 0.001) for number in range(4)]
    write(tmp_path / f"a{suffix}", frames)
    _, got = read_all(RecordingSource(tmp_path / f"a{suffix}", realtime=False))
    assert [f.depth_units for f in got] == [0.0001, 0.0001, 0.001, 0.001]


@FORMATS
def test_the_file_lasts_as_long_as_its_frames_did(tmp_path: Path, suffix: str):
    path = tmp_path / f"a{suffix}"
    write(path, [frame(number, 5000.0 + 250 * number) for number in range(5)])
    playback = pyrealsense2.context().load_device(str(path)).as_playback()
    assert playback.get_duration().total_seconds() == pytest.approx(1.0, abs=0.1)
    assert len(read_all(RecordingSource(path, realtime=False))[1]) == 5


@FORMATS
def test_an_older_recording_is_replaced_and_folders_are_made(tmp_path: Path, suffix: str):
    path = tmp_path / "new" / "folder" / f"a{suffix}"
    write(path, [frame(number) for number in range(5)])
    write(path, [frame(number) for number in range(2)])
    assert len(read_all(RecordingSource(path, realtime=False))[1]) == 2


@FORMATS
def test_what_is_recorded_stays_readable_when_the_program_dies(tmp_path: Path, suffix: str):
    path = tmp_path / f"a{suffix}"
    program = f"""
import os, time
from pathlib import Path
from app.sources.recorder import Recorder
from tests.app.sources.test_recorder import INFO, frame
recorder = Recorder(Path({str(path)!r}), INFO)
for number in range(200):
    recorder.write(frame(number))
if {suffix!r} == ".db3":
    time.sleep(1)
os._exit(9)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=120, check=False
    )
    assert done.returncode == 9
    (left,) = tmp_path.glob(f"a.part-*{suffix}")
    source = RecordingSource(left, realtime=False)
    with source as info:
        assert info.frame_count is not None
        assert info.frame_count == 200, "what was written a second ago is kept"
        assert [read(source).frame_id for _ in range(info.frame_count)] == list(range(info.frame_count))


def test_a_write_that_was_cut_short_is_taken_back(tmp_path: Path, film_db3: Path):
    # What a recorder leaves that dies within a transaction: changed pages, and the journal that knows the old ones.
    shutil.copy(film_db3, tmp_path / "a.db3")
    with closing(sqlite3.connect(tmp_path / "a.db3", isolation_level=None)) as database:
        database.execute("PRAGMA cache_size = 2")
        database.execute("BEGIN")
        database.execute("UPDATE messages SET data = zeroblob(3000)")
        for name in ("a.db3", "a.db3-journal"):
            shutil.copy(tmp_path / name, tmp_path / name.replace("a.", "b."))
        database.execute("ROLLBACK")
    assert (tmp_path / "b.db3").read_bytes() != film_db3.read_bytes()
    _, frames = read_all(RecordingSource(tmp_path / "b.db3", realtime=False))
    assert [f.frame_id for f in frames] == list(range(COUNT))
    np.testing.assert_array_equal(frames[-1].raw, image(COUNT - 1))


@FORMATS
def test_times_that_are_none_are_recorded_all_the_same(tmp_path: Path, suffix: str):
    stamps_ms = [float("nan"), 1000.0, float("inf"), 1100.0, -float("inf"), 1e300, 1150.0, 2e12, 1200.0, 0.0]
    write(tmp_path / f"a{suffix}", [frame(number, stamp_ms) for number, stamp_ms in enumerate(stamps_ms)])
    _, frames = read_all(RecordingSource(tmp_path / f"a{suffix}", realtime=False))
    assert [f.frame_id for f in frames] == list(range(len(stamps_ms)))
    known = [f.timestamp_ms for f in frames if f.timestamp_ms]
    assert known == pytest.approx([1000.0, 1100.0, 1150.0, 2e12, 1200.0])


@pytest.mark.parametrize("lost", [None, 2])
def test_a_db3_keeps_the_times_of_its_frames_when_one_was_pushed_and_not_noted(tmp_path: Path, lost: int | None):
    path = tmp_path / "a.db3"
    recorder = Recorder(path, INFO)
    source = recorder._writer._source  # type: ignore[union-attr]
    push = source.push

    def interrupted(raw, number, *rest) -> None:
        if number != lost:
            push(raw, number, *rest)
        if number == 3:
            raise KeyboardInterrupt

    source.push = interrupted  # type: ignore[method-assign]
    for number in range(3):
        recorder.write(frame(number, 5000.0 + 250 * number))
    with pytest.raises(KeyboardInterrupt):
        recorder.write(frame(3, 5750.0))
    recorder._written -= lost is not None  # type: ignore[operator]
    recorder.close()
    with closing(sqlite3.connect(path)) as database:
        times = database.execute(
            "SELECT timestamp FROM messages WHERE topic_id IN (SELECT id FROM topics WHERE name LIKE '%image/data%')"
        ).fetchall()
    steps_ns = np.diff([time_ns for (time_ns,) in times])
    assert steps_ns.tolist() == ([250_000_000] * 3 if lost is None else [250_000_000, 500_000_000])


@FORMATS
def test_closing_twice_is_fine_and_writing_afterwards_is_not(tmp_path: Path, suffix: str):
    recorder = Recorder(tmp_path / f"a{suffix}", INFO)
    recorder.write(frame(0))
    recorder.close()
    recorder.close()
    with pytest.raises(ExportError, match="closed already"):
        recorder.write(frame(1))


@FORMATS
def test_a_frame_of_another_size_is_refused(tmp_path: Path, suffix: str):
    recorder = Recorder(tmp_path / f"a{suffix}", INFO)
    small = Camera(8, 6, 8, 8, 4, 3)
    with pytest.raises(ValueError, match="expected"):
        recorder.write(DepthFrame(np.zeros((6, 8), np.uint16), 0.001, small, 0, 0.0, 0.0))
    recorder.close()


@FORMATS
def test_the_file_that_is_being_played_is_not_overwritten(tmp_path: Path, suffix: str):
    path = tmp_path / f"a{suffix}"
    write(path, [frame(0)])
    assert "being played" in export_error(path, replace(INFO, path=path))
    assert len(read_all(RecordingSource(path, realtime=False))[1]) == 1


@FORMATS
def test_a_recording_knows_who_wrote_it(tmp_path: Path, suffix: str):
    write(tmp_path / f"a{suffix}", [frame(0)])
    assert is_our_recording(tmp_path / f"a{suffix}")
    (tmp_path / f"b{suffix}").write_bytes(b"SQLite format 3\x00#ROSBAG V2.0\n")
    assert not is_our_recording(tmp_path / f"b{suffix}")


@FORMATS
def test_the_older_recording_stays_until_the_new_one_is_whole(tmp_path: Path, suffix: str):
    path = tmp_path / f"a{suffix}"
    write(path, [frame(0)])
    before = path.read_bytes()
    recorder = Recorder(path, INFO)
    recorder.write(frame(1))
    assert path.read_bytes() == before
    recorder.close()
    assert [f.frame_id for f in read_all(RecordingSource(path, realtime=False))[1]] == [1]
    assert sorted(left.name for left in tmp_path.iterdir()) == [path.name, f"{path.name}.sums"]


def test_the_truth_of_what_is_played_is_not_replaced(tmp_path: Path):
    write(tmp_path / "a.bag", [frame(0)])
    (tmp_path / "a.joints.csv").write_text("truth")
    assert "being played" in export_error(tmp_path / "a.db3", replace(INFO, path=tmp_path / "a.bag"))
    assert (tmp_path / "a.joints.csv").read_text() == "truth"


@FORMATS
def test_a_path_that_cannot_be_written_is_an_error(tmp_path: Path, suffix: str):
    (tmp_path / "file").write_text("in the way")
    export_error(tmp_path / "file" / f"a{suffix}")
    (tmp_path / f"folder{suffix}").mkdir()
    assert "directory" in export_error(tmp_path / f"folder{suffix}")


@pytest.mark.parametrize("name", ["a.mp4", "a", "bag"])
def test_other_endings_are_refused(tmp_path: Path, name: str):
    assert ".bag or .db3" in export_error(tmp_path / name)
    assert not (tmp_path / name).exists()


def test_stronger_compression_makes_smaller_bags_of_the_same_frames(tmp_path: Path):
    for level in (0, 9):
        recorder = Recorder(tmp_path / f"{level}.bag", INFO, compression_level=level)
        for number in range(30):
            recorder.write(frame(number))
        recorder.close()
    assert (tmp_path / "9.bag").stat().st_size < (tmp_path / "0.bag").stat().st_size
    loose, tight = (read_all(RecordingSource(tmp_path / f"{level}.bag", realtime=False))[1] for level in (0, 9))
    assert all((a.raw == b.raw).all() for a, b in zip(loose, tight))


@FORMATS
def test_what_was_recorded_before_an_error_stays_and_the_error_says_where(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
):
    recorder = Recorder(tmp_path / f"a{suffix}", INFO)
    for number in range(3):
        recorder.write(frame(number))

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(recorder._writer, "write", fail)
    with pytest.raises(ExportError) as caught:
        recorder.write(frame(3))
    recorder.close()
    (part,) = tmp_path.glob(f"a.part-*{suffix}")
    assert "No space left on device" in str(caught.value) and part.name in str(caught.value)
    info, frames = read_all(RecordingSource(part, realtime=False))
    assert (len(frames), info.notes) == (3, ())


@FORMATS
def test_a_recording_whose_folder_goes_ends_with_the_next_frame(tmp_path: Path, suffix: str):
    folder = tmp_path / "folder"
    recorder = Recorder(folder / f"a{suffix}", INFO)
    recorder.write(frame(0))
    folder.rename(tmp_path / "moved")
    with pytest.raises(ExportError, match="removed or moved while it was written"):
        recorder.write(frame(1))
    recorder.close()
    (part,) = (tmp_path / "moved").glob(f"a.part-*{suffix}")
    assert read_all(RecordingSource(part, realtime=False))[1]


def test_a_db3_on_a_full_disk_ends_with_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The SDK says nothing: frames wait in its memory."""
    recorder = Recorder(tmp_path / "a.db3", INFO)
    monkeypatch.setattr(db3_writer, "DB3_LAG_S", 0.0)
    monkeypatch.setattr(recorder._writer, "_written", lambda: 0)
    monkeypatch.setattr(db3_writer.shutil, "disk_usage", lambda path: SimpleNamespace(free=0))
    with pytest.raises(ExportError, match="No space left on device"):
        recorder.write(frame(0))
    recorder.close()


@FORMATS
def test_a_place_that_cannot_be_opened_is_left_empty(tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch):
    def fail(path: Path, *_: object) -> None:
        path.write_bytes(b"half a head")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("app.sources.bag_writer.BagWriter", fail)
    monkeypatch.setattr("app.sources.recorder.Db3Writer", fail)
    assert "No space left" in export_error(tmp_path / f"a{suffix}")
    assert not list(tmp_path.iterdir())


@FORMATS
def test_the_truth_of_an_older_recording_never_lies_beside_a_newer_one(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
):
    """Wherever the program is killed: here after the recording has taken its place."""
    path = tmp_path / f"a{suffix}"
    truth = {number: (pose(number),) for number in range(2)}
    write(path, [frame(0)], replace(INFO, ground_truth=truth))

    def die(part: Path, place: Path) -> None:
        take_place(part, place)
        raise KeyboardInterrupt

    monkeypatch.setattr("app.sources.recorder.take_place", die)
    with pytest.raises(KeyboardInterrupt):
        write(path, [frame(1)], replace(INFO, ground_truth=truth))
    info, frames = read_all(RecordingSource(path, realtime=False))
    assert [one.raw.tobytes() for one in frames] == [image(1).tobytes()]
    assert not info.ground_truth and not info.notes
