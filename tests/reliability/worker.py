"""The process in which damaged inputs are tried, one after another: `python -m tests.reliability.worker`.

A line of JSON in, [what, path]; a line out, what came of it as an `Outcome`. `what` names one of `TRIED`.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import sys
import time
import traceback
import warnings
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import app.sources
from app.errors import AppError
from app.sources import make_source
from app.sources.base import EndOfStream
from app.sources.recording import RecordingSource
from models.runtime import PoseNetwork, RuntimeModelError

MIB = 1 << 20
ADDRESSES = 12 << 30
"""Bytes of addresses that a worker may have: far more than it may use, so that the machine survives what uses more."""


@dataclass
class Outcome:
    """how: "fine" (played to its end, or taken), "refused" with one line, or "traceback". said: the line.

    sums: of the pixels of each frame that is not marked as damaged. damaged: how many are. peak_mib: the most memory
    that the process had meanwhile.
    """

    how: str = "fine"
    said: str = ""
    sums: list[int] = field(default_factory=list)
    damaged: int = 0
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0
    peak_mib: float = 0.0
    rss_mib: float = 0.0


def play(path: str, outcome: Outcome) -> None:
    """A recording by the code of the reader process, in this one; or a folder."""
    source = make_source(path, realtime=False)
    try:
        outcome.notes = list(source.open().notes)
        while True:
            frame = source.read()
            assert frame is not None
            if frame.is_damaged:
                outcome.damaged += 1
            else:
                outcome.sums.append(zlib.crc32(frame.raw))
    except EndOfStream:
        pass
    finally:
        source.close()


def check(path: str, outcome: Outcome) -> None:
    """`--check`: what it repairs must play. Refused: nothing can be repaired."""
    from app.run.check import check_file

    before = Path(path).read_bytes() if Path(path).is_file() else b""
    result = check_file(Path(path))
    assert not before or Path(path).read_bytes() == before, "the file itself was changed"
    if result.repaired is not None and result.repaired.suffix in (".csv", ".jsonl", ".npz"):
        assert not check_file(result.repaired).problem, "what was repaired is not whole"
    elif result.repaired is not None:
        play(str(result.repaired), outcome)
    elif result.problem:
        raise AppError(result.verdict)


def network(path: str, outcome: Outcome) -> None:
    """A network and its card, as --model FILE.onnx has them, on both runtimes."""
    for device in ("cpu", "openvino"):
        PoseNetwork(path, device, threads=1)


def settings(path: str, outcome: Outcome) -> None:
    """What the window remembers; the folder takes the place of ~/.config."""
    from PySide6.QtCore import QSettings

    from app.gui import preferences

    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, path)
    preferences.load()


def output(path: str, outcome: Outcome) -> None:
    """What is there already and would be replaced by an export, a summary, a page or a recording."""
    from app.run.outputs import check_outputs
    from app.settings import Options
    from models.outputs import OutputError

    option = {".json": "json", ".html": "angles", ".bag": "record", ".db3": "record"}
    place = {option.get(Path(path).suffix, "export"): Path(path)}
    try:
        check_outputs(Options(source="simulate", headless=True, **place))
    except OutputError as error:
        raise AppError(str(error)) from None


def precision(path: str, outcome: Outcome) -> None:
    """The precision that an earlier start has measured; the folder takes the place of ~/.cache."""
    from types import SimpleNamespace
    from unittest.mock import patch

    from app.tracking import precision as room

    with patch.dict(os.environ, XDG_CACHE_HOME=path), patch.object(room, "measured", lambda *_: "f32"):
        room.opened("auto", "compact", lambda precision: SimpleNamespace(device=precision))


TRIED: dict[str, Callable[[str, Outcome], None]] = {
    each.__name__: each for each in (play, check, network, settings, output, precision)
}


def tried(what: str, path: str) -> Outcome:
    outcome = Outcome()
    _forget_peak()
    start_s = time.monotonic()
    try:
        TRIED[what](path, outcome)
    except (AppError, RuntimeModelError) as error:
        outcome.how, outcome.said = "refused", str(error)
    except Exception:
        outcome.how, outcome.said = "traceback", traceback.format_exc()[-1500:]
    outcome.seconds = time.monotonic() - start_s
    outcome.peak_mib, outcome.rss_mib = _status("VmHWM"), _status("VmRSS")
    return outcome


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _status(key: str) -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{key}:"):
            return int(line.split()[1]) / 1024
    return 0.0


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    if "--reader" not in sys.argv:  # otherwise recordings are read in a process of their own, as in the program
        app.sources._recording = lambda path, realtime, speed, loop, topic=None: RecordingSource(  # type: ignore[assignment]
            path, realtime, speed, loop, topic
        )
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES, ADDRESSES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(asdict(tried(*json.loads(line)))), file=answers, flush=True)
    answers.flush()
    os._exit(0)  # what the SDK does at the end is not worth waiting for


if __name__ == "__main__":
    main()
