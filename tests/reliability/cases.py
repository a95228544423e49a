"""`python -m tests.reliability cases FOLDER`: damaged recordings that are kept, each played as the program plays it."""

from __future__ import annotations

import lzma
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from app.errors import AppError
from app.sources import make_source
from app.sources.base import EndOfStream


def run(folder: Path, told: Callable[[dict[str, object]], None] = lambda row: None) -> list[dict[str, object]]:
    """A row for each NAME.xz there: the frames that were played, those that are damaged, and what the user is told."""
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        for packed in sorted(folder.glob("*.xz")):
            path = Path(scratch) / packed.stem
            path.write_bytes(lzma.decompress(packed.read_bytes()))
            rows.append(played(path))
            told(rows[-1])
    return rows


def played(path: Path) -> dict[str, object]:
    source = make_source(str(path), realtime=False)
    frames, damaged, said, start_s = 0, 0, "", time.monotonic()
    try:
        said = "; ".join(source.open().notes)
        while (frame := source.read()) is not None:
            frames, damaged = frames + 1, damaged + frame.is_damaged
    except EndOfStream:
        pass
    except AppError as error:
        said = "; ".join([*([said] if said else []), str(error)])
    finally:
        source.close()
    told = said.replace(f"{path.parent}/", "")
    return {"name": path.name, "frames": frames, "damaged": damaged, "told": told, "s": time.monotonic() - start_s}
