"""Whatever is stuck, closing ends; whatever ends a thread, it is seen."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from app.pipeline import Phase, Pipeline
from app.sources.base import EndOfStream
from tests.app.fakes import FakeSource, FakeTracker, hand_frame
from tests.app.sources.film import in_thread

CLOSE_S = 0.6
PATIENCE_S = 10.0


class Gate:
    """A place where a thread gets stuck until it is let go."""

    def __init__(self) -> None:
        self.reached, self._free = threading.Event(), threading.Event()

    def wait(self) -> None:
        self.reached.set()
        self._free.wait()

    def open(self) -> None:
        self._free.set()


class StuckSource(FakeSource):
    """A camera that gets stuck at the third frame or in its close, and then hears of nothing."""

    def __init__(self, gate: Gate, where: str) -> None:
        super().__init__(endless=lambda k: hand_frame(frame_id=k), is_live=True)
        self._gate, self._where = gate, where

    def open(self):
        if self._where == "open":
            self._gate.wait()
        return super().open()

    def read(self, timeout_s: float = 5.0):
        if self._where == "read" and self.reads == 2:
            self._gate.wait()
            raise EndOfStream
        return super().read(timeout_s)

    def close(self) -> None:
        super().close()
        if self._where == "close":
            self._gate.wait()


class StuckWriter:
    """A file on a disk that does not answer."""

    def __init__(self, gate: Gate, where: str) -> None:
        self._gate, self._where, self.is_closed = gate, where, False

    def __call__(self, path: Path, info: object) -> StuckWriter:
        return self

    def write(self, frame) -> None:
        if self._where == "write":
            self._gate.wait()

    def close(self) -> None:
        if self._where == "finish":
            self._gate.wait()
        self.is_closed = True


@pytest.mark.parametrize(
    ("where", "left"),
    [
        ("open", {"camera"}),
        ("read", {"camera"}),
        ("close", {"camera", "source-close"}),
        ("track", {"tracking"}),
        ("write", {"camera", "recording-close"}),
        ("finish", {"recording-close"}),
    ],
)
def test_close_ends_whatever_is_stuck_and_names_it(wait_until, where: str, left: set[str]):
    gate = Gate()
    tracker = FakeTracker()
    if where == "track":
        tracker.track = lambda frame: gate.wait()  # type: ignore[method-assign]
    writer = StuckWriter(gate, where)
    pipeline = Pipeline(StuckSource(gate, where), tracker, recorder=writer)
    pipeline.start_recording(Path("take.bag"))
    pipeline.start()
    wait_until(lambda: gate.reached.is_set() or (where in ("close", "finish") and pipeline.recording.written > 2))
    survivors: list[str] = []
    thread, errors = in_thread(lambda: survivors.extend(pipeline.close(CLOSE_S)))
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
    assert not errors
    assert left - {"camera"} <= set(survivors) <= left | {"camera"}
    assert writer.is_closed == (where not in ("open", "write", "finish")), "the file of a recording is whole"
    gate.open()
    assert pipeline.close(PATIENCE_S) == []


def test_a_second_close_does_not_start_another_that_gets_stuck(wait_until):
    gate = Gate()
    pipeline = Pipeline(StuckSource(gate, "close"), FakeTracker())
    before = threading.active_count()
    for _ in range(3):
        assert pipeline.close(0.1) == ["source-close"]
    assert threading.active_count() == before + 1
    gate.open()
    assert pipeline.close(PATIENCE_S) == []


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit(), MemoryError()])
def test_a_source_that_ends_its_thread_is_a_failure_that_is_seen(make_pipeline, wait_until, error: BaseException):
    class Ending(FakeSource):
        def read(self, timeout_s: float = 5.0):
            raise error

    pipeline = make_pipeline(Ending(is_live=True), FakeTracker())
    pipeline.start()
    wait_until(lambda: pipeline.state.phase is Phase.FAILED)
    assert type(error).__name__ in pipeline.state.message


def test_a_tracker_that_ends_its_thread_is_a_failure_that_is_seen(make_pipeline, wait_until):
    def end(_frame: object) -> None:
        raise SystemExit

    tracker = FakeTracker()
    tracker.track = end  # type: ignore[method-assign]
    pipeline = make_pipeline(FakeSource(endless=lambda k: hand_frame(frame_id=k), is_live=True), tracker)
    pipeline.start()
    wait_until(lambda: pipeline.state.phase is Phase.FAILED)
    assert "SystemExit" in pipeline.state.message


def test_a_writer_that_breaks_its_contract_ends_the_recording_alone(make_pipeline, wait_until):
    class Broken(StuckWriter):
        def write(self, frame) -> None:
            raise ZeroDivisionError("oops")

    source = FakeSource(endless=lambda k: hand_frame(frame_id=k), is_live=True)
    pipeline = make_pipeline(source, FakeTracker(), recorder=Broken(Gate(), "nowhere"))
    pipeline.start_recording(Path("take.bag"))
    pipeline.start()
    wait_until(lambda: "oops" in pipeline.recording.error)
    seen = source.reads
    wait_until(lambda: source.reads > seen + 5)
    assert pipeline.state.phase is Phase.RUNNING
