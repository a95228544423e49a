"""A graph on a GPU that goes on on the processor when the GPU fails: it vanished, or its memory is full."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

_log = logging.getLogger(__name__)
Run = Callable[..., list[NDArray[Any]]]
"""A graph: its inputs in order, its outputs in order."""


def session_run(session: Any) -> Run:
    """The graph of an ONNX Runtime session."""
    inputs, outputs = [i.name for i in session.get_inputs()], [o.name for o in session.get_outputs()]

    def run(*arrays: NDArray[Any]) -> list[NDArray[Any]]:
        answers: list[NDArray[Any]] = session.run(outputs, dict(zip(inputs, arrays, strict=True)))
        return answers

    return run


class FallingBack:
    """Runs a graph; at its first error it says so once and takes another way for good.

    One thread at a time may call it. device: what it really runs on now.
    """

    def __init__(self, path: Path, run: Run, device: str, otherwise: Callable[[], tuple[Run, str]]) -> None:
        """otherwise: opens the other way when it is needed, and tells what it runs on."""
        self.device = device
        self._path, self._run = path, run
        self._otherwise: Callable[[], tuple[Run, str]] | None = otherwise

    def __call__(self, *arrays: NDArray[Any]) -> list[NDArray[Any]]:
        if self._otherwise is None:
            return self._run(*arrays)
        try:
            return self._run(*arrays)
        except Exception as error:  # ONNX Runtime raises a type of its own for each cause
            failed, otherwise, self._otherwise = self.device, self._otherwise, None
            self._run, self.device = otherwise()
            what = next(iter(str(error).strip().splitlines()), type(error).__name__)[:200]
            _log.warning("%s: %s failed (%s); it goes on on %s", self._path.name, failed, what, self.device)
        return self._run(*arrays)
