"""A process that other programs keep from running is slow, and not stuck."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.sources import reader_link, starved
from app.sources.base import SourceInfo
from app.sources.reader_link import ReaderDiedError, ReaderLink
from app.sources.starved import starved_s

FAULTS = "tests.app.sources.reader_faults"
BUSY = "while True: pass"
PATIENCE_S = 60.0
on_linux = pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="only Linux says it")


@on_linux
def test_who_shares_a_processor_with_another_is_kept_waiting():
    one_processor = {min(os.sched_getaffinity(0))}
    pair = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(2)]
    try:
        for process in pair:
            os.sched_setaffinity(process.pid, one_processor)
        deadline_s = time.monotonic() + PATIENCE_S
        while min(starved_s(process.pid) for process in pair) < 0.5:
            assert time.monotonic() < deadline_s
            time.sleep(0.05)
    finally:
        for process in pair:
            process.kill()
            process.wait()
    assert starved_s(pair[0].pid) == 0


def test_where_nothing_says_it_it_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(starved, "PROCESSES", tmp_path / "no such folder")
    assert starved_s(os.getpid()) == 0


class Clock:
    """Instead of `starved_s`: a process that is kept waiting for all of the time, or for none of it."""

    def __init__(self, rate: float) -> None:
        self.rate, self.asked = rate, 0

    def __call__(self, pid: int) -> float:
        self.asked += 1
        return self.rate * time.monotonic()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reader_link, "SOON_S", 0.2)

    def link(factory: str, rate: float, *arguments: object) -> tuple[ReaderLink, Clock]:
        clock = Clock(rate)
        monkeypatch.setattr(reader_link, "starved_s", clock)
        found = ReaderLink(f"{FAULTS}:{factory}", arguments)
        found.wait_until_ready()
        clock.asked = 0
        return found, clock

    return link


@pytest.mark.parametrize(("rate", "opens"), [(1.0, True), (0.0, False)])
def test_a_limit_grows_while_the_process_cannot_run(rate: float, opens: bool, impatient):
    link, _ = impatient("SlowSource", rate)
    try:
        if opens:
            assert isinstance(link.ask("open", limit_s=1.0), SourceInfo)
        else:
            with pytest.raises(ReaderDiedError, match="does not come back"):
                link.ask("open", limit_s=1.0)
    finally:
        link.end()


def test_what_is_stuck_is_ended_even_where_it_is_kept_from_running(impatient):
    link, clock = impatient("FaultySource", 1.0, "hang", "open")
    with pytest.raises(ReaderDiedError, match="does not come back"):
        link.ask("open", limit_s=1.0)
    ticks_behind = (1.0 - reader_link.SOON_S) / reader_link.TICK_S
    assert 0.8 * reader_link.MOST_PATIENCE * ticks_behind < clock.asked < 1.3 * reader_link.MOST_PATIENCE * ticks_behind
    link.end()
