"""A writer that can be switched on and off: what the window asks of it never waits for the disk."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from app.pipeline.output import SwitchedOutput
from app.pipeline.state import OutputStatus

PATIENCE_S = 20.0
PATH = Path("take.db3")


class SlowWriter:
    """Holds in `where` until it is released."""

    def __init__(self, where: str) -> None:
        self._where = where
        self.is_in, self.released = threading.Event(), threading.Event()

    def _hold(self, where: str) -> None:
        if where == self._where:
            self.is_in.set()
            assert self.released.wait(PATIENCE_S)

    def write(self, _item: int) -> None:
        self._hold("write")

    def close(self) -> None:
        self._hold("close")


def asked(output: SwitchedOutput) -> OutputStatus | None:
    """Its status, asked in another thread; None where that waits."""
    got: list[OutputStatus] = []
    thread = threading.Thread(target=lambda: got.append(output.status), daemon=True)
    thread.start()
    thread.join(PATIENCE_S / 4)
    return got[0] if got else None


@pytest.mark.parametrize("where", ["write", "close"])
def test_the_status_is_told_while_the_disk_is_slow(where: str):
    output: SwitchedOutput[int] = SwitchedOutput("recording")
    writer = SlowWriter(where)
    output.start(PATH)

    def use() -> None:
        output.write(1, lambda _path: writer)
        output.stop()

    thread = threading.Thread(target=use, daemon=True)
    thread.start()
    assert writer.is_in.wait(PATIENCE_S)
    try:
        assert asked(output) == OutputStatus(PATH, int(where == "close"))  # it is on until it is closed
    finally:
        writer.released.set()
    thread.join(PATIENCE_S)
    assert output.status == OutputStatus(None, 1, "", PATH)


def test_a_close_that_fails_is_told_and_leaves_nothing_closed():
    class Failing(SlowWriter):
        def close(self) -> None:
            raise OSError(28, "No space left on device")

    output: SwitchedOutput[int] = SwitchedOutput("recording")
    output.start(PATH)
    output.write(1, lambda _path: Failing(""))
    assert output.stop().error == "recording stopped: [Errno 28] No space left on device"
    assert (output.status.path, output.status.closed) == (None, None)
    output.write(2, lambda _path: SlowWriter(""))
    assert output.status.written == 1  # it is off
