"""Files that are no recordings, or no longer: one clear line each, no crash and no hang.

The SDK may end the process or never come back on such a file, so all of them are tried in a process of their own.
"""

from __future__ import annotations

import lzma
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from app.sources.bag_records import problem_of_records
from app.sources.base import SourceInfo
from app.sources.db3_file import look_into_db3
from app.sources.recorder import Recorder
from app.sources.ros_types import ros1_types
from tests.app.sources.film import CAMERA, FPS
from tests.app.sources.playing import play

rs = pytest.importorskip("pyrealsense2")
rosbags = pytest.importorskip("rosbags.rosbag1")


def assert_errors(folder: Path, files: dict[str, str]) -> None:
    """Play each file of `folder` and look for the given words in its error."""
    for name, played in play([folder / name for name in files]).items():
        outcome = played.outcome
        assert outcome != "end", f"{name} was played as if nothing were wrong"
        assert name in outcome
        assert files[name] in outcome, f"{name}: {outcome}"
        assert "\n" not in outcome
        assert "Traceback" not in outcome


def test_what_is_no_recording_is_refused(tmp_path: Path):
    for suffix in (".bag", ".db3"):
        (tmp_path / f"empty{suffix}").touch()
        (tmp_path / f"text{suffix}").write_text("This is not a recording.\n" * 500)
        (tmp_path / f"folder{suffix}").mkdir()
        (tmp_path / f"noise{suffix}").write_bytes(np.random.default_rng(0).bytes(20_000))
    (tmp_path / "magic.bag").write_bytes(b"#ROSBAG V2.0\n" + b"\xff" * 5000)
    (tmp_path / "magic.db3").write_bytes(b"SQLite format 3\x00" + b"\xff" * 5000)
    assert_errors(
        tmp_path,
        {
            **{f"missing.{kind}": "cannot be read" for kind in ("bag", "db3")},
            **{f"folder.{kind}": "camera.json: is missing" for kind in ("bag", "db3")},
            **{
                f"{name}.{kind}": "is not a RealSense recording"
                for name in ("text", "noise")
                for kind in ("bag", "db3")
            },
            **{f"empty.{kind}": "is empty" for kind in ("bag", "db3")},
            "magic.bag": "is truncated",
            "magic.db3": "is",
        },
    )


def test_truncated_recordings_are_refused_at_any_length(tmp_path: Path, film_bag: Path, film_db3: Path):
    wanted: dict[str, str] = {}
    for path in (film_bag, film_db3):
        whole = path.read_bytes()
        lengths = {1, 12, 13, 16, 50, 99, 100, 4000, 4117, 5000, len(whole) // 2, len(whole) - 300, len(whole) - 1}
        for length in sorted(lengths):
            name = f"cut_{length}{path.suffix}"
            (tmp_path / name).write_bytes(whole[:length])
            wanted[name] = "is truncated" if length > 16 else "is"
    assert_errors(tmp_path, wanted)


def test_a_recording_with_the_wrong_ending_is_refused(tmp_path: Path, film_bag: Path, film_db3: Path):
    (tmp_path / "was_db3.bag").write_bytes(film_db3.read_bytes())
    (tmp_path / "was_bag.db3").write_bytes(film_bag.read_bytes())
    assert_errors(tmp_path, {"was_db3.bag": "rename it", "was_bag.db3": "rename it"})


def test_databases_that_are_no_recordings_are_refused(tmp_path: Path):
    with closing(sqlite3.connect(tmp_path / "other.db3")) as database:
        database.execute("CREATE TABLE people (name TEXT)")
        database.commit()
    for name, rows in (("ros.db3", [(1, "/chatter", 1)]), ("bare.db3", [])):
        with closing(sqlite3.connect(tmp_path / name)) as database:
            database.execute("CREATE TABLE topics (id INTEGER PRIMARY KEY, name TEXT)")
            database.execute("CREATE TABLE messages (id INTEGER PRIMARY KEY, topic_id INTEGER)")
            database.executemany("INSERT INTO topics (id, name) VALUES (?, ?)", [row[:2] for row in rows])
            database.commit()
    assert_errors(
        tmp_path,
        {
            "other.db3": "not a RealSense recording",
            "ros.db3": "holds no RealSense images",
            "bare.db3": "holds no RealSense images",
        },
    )


def write_ros_bag(path: Path, topic: str, finished: bool = True) -> None:
    types = ros1_types()
    writer = rosbags.Writer(path)
    writer.open()
    connection = writer.add_connection(topic, "std_msgs/msg/UInt32", typestore=types)
    message = types.serialize_ros1(types.types["std_msgs/msg/UInt32"](data=4), "std_msgs/msg/UInt32")
    writer.write(connection, 1, bytes(message))
    writer.close() if finished else writer.abort()


def record_color(path: Path) -> None:
    """A .db3 with nothing but a colour stream, made by the SDK."""
    stream = rs.video_stream()
    stream.type, stream.index, stream.uid, stream.fmt = rs.stream.color, 0, 1, rs.format.rgb8
    stream.width, stream.height, stream.fps, stream.bpp = 32, 24, 30, 3
    intrinsics = rs.intrinsics()
    intrinsics.width, intrinsics.height, intrinsics.fx, intrinsics.fy = 32, 24, 30.0, 30.0
    stream.intrinsics = intrinsics
    device = rs.software_device()
    sensor = device.add_sensor("Color")
    profile = sensor.add_video_stream(stream).as_video_stream_profile()
    device.create_matcher(rs.matchers.default)
    recorder = rs.recorder(str(path), device)
    recorded = recorder.query_sensors()[0]
    recorded.open(recorded.get_stream_profiles()[0])
    recorded.start(rs.frame_queue(1))
    for number in range(3):
        frame = rs.software_video_frame()
        frame.pixels, frame.stride, frame.bpp = np.zeros((24, 32, 3), np.uint8), 96, 3
        frame.frame_number, frame.timestamp, frame.profile = number, 33.0 * number, profile
        sensor.on_video_frame(frame)
    recorded.stop()
    recorded.close()


def test_recordings_without_depth_are_refused(tmp_path: Path):
    record_color(tmp_path / "color.db3")
    write_ros_bag(tmp_path / "color.bag", "/device_0/sensor_1/Color_0/image/data")
    write_ros_bag(tmp_path / "ros.bag", "/chatter")
    write_ros_bag(tmp_path / "interrupted.bag", "/chatter", finished=False)
    info = SourceInfo("camera", "Camera", True, FPS, CAMERA, 0.001)
    for name in ("no_frames.bag", "no_frames.db3"):
        Recorder(tmp_path / name, info).close()
    assert_errors(
        tmp_path,
        {
            "color.db3": "no depth stream, only Color",
            "color.bag": "no depth stream, only Color",
            "ros.bag": "holds no RealSense images",
            "interrupted.bag": "recording was interrupted",
            "no_frames.bag": "holds no",
            "no_frames.db3": "holds no",
        },
    )


def test_known_breakers_are_one_line_or_play(tmp_path: Path, shared_cases: Path):
    """Files that made the SDK crash or hang; the seconds are far above what playing them takes."""
    wanted = {
        "damaged_index_1.bag": "is truncated or damaged",
        "damaged_message_1.bag": "it ends after",
        "damaged_pixels_1.db3": "is damaged",
        "huge_timestamp.db3": "has a time stamp that makes no sense",
        "no_depth_units_row.db3": "holds no value of the option Depth_Units",
        "no_stream_info_row.db3": "holds no information on its depth stream",
        "short_1.db3": "end",
    }
    for name in wanted:
        (tmp_path / name).write_bytes(lzma.decompress((shared_cases / f"{name}.xz").read_bytes()))
    played = play([tmp_path / name for name in wanted], timeout_s=120)
    for name, words in wanted.items():
        assert words in played[name].outcome, (name, played[name].outcome)
    assert "depth images are missing" in played["short_1.db3"].notes[0]


@pytest.mark.parametrize("suffix", [".bag", ".db3"])
def test_damage_in_the_middle_ends_with_an_error_and_not_with_the_process(
    tmp_path: Path, suffix: str, request: pytest.FixtureRequest
):
    whole = request.getfixturevalue(f"film_{suffix[1:]}").read_bytes()
    rng = np.random.default_rng(1)
    paths = []
    for number, start in enumerate(np.linspace(100, len(whole) - 700, 6).astype(int)):
        damaged = bytearray(whole)
        damaged[start : start + 600] = rng.bytes(600)
        paths.append(tmp_path / f"damaged_{number}{suffix}")
        paths[-1].write_bytes(damaged)
    for name, played in play(paths).items():
        # Where the damage hit nothing that matters the film simply ends.
        assert played.outcome == "end" or name in played.outcome
        assert "\n" not in played.outcome


def test_a_bag_with_a_damaged_index_is_not_given_to_the_sdk_which_hangs_on_it(tmp_path: Path, film_bag: Path):
    whole = film_bag.read_bytes()
    assert problem_of_records(film_bag) == ""
    damages = {
        "points behind its chunk": (whole.index(b"conn=", whole.index(b"ver=\x01")) + 35, b"\xff\xff\xff\xff"),
        "points to no chunk": (whole.rindex(b"chunk_pos=") + 17, b"\xff"),
        "longer than the file": (whole.rindex(b"count=") + 10, b"\xff\xff\xff\xff"),
    }
    for words, (at, new) in damages.items():
        path = tmp_path / f"{words}.bag".replace(" ", "_")
        path.write_bytes(whole[:at] + new + whole[at + len(new) :])
        assert words in problem_of_records(path)


def test_text_in_a_database_that_is_no_text_is_one_line(tmp_path: Path, film_db3: Path):
    whole = film_db3.read_bytes()
    at = whole.index(b"CREATE TABLE messages")
    (tmp_path / "film.db3").write_bytes(whole[:at] + b"\xd5" + whole[at + 1 :])
    assert_errors(tmp_path, {"film.db3": "is a damaged SQLite database"})


@pytest.mark.parametrize("topic", ["/device_0/info", "/device_0/sensor_0/option/Depth_Units/value"])
def test_a_db3_whose_first_messages_lie_elsewhere_is_not_given_to_the_sdk_which_hangs_on_it(
    tmp_path: Path, film_db3: Path, topic: str
):
    path = tmp_path / "film.db3"
    path.write_bytes(film_db3.read_bytes())
    assert not look_into_db3(path).sdk_refuses
    with closing(sqlite3.connect(path)) as database, database:
        changed = "UPDATE messages SET timestamp = 1 WHERE topic_id = (SELECT id FROM topics WHERE name = ?)"
        assert database.execute(changed, (topic,)).rowcount
    assert look_into_db3(path).sdk_refuses == f"no {topic} at its beginning"
    assert play([path])["film.db3"].outcome == "end"
