"""Pipelines that are always closed, and a watch on threads: here daemon threads count too."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from app.pipeline import Pipeline
from app.run.reopening import Patience

PATIENCE_S = 10.0
QUICK = Patience(first_s=0.01, longest_s=0.01)


@pytest.fixture(autouse=True)
def no_thread_survives() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(PATIENCE_S)
        assert not thread.is_alive(), f"{thread.name} was left running"


@pytest.fixture
def make_pipeline() -> Iterator[Callable[..., Pipeline]]:
    made: list[Pipeline] = []

    def make(*arguments, **changes) -> Pipeline:
        made.append(Pipeline(*arguments, **{"patience": QUICK, **changes}))
        return made[-1]

    yield make
    for pipeline in made:
        assert pipeline.close(PATIENCE_S) == []


@pytest.fixture
def wait_until() -> Callable[[Callable[[], object]], None]:
    """`wait_until(condition)`: returns as soon as it holds, fails after ten seconds."""

    def wait(condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        pause = threading.Event()
        while not condition():
            assert time.monotonic() < deadline, "the condition never held"
            pause.wait(0.002)

    return wait
