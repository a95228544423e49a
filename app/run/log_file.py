"""The program's log on the disk, for whoever looks for a cause afterwards."""

from __future__ import annotations

import faulthandler
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path

from models.outputs import special_kind

FOLDER = "v2v-hand-tracking"
LOG, FAULTS = "hand-tracking.log", "faults.log"
LARGEST_BYTES, OLDER_FILES = 1 << 20, 3
FORMAT = "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"

log = logging.getLogger(__name__)


def state_folder() -> Path:
    """Where programs of this user keep what they remember and nobody edits; it may not be there yet."""
    home = Path.home()
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = home / "Library" / "Logs"
    else:
        base = os.environ.get("XDG_STATE_HOME") or home / ".local" / "state"
    return Path(base) / FOLDER


@contextmanager
def logging_to_file(folder: Path | None = None) -> Iterator[Path | None]:
    """Within, the log from INFO on goes to `folder` (else that of the user), and crashes leave their stacks there.

    Gives the log's path, None where it cannot be written: the program then runs without.
    """
    folder = folder or state_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if special_kind(folder / LOG) or special_kind(folder / FAULTS):
            raise OSError("it is no plain file")
        handler = RotatingFileHandler(
            folder / LOG, maxBytes=LARGEST_BYTES, backupCount=OLDER_FILES, encoding="utf-8", errors="backslashreplace"
        )
        faults = (folder / FAULTS).open("ab")
    except OSError as error:
        log.info("there is no log in %s: %s", folder, error)
        yield None
        return
    if faults.tell() > LARGEST_BYTES:
        faults.truncate(0)
    handler.setFormatter(logging.Formatter(FORMAT))
    handler.setLevel(logging.INFO)
    root = logging.getLogger()
    before = root.level
    shown = [(other, other.level) for other in root.handlers]
    for other, level in shown:  # what the terminal shows stays what it was
        other.setLevel(max(level, before))
    root.setLevel(min(before, logging.INFO))
    root.addHandler(handler)
    if takes_faults := not faulthandler.is_enabled():
        faulthandler.enable(faults)
    try:
        yield folder / LOG
    finally:
        if takes_faults:
            faulthandler.disable()
        root.removeHandler(handler)
        root.setLevel(before)
        for other, level in shown:
            other.setLevel(level)
        handler.close()
        faults.close()


def last_lines(path: Path, count: int) -> list[str]:
    """The last lines of a text, of which there may be fewer, or none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 400 * count))
            return file.read(400 * count).decode("utf-8", "replace").splitlines()[-count:]
    except OSError:
        return []
