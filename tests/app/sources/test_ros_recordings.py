"""ROS's own recordings are played as they are, or one line says why not."""

from __future__ import annotations

import math
import shutil
import sqlite3
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.errors import SourceError
from app.sources import make_source
from tests.app.sources.film import CAMERA, COUNT, FPS, image, read_all

pytest.importorskip("rosbags")

from tests.app.sources.ros_film import KINDS, TOPIC, RosFilm  # noqa: E402

ALIGNED = "/camera/aligned_depth_to_color/image_raw"


def play(spec: object):
    return read_all(make_source(str(spec), realtime=False))


def error_of(spec: object) -> str:
    with pytest.raises(SourceError) as caught:
        play(spec)
    message = str(caught.value)
    assert "\n" not in message
    return message


def assert_is_the_film(frames) -> None:
    assert [frame.frame_id for frame in frames] == list(range(COUNT))
    for index, frame in enumerate(frames):
        np.testing.assert_array_equal(frame.raw, image(index))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_file_is_played(tmp_path: Path, kind: str):
    info, frames = play(RosFilm().write(tmp_path, kind))
    assert_is_the_film(frames)
    assert (info.kind, info.camera, info.depth_units, info.frame_count) == ("recording", CAMERA, 0.001, COUNT)
    assert info.fps == pytest.approx(FPS, abs=0.01)
    np.testing.assert_allclose(np.diff([frame.timestamp_ms for frame in frames]), 1000 / FPS, atol=0.01)


@pytest.mark.parametrize(
    "film",
    [
        RosFilm(encoding="mono16"),
        RosFilm(encoding="16UC1", big_endian=True),
        RosFilm(encoding="16UC1", padding=6),
        RosFilm(encoding="compressedDepth", topics=(f"{TOPIC}/compressedDepth",)),
        RosFilm(encoding="32FC1", units=0.0001),
        RosFilm(stamped=False),
    ],
    ids=["mono16", "big endian", "padded rows", "compressed", "metres", "without stamps"],
)
@pytest.mark.parametrize("kind", ["bag", "mcap"])
def test_every_kind_of_depth_image_is_read(tmp_path: Path, film: RosFilm, kind: str):
    info, frames = play(film.write(tmp_path, kind))
    assert_is_the_film(frames)
    assert info.depth_units == (0.0001 if film.encoding == "32FC1" else 0.001)
    np.testing.assert_allclose(np.diff([frame.timestamp_ms for frame in frames]), 1000 / FPS, atol=0.01)


@pytest.mark.parametrize("kind", ["bag", "db3"])
def test_of_several_depth_topics_one_is_chosen(tmp_path: Path, kind: str):
    path = RosFilm(topics=(TOPIC, ALIGNED)).write(tmp_path, kind)
    message = error_of(path)
    assert f"{path}#" in message
    assert all(topic in message for topic in (TOPIC, ALIGNED))
    for topic in (ALIGNED, ALIGNED.removeprefix("/")):
        info, frames = play(f"{path}#{topic}")
        assert_is_the_film(frames)
        assert info.label == f"{path.name}#{topic}"
    assert TOPIC in error_of(f"{path}#/camera/color/image_raw")


def test_a_topic_of_anything_else_than_a_recording_does_not_exist(tmp_path: Path):
    (tmp_path / "images").mkdir()
    assert "does not exist" in error_of(f"{tmp_path / 'images'}#{TOPIC}")
    assert "does not exist" in error_of(f"{tmp_path / 'gone.bag'}#{TOPIC}")


def test_a_name_with_a_hash_is_a_name(tmp_path: Path):
    path = RosFilm().write(tmp_path, "bag")
    named = path.rename(tmp_path / "take#2.bag")
    assert_is_the_film(play(named)[1])
    assert_is_the_film(play(f"{named}#{TOPIC}")[1])
    moved = RosFilm().write(tmp_path, "db3").rename(tmp_path / "take#3.db3")
    assert "rename it" in error_of(moved)


def test_images_that_are_no_depth_are_named(tmp_path: Path):
    message = error_of(RosFilm(encoding="rgb8", topics=("/camera/color/image_raw",)).write(tmp_path, "bag"))
    assert "holds no depth images" in message
    assert "/camera/color/image_raw (rgb8)" in message


def test_depth_without_a_camera_says_what_to_record(tmp_path: Path):
    message = error_of(RosFilm(without_camera=(TOPIC,)).write(tmp_path, "mcap"))
    assert "record /camera/depth/camera_info as well" in message


@pytest.mark.parametrize(
    ("film", "words"),
    [
        (RosFilm(camera=replace(CAMERA, width=60)), "frame 0 is 64x48 pixels, its camera information says 60x48"),
        (RosFilm(images=[image(0), image(1)[:24]]), "frame 1 is 64x24 pixels"),
        (RosFilm(focal=math.nan), "camera intrinsics"),
        (RosFilm(focal=0.0), "camera intrinsics"),
        (RosFilm(claimed_height=480), "says 64x480 pixels, but holds 6144 bytes"),
    ],
    ids=["camera_info of another size", "size changes", "NaN", "zero", "height"],
)
@pytest.mark.parametrize("kind", ["bag", "db3"])
def test_images_and_cameras_that_make_no_sense_are_one_line(tmp_path: Path, film: RosFilm, words: str, kind: str):
    assert words in error_of(film.write(tmp_path, kind))


def test_a_recording_that_ends_short_of_what_its_folder_promises_says_so(tmp_path: Path):
    folder = RosFilm().write(tmp_path, "folder")
    with closing(sqlite3.connect(next(folder.glob("*.db3")))) as database, database:
        rows = (
            "SELECT id FROM messages WHERE topic_id = (SELECT id FROM topics WHERE name = ?) ORDER BY id DESC LIMIT 3"
        )
        database.execute(f"DELETE FROM messages WHERE id IN ({rows})", (TOPIC,))
    assert f"it ends after {COUNT - 3} of {COUNT} depth frames" in error_of(folder)


@pytest.mark.parametrize("kind", KINDS)
def test_truncated_and_damaged_files_are_one_line(tmp_path: Path, kind: str):
    whole = RosFilm().write(tmp_path / "whole", kind)
    rng = np.random.default_rng(2)
    for number in range(8):
        shutil.copytree(tmp_path / "whole", tmp_path / f"{number}")
        copy = tmp_path / f"{number}" / whole.relative_to(tmp_path / "whole")
        file = next(copy.glob("*.db3")) if copy.is_dir() else copy
        data = bytearray(file.read_bytes())
        at = int(rng.integers(20, len(data) - 200))
        if number < 4:
            del data[at:]
        else:
            data[at : at + 100] = rng.bytes(100)
        file.write_bytes(data)
        if number < 4:
            assert str(copy) in error_of(copy)
        else:  # where the damage hit nothing that matters the film simply ends
            with suppress(SourceError):
                play(copy)


def test_messages_that_are_not_in_the_file_yet_are_named(tmp_path: Path):
    path = RosFilm().write(tmp_path, "db3")
    path.with_name(f"{path.name}-wal").write_bytes(b"messages")
    assert f"its last messages lie in {path.name}-wal" in error_of(path)


def test_a_folder_that_was_never_finished_names_its_files(tmp_path: Path):
    folder = RosFilm().write(tmp_path, "folder")
    assert f"did you mean {folder}?" in error_of(tmp_path)
    (folder / "metadata.yaml").unlink()
    (file,) = folder.glob("*.db3")
    assert f"did you mean {file}?" in error_of(folder)


def test_a_folder_without_its_files_is_one_line(tmp_path: Path):
    folder = RosFilm().write(tmp_path, "folder")
    next(folder.glob("*.db3")).unlink()
    assert "files are missing" in error_of(folder)
    (folder / "metadata.yaml").write_text("nonsense: [")
    assert "Could not load YAML" in error_of(folder)
