"""Looks into recordings without the RealSense SDK, which may crash or hang on files that are none.

`.bag` is a ROS 1 bag (version 2.0) with its index at the end. `.db3` is an SQLite database with a row a message.
"""

from __future__ import annotations

import re
import sqlite3
import struct
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.errors import SourceError

BAG_MAGIC = b"#ROSBAG V2.0\n"
DB3_MAGIC = b"SQLite format 3\x00"
RECORD_AGAIN = "use another recording or record it again"

_IMAGE_TOPIC = re.compile(r"^(?P<stream>/device_\d+/sensor_\d+/(?P<kind>[A-Za-z]+)_\d+)/image/data(/compressed\w*)?$")
_NONSENSE = (AssertionError, IndexError, MemoryError, OSError, OverflowError, ValueError, struct.error)
"""What the bag reader raises, besides its own error, where numbers and names in a file make no sense."""


@dataclass(frozen=True, slots=True)
class RecordingFile:
    """A file that looks like a whole RealSense recording with `depth_frames` depth frames (above zero)."""

    path: Path
    kind: Literal["bag", "db3"]
    depth_frames: int


class _Broken(Exception):
    """What is wrong with a file, as the end of a sentence."""


def check_recording(path: Path) -> RecordingFile:
    """What kind of recording `path` is and how many depth frames it holds.

    Raises SourceError with one line where the file is missing, empty, truncated, no recording, or without depth.
    """
    try:
        kind = _kind_of(path)
        if path.suffix != f".{kind}":  # the SDK goes by the name alone
            raise SourceError(f"{path}: is a .{kind} recording by another name; rename it to end in .{kind}")
        messages = _bag_messages(path) if kind == "bag" else _db3_messages(path)
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror or error}); check the name") from None
    except _Broken as error:
        raise SourceError(f"{path}: {error}; {RECORD_AGAIN}") from None
    return RecordingFile(path, kind, _depth_frames(path, messages))


def _kind_of(path: Path) -> Literal["bag", "db3"]:
    with path.open("rb") as file:
        head = file.read(16)
    if not head:
        raise _Broken("is empty")
    if head.startswith(BAG_MAGIC):
        return "bag"
    if head == DB3_MAGIC:
        return "db3"
    raise _Broken("is not a RealSense recording (.bag or .db3)")


def _depth_frames(path: Path, messages: dict[str, int]) -> int:
    """Whole frames of the first depth stream among the number of messages of each topic."""
    images = {topic: match for topic in sorted(messages) if (match := _IMAGE_TOPIC.match(topic))}
    if not images:
        raise SourceError(f"{path}: holds no RealSense images; {RECORD_AGAIN}")
    depth = [(topic, match["stream"]) for topic, match in images.items() if match["kind"] == "Depth"]
    if not depth:
        others = ", ".join(sorted({match["kind"] for match in images.values()}))
        raise SourceError(f"{path}: holds no depth stream, only {others}; record it again with depth switched on")
    topic, stream = depth[0]
    # A recorder that died may have left a last image without the metadata that say its number.
    frames = min(messages[topic], messages.get(f"{stream}/image/metadata", messages[topic]))
    if not frames:
        raise SourceError(f"{path}: holds no depth frames; {RECORD_AGAIN}")
    return frames


# -- .db3 -------------------------------------------------------------------------------------------------------------


def _db3_messages(path: Path) -> dict[str, int]:
    """Number of messages of each topic."""
    with path.open("rb") as file:
        head = file.read(100)
        size = file.seek(0, 2)
    if len(head) < 100:
        raise _Broken("is truncated")
    page_size, pages = struct.unpack(">H", head[16:18])[0], struct.unpack(">I", head[28:32])[0]
    if size < (65536 if page_size == 1 else page_size) * pages:
        raise _Broken("is truncated")
    try:
        if path.with_name(path.name + "-journal").exists():
            _undo_interrupted_write(path)
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if not {"topics", "messages"} <= tables:
                raise _Broken("is an SQLite database, but not a RealSense recording")
            topics = dict(database.execute("SELECT id, name FROM topics").fetchall())
            counts = dict(database.execute("SELECT topic_id, COUNT(*) FROM messages GROUP BY topic_id").fetchall())
    except sqlite3.Error as error:
        raise _Broken(f"is a damaged SQLite database ({error})") from None
    return {str(name): counts.get(number, 0) for number, name in topics.items()}


def _undo_interrupted_write(path: Path) -> None:
    """Take back what a recorder that died had half written: SQLite does so by itself, but the SDK only reads."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as database:
        database.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()


# -- .bag -------------------------------------------------------------------------------------------------------------


def _bag_messages(path: Path) -> dict[str, int]:
    """Number of messages of each topic, from the index; the reader follows it to every chunk, and unpacks none."""
    from rosbags.rosbag1 import Reader, ReaderError  # late: a .db3 does without

    try:
        with Reader(path) as bag:
            return {topic: info.msgcount for topic, info in bag.topics.items()}
    except (ReaderError, *_NONSENSE) as error:
        interrupted = "not indexed" in str(error)
        problem = "was never finished: its recording was interrupted" if interrupted else "is truncated or damaged"
        raise _Broken(problem) from None
