"""How long each stage of tracking takes: percentiles over a recording, after a warm-up."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, fields

import numpy as np

from app.errors import SourceError
from app.sources.base import EndOfStream, Source
from app.tracking.base import FrameTracker
from app.tracking.result import StageTimings, TrackState
from models.core.types import DepthFrame

# Enough for a stable 95th percentile; 300 frames of 640 x 480 are 184 MB.
MAX_FRAMES = 300
WARM_UP_FRAMES = 20
STAGES = tuple(field.name.removesuffix("_ms") for field in fields(StageTimings))


@dataclass(frozen=True, slots=True)
class StageSummary:
    """Milliseconds of one stage over the `n` frames in which it ran; None where it never did."""

    n: int
    p50_ms: float | None
    p95_ms: float | None


@dataclass(frozen=True, slots=True)
class BenchmarkSummary:
    """poses_per_s: frames tracked a second, reading left out. tracked: frames with a pose, of `frames`."""

    source: str
    model: str
    device: str
    warm_up: int
    frames: int
    tracked: int
    poses_per_s: float
    stages: dict[str, StageSummary]

    def as_json(self) -> dict[str, object]:
        return asdict(self)

    def lines(self) -> list[str]:
        """The table for people."""
        lines = [
            f"source  {self.source}",
            f"model   {self.model} on {self.device}",
            f"frames  {self.frames} after {self.warm_up} to warm up; {self.tracked} with a pose",
            "stage        n   p50 ms   p95 ms",
        ]
        for name, stage in self.stages.items():
            p50 = "-" if stage.p50_ms is None else f"{stage.p50_ms:.2f}"
            p95 = "-" if stage.p95_ms is None else f"{stage.p95_ms:.2f}"
            lines.append(f"{name:<9}{stage.n:>5}{p50:>9}{p95:>9}")
        return [*lines, f"poses a second  {self.poses_per_s:.1f}"]


def run_benchmark(source: Source, tracker: FrameTracker, model: str, limit: int | None = None) -> BenchmarkSummary:
    """Read up to `limit` frames (300 if None) of a source made with `realtime=False`, then time tracking alone.

    A stage's percentiles are over the frames in which it ran: searching runs only until the hand is found.
    """
    with source as info:
        frames = _read(source, limit or MAX_FRAMES)
    if not frames:
        raise SourceError(f"{info.label} holds no frames to time; choose another source")
    warm_up = min(WARM_UP_FRAMES, len(frames))
    for frame in frames[:warm_up]:
        tracker.track(frame)
    tracker.reset()
    start_s = time.perf_counter()
    results = [tracker.track(frame) for frame in frames]
    seconds = time.perf_counter() - start_s
    timings = [asdict(result.timings) for result in results]
    return BenchmarkSummary(
        source=info.label,
        model=model,
        device=tracker.device,
        warm_up=warm_up,
        frames=len(frames),
        tracked=sum(result.state is TrackState.TRACKING for result in results),
        poses_per_s=len(frames) / seconds,
        stages={stage: _stage([t[f"{stage}_ms"] for t in timings]) for stage in STAGES},
    )


def _read(source: Source, limit: int) -> list[DepthFrame]:
    frames: list[DepthFrame] = []
    try:
        while len(frames) < limit:
            frame = source.read()
            if frame is not None:
                frames.append(frame)
    except EndOfStream:
        pass
    return frames


def _stage(values: list[float]) -> StageSummary:
    ran = [value for value in values if value > 0]
    if not ran:
        return StageSummary(0, None, None)
    p50, p95 = np.percentile(ran, (50, 95))
    return StageSummary(len(ran), float(p50), float(p95))
