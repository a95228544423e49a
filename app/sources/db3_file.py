"""Looks into .db3 files: SQLite databases with a row a message, of the RealSense SDK and of ROS 2."""

from __future__ import annotations

import sqlite3
import struct
from contextlib import closing
from pathlib import Path

from app.sources.sdk_layout import BrokenFileError, Contents, ImageTopic, depth_topics

LONGEST_S = 100 * 24 * 3600
"""Times that are further from the first image than this are damage: the SDK would wait for them."""


def look_into_db3(path: Path) -> Contents:
    """What a .db3 holds. Raises BrokenFileError, also where the SDK would never come back from opening it."""
    with path.open("rb") as file:
        head = file.read(100)
        size = file.seek(0, 2)
    if len(head) < 100:
        raise BrokenFileError("is truncated")
    page_size, pages = struct.unpack(">H", head[16:18])[0], struct.unpack(">I", head[28:32])[0]
    if size < (65536 if page_size == 1 else page_size) * pages:
        raise BrokenFileError("is truncated")
    try:
        if path.with_name(path.name + "-journal").exists():
            _undo_interrupted_write(path)
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            return _look(database)
    except (sqlite3.Error, UnicodeDecodeError) as error:  # the latter where SQLite quotes damage in its error
        reason = error if isinstance(error, sqlite3.Error) else "its text is no UTF-8"
        raise BrokenFileError(f"is a damaged SQLite database ({reason})") from None


def _undo_interrupted_write(path: Path) -> None:
    """Take back what a recorder that died had half written: SQLite does so by itself, but the SDK only reads."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as database:
        database.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()


def _look(database: sqlite3.Connection) -> Contents:
    tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not {"topics", "messages"} <= tables:
        raise BrokenFileError("is an SQLite database, but not a RealSense recording")
    columns = {column[1] for column in database.execute("PRAGMA table_info(topics)")}
    kind = "type" if "type" in columns else "''"
    topics = database.execute(f"SELECT id, name, {kind} FROM topics").fetchall()
    rows = dict(database.execute("SELECT topic_id, COUNT(*) FROM messages GROUP BY topic_id").fetchall())
    counts = {str(name): rows.get(number, 0) for number, name, _ in topics}
    kinds = {str(name): str(kind) for _, name, kind in topics}
    streams = [topic for topic in depth_topics(counts) if counts[topic.name]]
    if not streams:
        return Contents(counts, kinds)
    ids = {str(name): number for number, name, _ in topics}
    _check_times(database, ids[streams[0].name])
    for stream in streams:
        _check_rows(counts, stream)
    return Contents(counts, kinds, _why_the_sdk_refuses(counts, streams) or _misplaced(database, ids, streams[0]))


def _why_the_sdk_refuses(counts: dict[str, int], streams: list[ImageTopic]) -> str:
    """In words; empty where it plays the file."""
    if len(streams) > 1:
        return "several depth sensors"
    metadata = counts.get(f"{streams[0].stream}/image/metadata", 0)
    # A recorder that died may have left a last image without; more would have no time and no units in the SDK.
    return "images without metadata" if metadata < counts[streams[0].name] - 1 else ""


def _misplaced(database: sqlite3.Connection, ids: dict[str, int], stream: ImageTopic) -> str:
    """Which message about the stream is not at the file's first moment, where the SDK waits for it for ever."""
    first = "SELECT DISTINCT topic_id FROM messages WHERE timestamp = (SELECT MIN(timestamp) FROM messages)"
    there = {topic for (topic,) in database.execute(first)}
    device = stream.stream.split("/")[1]
    wanted = [
        name
        for name in sorted(ids)
        if name.startswith(stream.option_prefix) or (name.startswith(f"/{device}/") and name.endswith("/info"))
    ]
    return next((f"no {name} at its beginning" for name in wanted if ids[name] not in there), "")


def _check_times(database: sqlite3.Connection, topic_id: int) -> None:
    """Raise BrokenFileError where a message's time makes no sense: the SDK waits for it for ever."""
    first, whole = database.execute(
        "SELECT MIN(timestamp), SUM(typeof(timestamp) != 'integer') FROM messages WHERE topic_id = ?", (topic_id,)
    ).fetchone()
    least, last = database.execute("SELECT MIN(timestamp), MAX(timestamp) FROM messages").fetchone()
    if whole or not all(isinstance(time, int) for time in (first, least, last)):
        raise BrokenFileError("has a time stamp that is no number")
    if least < 0 or last - first > LONGEST_S * 10**9:
        raise BrokenFileError(f"has a time stamp that makes no sense ({least if least < 0 else last} ns)")


def _check_rows(counts: dict[str, int], stream: ImageTopic) -> None:
    """Raise BrokenFileError where a message is missing that the SDK waits for for ever."""
    if not counts.get(f"{stream.stream}/info"):
        raise BrokenFileError("holds no information on its depth stream")
    options = {name.rpartition("/")[0] for name in counts if name.startswith(stream.option_prefix)}
    for option in sorted(options):
        if not counts.get(f"{option}/value"):
            raise BrokenFileError(f"holds no value of the option {option.rpartition('/')[2]}")
