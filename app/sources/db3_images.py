"""Checks the images of the SDK's .db3 recordings: the SDK itself shows pixels whose checksum is wrong."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from models.data.png import SIGNATURE, DamagedError, check_chunks


class Db3Images:
    """The images of a topic in the order in which they are played. One thread at a time, not always the same."""

    def __init__(self, path: Path, topic: str) -> None:
        uri = f"{path.absolute().as_uri()}?mode=ro"
        self._database = sqlite3.connect(uri, uri=True, check_same_thread=False)
        self._rows: Iterator[tuple[bytes]] = self._database.execute(
            "SELECT data FROM messages WHERE topic_id = (SELECT id FROM topics WHERE name = ?) ORDER BY timestamp, id",
            (topic,),
        )

    def problem_of_next(self) -> str:
        """What is wrong with the next image, as the end of a sentence; empty where it is whole or of another kind."""
        try:
            (message,) = next(self._rows, (b"",))
            if not isinstance(message, bytes):
                return "no image"
            at = message.find(SIGNATURE)
            if at >= 0:
                check_chunks(message[at:])
        except (DamagedError, sqlite3.Error, UnicodeDecodeError) as error:
            return str(error)
        return ""

    def close(self) -> None:
        self._database.close()
