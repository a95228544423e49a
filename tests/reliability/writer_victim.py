"""A run that writes to a disk with a fault: `python -m tests.reliability.writer_victim FOLDER OUTPUT FAULT`.

Run it by small_disk.ALONE. A line of JSON: what the user was told, how it ended, the frames that had been handed out.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from app.errors import AppError
from app.run.headless import run_headless
from app.settings import Options
from tests.app.fakes import FakeTracker
from tests.reliability.faults import log_said
from tests.reliability.small_disk import SmallDisk
from tests.reliability.steps import OUTPUTS
from tests.reliability.victim import PacedFilm

SECONDS = 2.0
FIRST = 30
"""Frames that are written before the fault begins, where it begins on the way."""
LONGEST_S = 40.0

FAULTS: dict[str, tuple[int | None, Callable[[SmallDisk], None]]] = {
    "disk full from the start": (0, SmallDisk.fill),
    "disk full on the way": (FIRST, SmallDisk.fill),
    "disk full at the end": (None, SmallDisk.fill),
    "folder removed": (FIRST, SmallDisk.remove),
    "folder moved": (FIRST, SmallDisk.move),
}
"""When it begins, in frames, None: after the last; and what happens."""


def main(folder: Path, output: str, fault: str) -> dict[str, object]:
    disk = SmallDisk(folder)
    begin, happen = FAULTS[fault]
    path = disk.outputs / OUTPUTS[output]
    key = "record" if output in (".bag", ".db3", "folder") else "export"
    options = Options(source="camera", headless=True, **{key: path})
    written = 0
    found: dict[str, object] = {"ended": "hangs", "told": ""}

    def count(*_: object) -> None:
        nonlocal written
        written += 1
        if written == begin:
            happen(disk)

    def run() -> None:
        source = PacedFilm(SECONDS, lambda: happen(disk) if begin is None else None)
        try:
            outcome = run_headless(options, source, FakeTracker(), "", also=[count], shows_progress=False)
            ended = "ends with a line" if outcome.error else "plays to its end"
            found.update(ended=ended, told=str(outcome.error or ""))
        except AppError as error:
            found.update(ended="ends with a line", told=str(error))
        except BaseException as error:
            found.update(ended="fails", told=repr(error))

    if begin == 0:
        happen(disk)
    with log_said() as said:
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        thread.join(LONGEST_S)
    told = [*said, *([str(found["told"])] if found["told"] else [])]
    disk.close()
    return {**found, "told": "; ".join(told), "frames": written}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])))
