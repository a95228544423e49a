"""Recordings in the SDK's layout that are unusual or went wrong: read what can be read, one line for the rest."""

from __future__ import annotations

import math
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.app.sources.film import CAMERA, COUNT, FPS, image
from tests.app.sources.playing import Played, play

pytest.importorskip("pyrealsense2")
pytest.importorskip("rosbags")

from tests.app.sources.sdk_bag import SdkBag  # noqa: E402

SUMS = [int(image(index).sum()) for index in range(COUNT)]
WHOLE = list(range(COUNT))
OTHER_SENSOR = "/device_0/sensor_1/Depth_0/image/data"


def write_all(folder: Path, bags: dict[str, SdkBag]) -> dict[str, Played]:
    return play([bag.write(folder / f"{name}.bag") for name, bag in bags.items()])


def assert_whole(played: Played) -> None:
    assert played.outcome == "end", played
    assert played.sums == SUMS
    assert played.times_ms == pytest.approx([1000 * index / FPS for index in range(COUNT)], abs=0.01)


def test_every_compression_and_encoding_is_played(tmp_path: Path):
    bags = {name: SdkBag(compression=name) for name in ("none", "bz2", "lz4")}
    bags |= {"16UC1": SdkBag(encoding="16UC1"), "no_tail": SdkBag(units=[None])}
    for played in write_all(tmp_path, bags).values():
        assert_whole(played)
        assert played.units == [0.000125] * COUNT
        assert played.numbers == WHOLE


def test_depth_units_are_those_of_each_frame_then_of_the_option_then_a_millimetre(tmp_path: Path):
    change = [0.001] * 4 + [0.0001]
    wanted = {
        "frames_only": (SdkBag(option_units=None, units=[0.0001]), [0.0001] * COUNT),
        "unlike_the_option": (SdkBag(option_units=0.001, units=[0.0001]), [0.0001] * COUNT),
        "changing": (SdkBag(option_units=0.001, units=change), [0.001] * 4 + [0.0001] * (COUNT - 4)),
        "packed": (SdkBag(option_units=0.001, units=change, compression="bz2"), [0.001] * 4 + [0.0001] * (COUNT - 4)),
        "option_only": (SdkBag(units=[0.0]), [0.000125] * COUNT),
        "neither": (SdkBag(option_units=None, units=[0.0]), [0.001] * COUNT),
    }
    for name, played in write_all(tmp_path, {name: bag for name, (bag, _) in wanted.items()}).items():
        assert_whole(played)
        assert played.units == wanted[Path(name).stem][1], name
        assert any("1 mm is assumed" in note for note in played.notes) == (name == "neither.bag")


def test_depth_units_that_make_no_sense_are_one_line(tmp_path: Path):
    bags = {
        f"{name}_{compression}": replace(bag, compression=compression)
        for compression in ("none", "bz2")
        for name, bag in {
            "nan": SdkBag(units=[math.nan]),
            "negative": SdkBag(units=[-0.001]),
            "later": SdkBag(units=[0.001, math.inf]),
            "option_nan": SdkBag(option_units=math.nan, units=[0.0]),
            "option_negative": SdkBag(option_units=-1.0, units=[0.0]),
            "option_zero": SdkBag(option_units=0.0, units=[0.0]),
        }.items()
    }
    for name, played in write_all(tmp_path, bags).items():
        assert "expected metres a unit above zero" in played.outcome, (name, played.outcome)
        assert "\n" not in played.outcome
        assert len(played.sums) == (1 if name.startswith("later") else 0)


def test_frames_are_told_apart_by_their_place_where_numbers_repeat_or_restart(tmp_path: Path):
    bags = {
        "same": SdkBag(numbers=[0] * COUNT),
        "twice": SdkBag(numbers=[index // 2 for index in WHOLE]),
        "restart": SdkBag(numbers=[index % 4 for index in WHOLE]),
        "backwards": SdkBag(numbers=WHOLE[::-1], compression="bz2"),
    }
    for name, played in write_all(tmp_path, bags).items():
        assert_whole(played)
        first = played.numbers[0]
        assert played.numbers == list(range(first, first + COUNT)), name
    gaps = [3 * index + 5 for index in WHOLE]
    assert write_all(tmp_path, {"gaps": SdkBag(numbers=gaps)})["gaps.bag"].numbers == gaps


def test_frames_without_metadata_are_played(tmp_path: Path, film_db3: Path):
    half = [index % 2 == 0 for index in WHOLE]
    played = write_all(tmp_path, {"half": SdkBag(metadata=half), "none": SdkBag(metadata=[False])})
    for name in ("half", "none"):
        path = copied(film_db3, tmp_path / f"{name}.db3")
        forget(path, "/device_0/sensor_0/Depth_0/image/metadata", "id % 2" if name == "half" else "1")
        played |= play([path])
    for each in played.values():
        assert each.outcome == "end", each
        assert each.sums == SUMS
        assert each.numbers == WHOLE
        assert all(later > before for before, later in zip(each.times_ms, each.times_ms[1:]))
        assert each.units == [0.000125] * COUNT


def test_of_two_depth_sensors_the_first_is_played_and_the_other_named(tmp_path: Path):
    played = write_all(tmp_path, {"two": SdkBag(sensors=2)})["two.bag"]
    assert_whole(played)
    assert [OTHER_SENSOR in note for note in played.notes] == [True]
    (other,) = play([f"{tmp_path / 'two.bag'}#{OTHER_SENSOR}"]).values()
    assert_whole(other)


def test_images_and_cameras_that_make_no_sense_are_one_line(tmp_path: Path):
    bags = {
        "unlike_camera": (SdkBag(camera=replace(CAMERA, width=60)), "frame 0 is 64x48 pixels", 0),
        "changes": (SdkBag(images=[image(0)] * 4 + [image(1)[:24]] * 5), "frame 4 is 64x24 pixels", 4),
        "nan": (SdkBag(focal=math.nan), "camera intrinsics", 0),
        "too_high": (SdkBag(shapes=[(480, 64)]), "frame 0 is 64x480 pixels", 0),
        "too_high_later": (SdkBag(shapes=[None] * 4 + [(480, 64)]), "frame 4 is 64x480 pixels", 4),
        "too_low": (SdkBag(shapes=[(12, 64)]), "frame 0 is 64x12 pixels", 0),
        "too_few": (SdkBag(images=[image(0)[:24]], shapes=[(48, 64)]), "", 0),
    }
    for name, played in write_all(tmp_path, {name: bag for name, (bag, _, _) in bags.items()}).items():
        _, words, frames = bags[Path(name).stem]
        assert words in played.outcome, (name, played.outcome)
        assert name in played.outcome
        assert "\n" not in played.outcome
        assert len(played.sums) == frames


def test_rows_that_the_sdk_waits_for_for_ever_are_missed_before(tmp_path: Path, film_db3: Path):
    stream = "/device_0/sensor_0/Depth_0"
    wanted = {
        "information": (f"{stream}/info", "holds no information on its depth stream"),
        "units": ("/device_0/sensor_0/option/Depth_Units/value", "holds no value of the option Depth_Units"),
    }
    for name, (topic, _) in wanted.items():
        forget(copied(film_db3, tmp_path / f"{name}.db3"), topic, "1")
    for number, time_ns in enumerate((2**62, -5, "text")):
        path = copied(film_db3, tmp_path / f"time_{number}.db3")
        with closing(sqlite3.connect(path)) as database, database:
            database.execute("UPDATE messages SET timestamp = ? WHERE id = 2", (time_ns,))
        wanted[f"time_{number}"] = ("", "has a time stamp")
    for name, played in play([tmp_path / f"{name}.db3" for name in wanted]).items():
        assert wanted[Path(name).stem][1] in played.outcome, (name, played.outcome)
        assert "\n" not in played.outcome


def test_pixels_that_were_changed_are_not_shown(tmp_path: Path, film_db3: Path):
    path = copied(film_db3, tmp_path / "changed.db3")
    with closing(sqlite3.connect(path)) as database, database:
        images = "topic_id = (SELECT id FROM topics WHERE name LIKE '%compressedDepth')"
        number, data = database.execute(
            f"SELECT id, data FROM messages WHERE {images} ORDER BY id LIMIT 1 OFFSET 4"
        ).fetchone()
        changed = bytearray(data)
        changed[data.index(b"IEND") - 5] ^= 1  # the checksum of the pixels, which the SDK does not look at
        database.execute("UPDATE messages SET data = ? WHERE id = ?", (bytes(changed), number))
    (played,) = play([path]).values()
    assert played.sums == SUMS[:4]
    assert "frame 4 is damaged: a checksum differs" in played.outcome


def test_images_that_are_missing_are_counted(tmp_path: Path, film_db3: Path):
    path = copied(film_db3, tmp_path / "short.db3")
    forget(path, "/device_0/sensor_0/Depth_0/image/data/compressedDepth", "id > 30")
    (played,) = play([path]).values()
    left = len(played.sums)
    assert played.outcome == "end"
    assert 0 < left < COUNT
    assert played.notes == [
        f"{COUNT - left} of {COUNT} depth images are missing: the recording is damaged or cut short"
    ]


def copied(path: Path, target: Path) -> Path:
    target.write_bytes(path.read_bytes())
    return target


def forget(path: Path, topic: str, condition: str) -> None:
    """Delete the messages of a topic that meet a condition."""
    with closing(sqlite3.connect(path)) as database, database:
        changed = database.execute(
            f"DELETE FROM messages WHERE topic_id = (SELECT id FROM topics WHERE name = ?) AND {condition}", (topic,)
        )
        assert changed.rowcount > 0
