"""All that is counted of a running pipeline."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from app.pipeline.latency import StageLatency
from app.pipeline.stats import LatencyMeter, PipelineStats, RateMeter
from app.tracking.result import TrackResult
from models.core.types import DepthFrame


class Meters:
    """May be called from any thread."""

    def __init__(self) -> None:
        self.camera, self._pose = RateMeter(), RateMeter()
        self._latency, self._stages = LatencyMeter(), StageLatency()

    def tracked(self, frame: DepthFrame, result: TrackResult, started_s: float, result_s: float) -> Callable[[], None]:
        """A frame was tracked from `started_s` to `result_s`; gives what is to be called once it is drawn."""
        self._pose.tick()
        self._stages.tracked(frame, result, started_s)
        self._latency.add(1000 * (result_s - frame.arrival_s))
        return partial(self._stages.drawn, result_s)

    def stats(self, dropped: int, device: str) -> PipelineStats:
        p50, p95 = self._latency.percentiles()
        stages = self._stages.percentiles()
        return PipelineStats(self.camera.rate(), self._pose.rate(), p50, p95, dropped, device, stages)
