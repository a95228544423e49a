"""Where the time goes between the sensor and the screen, stage by stage."""

from __future__ import annotations

import time
from collections.abc import Callable

from app.pipeline.stats import LatencyMeter
from app.tracking.result import TrackResult
from models.core.types import DepthFrame

MOST_SENSOR_MS = 2000.0
"""A time stamp further from the system's clock than this is not of that clock: recordings, cameras with their own."""

STAGES = ("sensor", "waiting", "search", "reference", "voxels", "network", "rest", "drawing")
"""In the order of the way of a frame. sensor: from the camera's own time stamp to its arrival here. waiting: for the
tracker to be free. rest: of tracking, what is none of the four before it. drawing: from the pose to the 3D view."""


class StageLatency:
    """Times of the newest frames by stage. May be called from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, wall: Callable[[], float] = time.time) -> None:
        """clock: as `DepthFrame.arrival_s`. wall: seconds since 1970, as cameras' own time stamps in ms."""
        self._clock, self._wall = clock, wall
        self._meters = {stage: LatencyMeter() for stage in STAGES}

    def tracked(self, frame: DepthFrame, result: TrackResult, started_s: float) -> None:
        """A result has come now; tracking began at `started_s`."""
        since_arrival_ms = 1000 * (self._clock() - frame.arrival_s)
        sensor_ms = 1000 * self._wall() - since_arrival_ms - frame.timestamp_ms
        if 0 <= sensor_ms <= MOST_SENSOR_MS:
            self._meters["sensor"].add(sensor_ms)
        self._meters["waiting"].add(1000 * (started_s - frame.arrival_s))
        spent = result.timings
        stages = {
            "search": spent.detect_ms,
            "reference": spent.refine_ms,
            "voxels": spent.voxelise_ms,
            "network": spent.network_ms,
        }
        for stage, spent_ms in stages.items():
            self._meters[stage].add(spent_ms)
        tracking_ms = 1000 * (self._clock() - started_s)
        self._meters["rest"].add(max(0.0, tracking_ms - sum(stages.values())))

    def drawn(self, result_s: float) -> None:
        """The result that came at `result_s` is on the screen now."""
        self._meters["drawing"].add(1000 * (self._clock() - result_s))

    def percentiles(self) -> dict[str, tuple[float, float]]:
        """The 50th and 95th percentile in ms of each stage that has run, in order."""
        found = {}
        for stage, meter in self._meters.items():
            p50, p95 = meter.percentiles()
            if p50 is not None and p95 is not None:
                found[stage] = (p50, p95)
        return found
