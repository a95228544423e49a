"""Some damaged inputs of each kind; `python -m tests.reliability mutations` tries thousands."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.errors import AppError
from tests.reliability import mutations
from tests.reliability.changes import BINARY, TEXT
from tests.reliability.films import FILMS
from tests.reliability.others import INPUTS
from tests.reliability.watched import Hung, Worker

pytest.importorskip("pyrealsense2")
pytest.importorskip("rosbags")


@pytest.mark.parametrize(("kind", "each"), [("recordings", FILMS), ("others", INPUTS)])
def test_damaged_inputs_are_one_line_or_taken(tmp_path: Path, kind: str, each: dict[str, object]):
    count = 3 * len(each)
    tallies, failed = mutations.run(kind, seed=1, count=count, keep=tmp_path)
    assert not failed, [(one.case.number, one.case.layout, one.fault, one.outcome.said) for one in failed]
    assert sum(tally.fine + tally.refused for tally in tallies.values()) == count
    assert any(tally.refused for tally in tallies.values()), "no damage was noticed at all"


def test_a_case_is_known_by_its_number(tmp_path: Path):
    made = []
    for name in ("a", "b"):
        case = mutations.Kitchen(tmp_path / name, 3, "others", ["camera.json", "PNG"]).case(5)
        made.append([(path.name, path.read_bytes()) for path in sorted(case.place.rglob("*.*")) if path.is_file()])
    assert made[0] == made[1]


@pytest.mark.parametrize("name", {**BINARY, **TEXT})
def test_changes_change_and_never_fail(name: str):
    change = {**BINARY, **TEXT}[name]
    whole = b'{"a": 1.5, "b": [2, 3]}\nsecond line\n' * 9
    changed = [change(whole, np.random.default_rng(seed)) for seed in range(40)]
    assert sum(each != whole for each in changed) > 30
    for tiny in (b"", b"x"):
        assert isinstance(change(tiny, np.random.default_rng(0)), bytes)


def test_a_crash_a_hang_and_a_traceback_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The watch itself, on a worker whose ways break."""
    place = tmp_path / "broken_worker.py"
    place.write_text(
        "import os, signal, threading\n"
        "from tests.reliability import worker\n"
        "def fall(path, outcome): os.kill(os.getpid(), signal.SIGSEGV)\n"
        "def sleep(path, outcome): threading.Event().wait(60)\n"
        "def fail(path, outcome): raise ZeroDivisionError('none of ours')\n"
        "def eat(path, outcome): bytearray(1200 << 20)\n"
        "worker.TRIED.update(fall=fall, sleep=sleep, fail=fail, eat=eat)\n"
        "worker.main()\n"
    )
    watched = Worker(program=[str(place)])
    for what, how in (("fall", "crash"), ("sleep", "hang")):
        with pytest.raises(Hung) as caught:
            watched.run(what, tmp_path, 5 if what == "fall" else 0.5)
        assert caught.value.how == how
    assert mutations.Judge.fault(watched.run("fail", tmp_path, 5)) == "traceback"
    assert mutations.Judge.fault(watched.run("eat", tmp_path, 20)) == "memory"
    watched.end()


def test_errors_are_printable_whatever_went_into_them():
    assert str(AppError("a\x1b[31m\nb\udce9")) == "a\\x1b[31m b\\udce9"
