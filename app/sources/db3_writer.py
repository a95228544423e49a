"""Writes depth frames as .db3, by the RealSense SDK's own recorder."""

from __future__ import annotations

import errno
import logging
import os
import re
import shutil
import sqlite3
import time
from collections import deque
from contextlib import closing
from pathlib import Path
from typing import Any

from app.sources.base import SourceInfo
from app.sources.sdk import load_sdk
from app.sources.software_device import SDK_NUMBERS, SoftwareDepthDevice
from models.core.types import DepthFrame

log = logging.getLogger(__name__)

DB3_BACKLOG = 64
"""Frames that may wait for the disk: the SDK drops what comes when it holds about half a gigabyte."""
DB3_LAG_S = 0.5
"""And how long: what waits is lost where the program is killed."""
DB3_STUCK_S = 5.0
DB3_BESIDE_BYTES = 1 << 16
"""What a frame's transaction needs besides its pixels: where less is free, no frame goes into the file any more."""
DB3_MARK = 0x56325650
"""SQLite's number of the application that owns a file; it stands at byte 68."""
_NUMBER = re.compile(rb"Frame number=(\d+)")


class Db3Writer:
    """The SDK's own recorder, fed by a software device. One thread at a time.

    OSError where the disk is full, RuntimeError where the SDK fails, SourceError where it is missing.
    """

    def __init__(self, path: Path, info: SourceInfo) -> None:
        rs = load_sdk()
        self._path = path
        self._frame_bytes = 2 * info.camera.width * info.camera.height + DB3_BESIDE_BYTES
        self._times_ns: dict[int, int] = {}  # by the number that the SDK writes
        self._waiting: deque[float] = deque()  # when the frames came that have not reached the file, and some that have
        self._source = SoftwareDepthDevice(info.camera, info.fps, info.depth_units, info.label)
        self._recorder: Any = rs.recorder(str(path), self._source.device)
        self._sensor: Any = self._recorder.query_sensors()[0]
        self._passed_on = rs.frame_queue(1)
        self._sensor.open(self._sensor.get_stream_profiles()[0])
        self._sensor.start(self._passed_on)

    def write(self, frame: DepthFrame, time_ns: int) -> None:
        self._times_ns[frame.frame_id & SDK_NUMBERS] = time_ns  # first: what comes between here is no harm
        self._source.push(frame.raw, frame.frame_id, frame.timestamp_ms, frame.depth_units)
        self._waiting.append(time.monotonic())
        self._wait_for_disk()

    def _wait_for_disk(self) -> None:
        """Hold back a source that is faster than the disk; the SDK itself never does."""
        moved_at_s, before = time.monotonic(), -1
        while True:
            written, now_s = self._written(), time.monotonic()
            while self._waiting and len(self._waiting) > len(self._times_ns) - written:
                self._waiting.popleft()
            lag_s = now_s - self._waiting[0] if self._waiting else 0.0
            if len(self._waiting) <= DB3_BACKLOG and lag_s <= DB3_LAG_S:
                return
            if written != before:
                moved_at_s, before = now_s, written
            elif shutil.disk_usage(self._path.parent).free < self._frame_bytes:  # the SDK says nothing
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            if now_s - moved_at_s > DB3_STUCK_S:
                log.warning("%s: the disk does not keep up, frames may be lost", self._path)
                return
            time.sleep(0.002)

    def _written(self) -> int:
        """About how many frames have reached the file: each has three transactions, and SQLite counts them there."""
        with self._path.open("rb") as file:
            counter = file.read(28)[24:]
        return int.from_bytes(counter, "big") // 3

    def close(self) -> None:
        self._sensor.stop()
        self._sensor.close()
        # The file is complete once the SDK's object is gone.
        self._sensor = self._recorder = None
        try:
            with closing(sqlite3.connect(self._path)) as database:
                database.execute(f"PRAGMA application_id = {DB3_MARK}")
            self._set_times()
        except sqlite3.Error as error:
            log.warning("%s: plays at the pace of its recording (%s)", self._path, error)

    def _set_times(self) -> None:
        """Give the frames their own times: the SDK took the moments of their arrival, which may have been a rush.

        Each is known by the number beside its image. A frame without one follows the one before it.
        """
        with closing(sqlite3.connect(self._path)) as database, database:
            rows = database.execute(
                "SELECT timestamp, MAX(CASE WHEN name LIKE '%/image/metadata' THEN data END) FROM messages "
                "JOIN topics ON topics.id = topic_id WHERE name LIKE '%/image/%' GROUP BY timestamp ORDER BY timestamp"
            )
            time_ns, changes = 0, []
            for arrived_ns, metadata in rows:
                number = _NUMBER.search(metadata or b"")
                known_ns = None if number is None else self._times_ns.get(int(number[1]))
                time_ns = max(time_ns + 1, known_ns or 0)
                changes.append((time_ns, -arrived_ns))
            # Negative in between, so that no new time is taken for an old one.
            database.execute("UPDATE messages SET timestamp = -timestamp WHERE timestamp > 0")
            database.executemany("UPDATE messages SET timestamp = ? WHERE timestamp = ?", changes)
