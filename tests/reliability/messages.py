"""Damage inside of whole files: rows of a database, messages of a recording that is then written anew."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from rosbags import rosbag1, rosbag2

from app.sources.ros_types import ros1_types, ros2_types
from tests.reliability.changes import BINARY

TIMES = (0, 1, -1, -(1 << 63), (1 << 62), (1 << 63) - 1, 10**18, 2.5, "soon", None, b"\xff")
BLOBS = (b"", b"\0", b"\0\1\0\0", None, 7, "text", b"\xff" * 64)
OUTSIDE = ("bits", "noise", "cut", "gone", "numbers", "floats")


def rows(path: Path, rng: np.random.Generator) -> None:
    """One to three changes to the rows of a .db3: gone, another time, topic or content, a topic of another name."""
    with closing(sqlite3.connect(path)) as database, database:
        for _ in range(int(rng.integers(1, 4))):
            list(_ROW_CHANGES)[int(rng.integers(len(_ROW_CHANGES)))](database, rng)


def _one(database: sqlite3.Connection, rng: np.random.Generator, table: str) -> int:
    """The rowid of any row; those of small topics as likely as images."""
    if table == "messages":
        ids = [row for (row,) in database.execute("SELECT DISTINCT topic_id FROM messages")]
        if ids:
            topic = ids[int(rng.integers(len(ids)))]
            found = database.execute("SELECT rowid FROM messages WHERE topic_id IS ?", (topic,)).fetchall()
            return int(found[int(rng.integers(len(found)))][0])
    found = database.execute(f"SELECT rowid FROM {table}").fetchall()
    return int(found[int(rng.integers(len(found)))][0]) if found else 0


def _row_gone(database: sqlite3.Connection, rng: np.random.Generator) -> None:
    table = "messages" if rng.random() < 0.8 else "topics"
    database.execute(f"DELETE FROM {table} WHERE rowid = ?", (_one(database, rng, table),))


def _time(database: sqlite3.Connection, rng: np.random.Generator) -> None:
    value = TIMES[int(rng.integers(len(TIMES)))]
    try:
        database.execute("UPDATE messages SET timestamp = ? WHERE rowid = ?", (value, _one(database, rng, "messages")))
    except sqlite3.IntegrityError:  # a column that must have a value
        _row_gone(database, rng)


def _content(database: sqlite3.Connection, rng: np.random.Generator) -> None:
    row = _one(database, rng, "messages")
    (before,) = database.execute("SELECT data FROM messages WHERE rowid = ?", (row,)).fetchone() or (b"",)
    if not isinstance(before, bytes) or rng.random() < 0.3:
        after: object = BLOBS[int(rng.integers(len(BLOBS)))]
    else:
        after = BINARY[str(rng.choice(OUTSIDE))](before, rng)
    try:
        database.execute("UPDATE messages SET data = ? WHERE rowid = ?", (after, row))
    except sqlite3.IntegrityError:
        _row_gone(database, rng)


def _contents_swapped(database: sqlite3.Connection, rng: np.random.Generator) -> None:
    first, second = (_one(database, rng, "messages") for _ in range(2))
    query = "SELECT data FROM messages WHERE rowid = ?"
    one, other = (database.execute(query, (row,)).fetchone() for row in (first, second))
    for row, content in ((first, other), (second, one)):
        if content is not None:
            database.execute("UPDATE messages SET data = ? WHERE rowid = ?", (content[0], row))


def _other_topic(database: sqlite3.Connection, rng: np.random.Generator) -> None:
    topic = int(rng.choice([-1, 0, 99, _one(database, rng, "topics")]))
    database.execute("UPDATE messages SET topic_id = ? WHERE rowid = ?", (topic, _one(database, rng, "messages")))


def _topic_named(database: sqlite3.Connection, rng: np.random.Generator) -> None:
    row, column = _one(database, rng, "topics"), str(rng.choice(["name", "type", "serialization_format"]))
    (before,) = database.execute("SELECT name FROM topics WHERE rowid = ?", (row,)).fetchone() or ("",)
    names = ["", "x", f"{before}2", str(before).replace("_0", "_1"), str(before).upper(), "\0", 3000 * "/a", None, 5]
    try:
        database.execute(f"UPDATE topics SET {column} = ? WHERE rowid = ?", (names[int(rng.integers(len(names)))], row))
    except sqlite3.IntegrityError:
        _row_gone(database, rng)


_ROW_CHANGES = (_row_gone, _time, _content, _contents_swapped, _other_topic, _topic_named)


def messages(path: Path, rng: np.random.Generator) -> None:
    """A .bag, .mcap or folder of ROS 2 is written anew with one to three of its messages changed, gone or misplaced."""
    if path.suffix == ".bag":
        with rosbag1.Reader(path) as bag:
            found = _changed(_all_of(bag), rng)
            compression = {each.decompressor for each in bag.chunks.values()}
        path.unlink()
        writer = rosbag1.Writer(path)
        if len(compression) == 1 and "bz2" in repr(compression):
            writer.set_compression(rosbag1.Writer.CompressionFormat.BZ2)
        types = ros1_types()
        _write(writer, found, types)
        return
    storage = rosbag2.StoragePlugin.MCAP if path.suffix == ".mcap" else rosbag2.StoragePlugin.SQLITE3
    with rosbag2.Reader(path) as reader:
        found = _changed(_all_of(reader), rng)
    folder = path.with_name("anew")
    _write(rosbag2.Writer(folder, version=9, storage_plugin=storage), found, ros2_types())
    if path.is_dir():
        for each in path.iterdir():
            each.unlink()
        for each in folder.iterdir():
            each.rename(path / each.name)
    else:
        next(folder.glob(f"*{path.suffix}")).rename(path)


Found = list[tuple[str, str, int, bytes]]
"""Topic, type, time and content of each message."""


def _all_of(reader: Any) -> Found:
    return [(one.topic, one.msgtype, time_ns, bytes(data)) for one, time_ns, data in reader.messages()]


def _changed(found: Found, rng: np.random.Generator) -> Found:
    for _ in range(int(rng.integers(1, 4))):
        topics = sorted({topic for topic, *_ in found})
        if not topics:
            break
        topic = topics[int(rng.integers(len(topics)))]
        places = [place for place, message in enumerate(found) if message[0] == topic]
        at = places[int(rng.integers(len(places)))]
        topic, kind, time_ns, data = found.pop(at)
        way = rng.random()
        if way < 0.6:
            found.insert(at, (topic, kind, time_ns, BINARY[str(rng.choice(OUTSIDE))](data, rng)))
        elif way < 0.7:
            found.insert(at, (topic, kind, int(rng.choice([0, 1, 10**18, max(0, time_ns - 10**10), 4 * 10**18])), data))
        elif way < 0.8:
            found.insert(int(rng.integers(len(found) + 1)), (topic, kind, time_ns, data))
        elif way < 0.9 and found:
            other = found[int(rng.integers(len(found)))]
            found.insert(at, (topic, kind, time_ns, other[3]))
    return found


def _write(writer: Any, found: Found, types: Any) -> None:
    connections: dict[str, Any] = {}
    with writer:
        for topic, kind, time_ns, data in found:
            if topic not in connections:
                connections[topic] = writer.add_connection(topic, kind, typestore=types)
            writer.write(connections[topic], time_ns, data)


Inside = Callable[[Path, np.random.Generator], None]
