"""While the SDK hangs and keeps its interpreter's lock, the window lives, says so, and can be told to end."""

from __future__ import annotations

import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from app.sources.folder import FolderSource
from tests.app.gui.hang import watch
from tests.app.sources.film import record, write_folder

pytest.importorskip("pyrealsense2")

LONGEST_PAUSE_MS = 3000
"""Of a window that is never drawn on a busy machine; one that hangs pauses as long as the SDK does, for ever."""


@pytest.fixture(scope="module")
def hanging(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording that the SDK never comes back from: it waits for a row that is not there."""
    folder = tmp_path_factory.mktemp("hang")
    path = record(folder / "film.db3", FolderSource(write_folder(folder / "images"), realtime=False))
    with closing(sqlite3.connect(path)) as database, database:
        where = "topic_id IN (SELECT id FROM topics WHERE name LIKE '%Depth_Units/value')"
        assert database.execute(f"DELETE FROM messages WHERE {where}").rowcount == 1
    return path


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_window_lives_and_ends_while_the_sdk_hangs(hanging: Path, x_display: str, number: int):
    line, _, status = watch(hanging, x_display, number)
    pause, _, said = line.partition(" ")
    assert "takes long" in said
    assert int(pause) < LONGEST_PAUSE_MS
    assert status == 130
