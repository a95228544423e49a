"""Where the milliseconds of one frame go."""

from __future__ import annotations

import time
from typing import Literal

from app.tracking.result import StageTimings

Stage = Literal["detect_ms", "refine_ms", "voxelise_ms", "network_ms"]


class Stopwatch:
    """Runs from its making; each `lap` books the time since the last one to a stage, which may come more than once."""

    def __init__(self) -> None:
        self._start = self._mark = time.perf_counter()
        self._spent: dict[Stage, float] = {"detect_ms": 0.0, "refine_ms": 0.0, "voxelise_ms": 0.0, "network_ms": 0.0}

    def lap(self, stage: Stage) -> None:
        now = time.perf_counter()
        self._spent[stage] += 1000 * (now - self._mark)
        self._mark = now

    def timings(self) -> StageTimings:
        return StageTimings(**self._spent, total_ms=1000 * (time.perf_counter() - self._start))
