"""How long each stage of tracking takes: percentiles over a recording, after a warm-up."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np

from app.errors import SourceError
from app.run.compare import Contender, compare, table
from app.run.memory import peak_memory_mib
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
    p99_ms: float | None


@dataclass(frozen=True, slots=True)
class BenchmarkSummary:
    """poses_per_s: frames tracked a second, reading left out. tracked: frames with a pose, of `frames`.

    dropped: frames that would be lost if they came at the source's own pace, live. memory_mib: the most that was
    resident at once, None where the system does not tell. compared: other ways on the same frames, where asked for.
    """

    source: str
    model: str
    device: str
    warm_up: int
    frames: int
    tracked: int
    poses_per_s: float
    dropped: int
    memory_mib: float | None
    stages: dict[str, StageSummary]
    compared: dict[str, Contender] | None = None

    def as_json(self) -> dict[str, object]:
        return asdict(self)

    def lines(self) -> list[str]:
        """The table for people."""
        lines = [
            f"source  {self.source}",
            f"model   {self.model} on {self.device}",
            f"frames  {self.frames} after {self.warm_up} to warm up; {self.tracked} with a pose",
            "stage        n   p50 ms   p95 ms   p99 ms",
        ]
        for name, stage in self.stages.items():
            times = (stage.p50_ms, stage.p95_ms, stage.p99_ms)
            lines.append(f"{name:<9}{stage.n:>5}" + "".join(f"{'-' if t is None else f'{t:.2f}':>9}" for t in times))
        lines.append(f"poses a second  {self.poses_per_s:.1f}")
        lines.append(f"dropped at the source's own pace  {self.dropped} of {self.frames}")
        if self.memory_mib is not None:
            lines.append(f"memory  {self.memory_mib:.0f} MiB at most")
        return lines if self.compared is None else [*lines, *table(self.compared)]


@dataclass(frozen=True, slots=True)
class Rivals:
    """What to compare with. network: the file of the tracker's pose network. mediapipe: a wheel, or None."""

    network: Path
    mediapipe: Path | None = None


def run_benchmark(
    source: Source, tracker: FrameTracker, model: str, limit: int | None = None, rivals: Rivals | None = None
) -> BenchmarkSummary:
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
    memory_mib = peak_memory_mib()
    compared = None if rivals is None else compare(frames, tracker, rivals.network, rivals.mediapipe)
    timings = [asdict(result.timings) for result in results]
    return BenchmarkSummary(
        source=info.label,
        model=model,
        device=tracker.device,
        warm_up=warm_up,
        frames=len(frames),
        tracked=sum(result.state is TrackState.TRACKING for result in results),
        poses_per_s=len(frames) / seconds,
        dropped=dropped_live([frame.timestamp_ms for frame in frames], [t["total_ms"] for t in timings]),
        memory_mib=memory_mib,
        stages={stage: _stage([t[f"{stage}_ms"] for t in timings]) for stage in STAGES},
        compared=compared,
    )


def dropped_live(timestamps_ms: Sequence[float], spent_ms: Sequence[float]) -> int:
    """How many frames are lost where they come at these times and the latest wins (app/pipeline/slot.py)."""
    arrivals = np.maximum.accumulate(timestamps_ms)
    dropped, frame, free_ms = 0, 0, -np.inf
    while frame < len(arrivals):
        start_ms = max(arrivals[frame], free_ms)
        latest = int(np.searchsorted(arrivals, start_ms, side="right")) - 1
        dropped += latest - frame
        frame, free_ms = latest + 1, start_ms + spent_ms[latest]
    return dropped


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
        return StageSummary(0, None, None, None)
    p50, p95, p99 = (float(value) for value in np.percentile(ran, (50, 95, 99)))
    return StageSummary(len(ran), p50, p95, p99)
