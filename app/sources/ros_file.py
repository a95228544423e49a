"""ROS's recordings, read through rosbags: ROS 1 (.bag) and ROS 2 (.db3, .mcap, or a folder with metadata.yaml)."""

from __future__ import annotations

import heapq
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.errors import SourceError
from app.sources.recording_file import RECORD_AGAIN
from app.sources.ros_types import ros1_types, ros2_types
from app.sources.unpacking import limit_rosbags
from models.core.text import one_line

METADATA = "metadata.yaml"
IMAGE, COMPRESSED_IMAGE = "sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage"
CAMERA_INFO = "sensor_msgs/msg/CameraInfo"
UNITS_BYTES = 4
LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Message:
    """One message. time_ns: when it was recorded. units: metres a raw unit, where the SDK put them behind an image."""

    time_ns: int
    content: Any
    units: float | None = None


def is_ros_folder(path: Path) -> bool:
    """Is it the folder of a ROS 2 recording?"""
    return (path / METADATA).is_file()


def why_not_read(path: Path) -> str:
    """Why RosFile does not read a file that may be whole, and what to do; empty where nothing is known against it."""
    if any(sign in str(path) for sign in "?#%") and path.suffix != ".bag":
        return "a name with one of ? # % is not read; rename it"
    if (unwritten := path.with_name(f"{path.name}-wal")).is_file() and unwritten.stat().st_size:
        problem = f"was never finished: its last messages lie in {unwritten.name}"
        return f"{problem}; put them in with: sqlite3 {path.name} 'PRAGMA wal_checkpoint'"
    return ""


class RosFile:
    """A recording of ROS that is open. Everything raises SourceError with one line where the file is damaged.

    counts: the number of messages that it promises for each topic. kinds: their types, as ROS 2 names them.
    """

    def __init__(self, path: Path) -> None:
        from rosbags import rosbag1, rosbag2

        limit_rosbags()
        self._path = path
        self._is_ros1 = path.suffix == ".bag"
        self._types = ros1_types() if self._is_ros1 else ros2_types()
        if problem := why_not_read(path):
            raise SourceError(f"{path}: {problem}")
        with self._damage_reported():
            self._reader: Any = rosbag1.Reader(path) if self._is_ros1 else rosbag2.Reader(path)
            self._reader.open()
            self.counts = {name: topic.msgcount for name, topic in self._reader.topics.items()}
            self.kinds = {connection.topic: connection.msgtype for connection in self._reader.connections}

    def messages(self, topic: str, start_ns: int | None = None) -> Iterator[Message]:
        """The messages of a topic in the order of their times, from `start_ns` on."""
        connections = self._connections(topic)
        with self._damage_reported():
            for connection, time_ns, data in self._reader.messages(connections=connections, start=start_ns):
                yield Message(time_ns, *self._parsed(connection.msgtype, bytes(data)))

    def times_ns(self, topic: str) -> list[int]:
        """When each message of a topic was recorded, in the order of `messages`.

        Files of ROS 1 and .db3 files have an index; others (.mcap, folders) are read through once.
        """
        connections = self._connections(topic)
        with self._damage_reported():
            if self._is_ros1:
                indexes = [self._reader.indexes[connection.id] for connection in connections]
                return [entry.time for entry in heapq.merge(*indexes)]
            if self._path.suffix == ".db3":
                query = "SELECT timestamp FROM messages WHERE topic_id IN (SELECT id FROM topics WHERE name = ?)"
                uri = f"{self._path.absolute().as_uri()}?mode=ro&immutable=1"
                with closing(sqlite3.connect(uri, uri=True)) as database:
                    return sorted(time_ns for (time_ns,) in database.execute(query, (topic,)))
            return [time_ns for _, time_ns, _ in self._reader.messages(connections=connections)]

    def _connections(self, topic: str) -> list[Any]:
        return [connection for connection in self._reader.connections if connection.topic == topic]

    def first(self, topic: str) -> Message | None:
        return next(self.messages(topic), None) if self.counts.get(topic) else None

    def close(self) -> None:
        self._reader.close()

    def _parsed(self, kind: str, data: bytes) -> tuple[Any, float | None]:
        """A message, and the depth units that the SDK puts behind its images in a .bag."""
        from rosbags.serde import SerdeError

        if not self._is_ros1:
            return self._types.deserialize_cdr(data, kind), None
        try:
            return self._types.deserialize_ros1(data, kind), None
        except SerdeError:
            if kind != IMAGE:
                raise
        units: float = struct.unpack("<f", data[-UNITS_BYTES:])[0]
        return self._types.deserialize_ros1(data[:-UNITS_BYTES], kind), units

    @contextmanager
    def _damage_reported(self) -> Iterator[None]:
        try:
            yield
        except SourceError:
            raise
        except Exception as error:  # the reader lets through whatever SQLite, YAML, LZ4, Zstandard and struct raise
            raise self._broken(error) from None

    def _broken(self, error: Exception) -> SourceError:
        reason = one_line(error, LONGEST_REASON) or type(error).__name__
        problem = "is truncated or damaged"
        if "not indexed" in reason or "end magic" in reason:
            problem = "was never finished: its recording was interrupted"
        elif isinstance(error, OSError):
            problem = "cannot be read"
        return SourceError(f"{self._path}: {problem} ({reason.rstrip('.')}); {RECORD_AGAIN}")
