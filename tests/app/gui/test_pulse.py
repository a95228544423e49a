"""The window looks at once where there is news, and now and then where there is none."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QCoreApplication, QEventLoop

from app.gui.pulse import POLL_MS, Pulse


@pytest.fixture
def application():
    return QCoreApplication.instance() or QCoreApplication([])


def run(until, limit_s: float = 20.0) -> None:
    deadline_s = time.monotonic() + limit_s
    while not until():
        assert time.monotonic() < deadline_s
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


def test_every_news_is_looked_at_and_state_without_news(application):
    news, looks = [object()], []
    pulse = Pulse(application, lambda: news[0], lambda: looks.append((news[0], time.monotonic())))
    try:
        for _ in range(5):
            news[0] = object()
            run(lambda: looks and looks[-1][0] is news[0])
        before = len(looks)
        run(lambda: len(looks) >= before + 3)
        times_s = [at for _, at in looks[before:]]
        assert all(later - sooner >= 0.99 * POLL_MS / 1000 for sooner, later in zip(times_s, times_s[1:]))
    finally:
        pulse.stop()
