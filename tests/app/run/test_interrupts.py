"""Ctrl-C comes between two frames."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator

import pytest

from app.run.interrupts import interrupts_held

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")


@pytest.fixture(autouse=True, params=[signal.SIGINT, signal.SIGTERM])
def number(request: pytest.FixtureRequest) -> Iterator[int]:
    """A signal that raises KeyboardInterrupt, as in a headless run."""
    before = signal.signal(request.param, signal.default_int_handler)
    yield request.param
    signal.signal(request.param, before)


def write(number: int, signals: int, done: list[str]) -> None:
    """What a run does with a frame, while so many signals come."""
    with interrupts_held():
        for _ in range(signals):
            signal.raise_signal(number)
        done.append("the rest of it")


def test_an_interrupt_waits_for_the_end(number: int):
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        write(number, 1, done)
    assert done
    assert signal.getsignal(number) is signal.default_int_handler


def test_the_second_is_not_held_back(number: int):
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        write(number, 2, done)
    assert not done
    assert signal.getsignal(number) is signal.default_int_handler


def test_an_error_within_is_that_error(number: int):
    with pytest.raises(ValueError, match="broken"), interrupts_held():
        raise ValueError("broken")
    assert signal.getsignal(number) is signal.default_int_handler


def test_signals_of_others_are_theirs(number: int):
    came: list[int] = []
    signal.signal(number, lambda number, _frame: came.append(number))
    with interrupts_held():
        signal.raise_signal(number)
        assert came == [number]


def test_other_threads_are_not_meant():
    reached = []

    def work() -> None:
        with interrupts_held():
            reached.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert reached
