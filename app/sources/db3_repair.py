"""Gets out of a damaged .db3 every message that can be read."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.sources.db3_file import LONGEST_S
from app.sources.sdk_layout import image_topic

MOST_FAILURES = 100_000
"""Of reads that a damaged database may answer with an error."""
LARGEST_NUMBER = 2**62
TABLES = (
    "CREATE TABLE topics(id INTEGER PRIMARY KEY, name TEXT NOT NULL, type TEXT NOT NULL, serialization_format TEXT "
    "NOT NULL, offered_qos_profiles TEXT NOT NULL)",
    "CREATE TABLE messages(id INTEGER PRIMARY KEY, topic_id INTEGER NOT NULL, timestamp INTEGER NOT NULL, data BLOB "
    "NOT NULL)",
    "CREATE INDEX timestamp_idx ON messages (timestamp ASC)",
)


@dataclass(frozen=True, slots=True)
class Saved:
    """messages: put into the new file. retimed: of which whose time made no sense. left_out: images for that reason."""

    messages: int
    retimed: int
    left_out: int


def repair_db3(path: Path, target: Path) -> Saved:
    """Write a new .db3 of all messages of `path` that can be read. Raises OSError; ValueError where there is none."""
    work = target.with_name(f"{target.name}.work")
    shutil.copyfile(path, work)  # SQLite may undo what was half written, and never in the file itself
    journal = path.with_name(path.name + "-journal")
    if journal.exists():
        shutil.copyfile(journal, work.with_name(work.name + "-journal"))
    try:
        with closing(sqlite3.connect(work)) as old, closing(sqlite3.connect(target)) as new, new:
            saved = _copy(old, new)
    except sqlite3.Error as error:
        target.unlink(missing_ok=True)
        raise ValueError(f"nothing in it can be read ({error})") from None
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    finally:
        for left in (work, work.with_name(work.name + "-journal")):
            left.unlink(missing_ok=True)
    if not saved.messages:
        target.unlink(missing_ok=True)
        raise ValueError("nothing in it can be read")
    return saved


def _copy(old: sqlite3.Connection, new: sqlite3.Connection) -> Saved:
    old.execute("PRAGMA writable_schema = ON")  # else SQLite opens nothing that is shorter than it says
    for table in TABLES:
        new.execute(table)
    for (number,) in old.execute("PRAGMA application_id"):
        new.execute(f"PRAGMA application_id = {int(number)}")
    topics = {}
    for row in _rows(old, "topics", "id, name, type, serialization_format, offered_qos_profiles"):
        topics[row[0]] = str(row[1])
        new.execute("INSERT INTO topics VALUES (?, ?, ?, ?, ?)", row)
    images = {number for number, name in topics.items() if image_topic(name) is not None}
    begin = _first_time(old, images)
    messages = retimed = left_out = 0
    for number, topic, time_ns, data in _rows(old, "messages", "id, topic_id, timestamp, data"):
        if topic not in topics or not isinstance(data, bytes):
            continue
        if not (isinstance(time_ns, int) and 0 <= time_ns <= begin + LONGEST_S * 10**9):
            if topic in images:
                left_out += 1
                continue
            time_ns, retimed = 0, retimed + 1
        new.execute("INSERT INTO messages VALUES (?, ?, ?, ?)", (number, topic, time_ns, data))
        messages += 1
    return Saved(messages, retimed, left_out)


def _first_time(old: sqlite3.Connection, images: set[int]) -> int:
    """The time of the first image, nanoseconds."""
    times = (row[2] for row in _rows(old, "messages", "id, topic_id, timestamp") if row[1] in images)
    return next((time_ns for time_ns in times if isinstance(time_ns, int) and time_ns >= 0), 0)


def _rows(database: sqlite3.Connection, table: str, columns: str) -> Iterator[tuple[Any, ...]]:
    """Every row that can be read, in order of their numbers; what cannot be is stepped over, ever more widely."""
    last, step, failures = -1, 1, 0
    while failures < MOST_FAILURES and last < LARGEST_NUMBER:
        try:
            for row in database.execute(f"SELECT {columns} FROM {table} WHERE id > ? ORDER BY id", (last,)):
                yield row
                last, step = row[0], 1
            return
        except sqlite3.DatabaseError as error:
            if failures == 0 and "no such" in str(error):
                raise
            failures += 1
            last += step
            step *= 2
            with suppress(sqlite3.Error):
                database.rollback()
