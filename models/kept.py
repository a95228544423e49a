"""What takes long to make and can be made again, kept in the user's folder: found whole and for the same key, or not.

A damaged file, one of another version or one that cannot be read is as good as none.
"""

from __future__ import annotations

import hashlib
import logging
import os
from pathlib import Path

from models.outputs import write_whole

log = logging.getLogger(__name__)

_DIGEST_BYTES = hashlib.sha256().digest_size


def kept_folder() -> Path:
    """The user's folder for what can be made again."""
    if os.name == "nt":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "v2v-hand-tracking"


def fetch(name: str, key: str) -> bytes | None:
    """What was kept under this name for this key: all that it depends on. None where there is no such thing."""
    try:
        whole = (kept_folder() / name).read_bytes()
    except (OSError, RuntimeError):  # RuntimeError: there is no home folder
        return None
    content = whole[_DIGEST_BYTES:]
    return content if whole[:_DIGEST_BYTES] == _digest(key, content) else None


def keep(name: str, key: str, content: bytes) -> None:
    """Keep the content for `fetch`, instead of what the name had; where that fails, the log says so."""
    try:
        path = kept_folder() / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, _digest(key, content) + content)
    except (OSError, RuntimeError, ValueError) as error:
        log.info("%s cannot be kept (%s); it is made again at the next start", name, error)


def _digest(key: str, content: bytes) -> bytes:
    """Of both: a file that is whole, but for another key, does not match either."""
    digest = hashlib.sha256(f"{key}\0".encode())
    digest.update(content)
    return digest.digest()
