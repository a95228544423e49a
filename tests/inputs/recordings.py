"""Recordings that are unusual or went wrong: in the SDK's layout, and as ROS makes them."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from app.sources.folder import FolderSource
from tests.app.sources.film import CAMERA, COUNT, image, record, write_folder
from tests.app.sources.ros_film import TOPIC, RosFilm
from tests.app.sources.sdk_bag import SdkBag
from tests.inputs.case import Source

ALIGNED = "/camera/aligned_depth_to_color/image_raw"
STREAM = "/device_0/sensor_0/Depth_0"
HALF = COUNT // 2


def sdk(situation: str, bag: SdkBag) -> Source:
    """A .bag in the SDK's layout."""
    return Source(situation, lambda folder: bag.write(folder / "film.bag"))


def ros(situation: str, film: RosFilm, kind: str, end: str = "") -> Source:
    """A recording of ROS; end: what follows its name on the command line."""
    return Source(situation, lambda folder: f"{film.write(folder, kind)}{end}")


def db3(situation: str, change: Callable[[Path], None]) -> Source:
    """A .db3 that the SDK has written, changed."""

    def make(folder: Path) -> Path:
        path = record(folder / "film.db3", FolderSource(write_folder(folder / "images"), realtime=False))
        change(path)
        return path

    return Source(situation, make)


def forget(topic: str, condition: str = "1") -> Callable[[Path], None]:
    """Deletes the messages of a topic that meet a condition."""

    def change(path: Path) -> None:
        with closing(sqlite3.connect(path)) as database, database:
            of_topic = "topic_id = (SELECT id FROM topics WHERE name = ?)"
            assert database.execute(f"DELETE FROM messages WHERE {of_topic} AND {condition}", (topic,)).rowcount

    return change


def short_of_its_folder(folder: Path) -> Path:
    path = RosFilm().write(folder, "folder")
    last = "id IN (SELECT id FROM messages ORDER BY id DESC LIMIT 6)"
    forget(TOPIC, last)(next(path.glob("*.db3")))
    return path


def cut(folder: Path) -> Path:
    path = SdkBag().write(folder / "film.bag")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


CHANGING = [0.001] * HALF + [0.0001]
SDK_CASES = [
    *(sdk(f"chunks packed with {name}", SdkBag(compression=name)) for name in ("bz2", "lz4")),
    sdk("depth units in the frames only", SdkBag(option_units=None, units=[0.0001])),
    sdk("depth units in the option only", SdkBag(units=[0.0])),
    sdk("option 1 mm, frames 0.1 mm", SdkBag(option_units=0.001, units=[0.0001])),
    sdk("depth units change midway", SdkBag(option_units=0.001, units=CHANGING)),
    sdk("depth units nowhere", SdkBag(option_units=None, units=[0.0])),
    *(
        sdk(f"depth units {value}", SdkBag(option_units=value, units=[value or 0.0]))
        for value in (0.0, math.nan, -0.001)
    ),
    sdk("encoding 16UC1", SdkBag(encoding="16UC1")),
    sdk("metadata for every second frame", SdkBag(metadata=[index % 2 == 0 for index in range(COUNT)])),
    sdk("all frame numbers alike", SdkBag(numbers=[0] * COUNT)),
    sdk("frame numbers restart", SdkBag(numbers=[index % 4 for index in range(COUNT)])),
    sdk("two depth sensors", SdkBag(sensors=2)),
    sdk("images of another size than the camera's", SdkBag(camera=replace(CAMERA, width=60))),
    sdk("the size changes", SdkBag(images=[image(0)] * HALF + [image(1)[:24]] * HALF)),
    sdk("intrinsics of NaN", SdkBag(focal=math.nan)),
    sdk("an image says a wrong height", SdkBag(shapes=[(480, 64)])),
    Source("cut off", cut),
    db3("every fifth image is missing", forget(f"{STREAM}/image/data/compressedDepth", "id % 5 = 0")),
    db3("no row for the depth units", forget("/device_0/sensor_0/option/Depth_Units/value")),
    db3("no row for the stream's information", forget(f"{STREAM}/info")),
]
ROS_CASES = [
    ros("rosbag1", RosFilm(), "bag"),
    ros("rosbag1, bz2", RosFilm(), "bz2"),
    ros("rosbag1, lz4", RosFilm(), "lz4"),
    ros("rosbag2, a folder", RosFilm(), "folder"),
    ros("rosbag2, the .db3 alone", RosFilm(), "db3"),
    ros("MCAP", RosFilm(), "mcap"),
    ros("Zstandard", RosFilm(), "zstd"),
    ros("mono16", RosFilm(encoding="mono16"), "bag"),
    ros("32FC1, metres", RosFilm(encoding="32FC1"), "mcap"),
    ros("compressedDepth", RosFilm(encoding="compressedDepth", topics=(f"{TOPIC}/compressedDepth",)), "bag"),
    ros("two depth topics", RosFilm(topics=(TOPIC, ALIGNED)), "bag"),
    ros("two depth topics, `FILE#TOPIC`", RosFilm(topics=(TOPIC, ALIGNED)), "bag", f"#{ALIGNED}"),
    ros("`FILE#TOPIC` that is not there", RosFilm(), "bag", "#/camera/color/image_raw"),
    ros("colour only", RosFilm(encoding="rgb8", topics=("/camera/color/image_raw",)), "bag"),
    ros("no camera_info", RosFilm(without_camera=(TOPIC,)), "mcap"),
    ros("camera_info of another size", RosFilm(camera=replace(CAMERA, width=60)), "bag"),
    ros("the size changes", RosFilm(images=[image(0), image(1)[:24]]), "bag"),
    ros("intrinsics of NaN", RosFilm(focal=math.nan), "bag"),
    ros("a wrong height", RosFilm(claimed_height=480), "bag"),
    Source("fewer images than metadata.yaml promises", short_of_its_folder),
]
