"""A source that is faster than the network, for long: python -m tests.app.pipeline.fast --minutes 10

Real threads and a real hand-off between them; frames of 640 x 480 come 90 times a second, the network takes 30 ms. A
pose is as old as its frame is when the pose comes: at best one inference, and one frame more where the frame lay in the
slot. Where the age comes from is printed, too: what the frame waited in the slot, what the inference really took, and
the rest, handing over. Memory is that of the whole process.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from array import array
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.pipeline import Pipeline
from app.pipeline.state import Latest
from app.sources.base import EndOfStream, Source, SourceInfo
from app.tracking.result import TrackResult
from models.core.types import Camera, DepthFrame
from tests.app.fakes import FakeTracker

CAMERA = Camera(width=640, height=480, fx=380.0, fy=380.0, ppx=319.5, ppy=239.5)
POLL_S = 0.004
SAMPLE_S = 1.0


class FastSource(Source):
    """A live source that makes a new frame at its own pace, whoever reads."""

    def __init__(self, fps: float) -> None:
        self._fps = fps
        self._closed = threading.Event()
        self._next_s = 0.0
        self.frames = 0
        self.came_s: dict[int, float] = {}

    def open(self) -> SourceInfo:
        self._next_s = time.monotonic()
        return SourceInfo("camera", "a fast camera", True, self._fps, CAMERA, 0.001)

    def read(self, timeout_s: float = 5.0) -> DepthFrame | None:
        self._next_s = max(self._next_s + 1 / self._fps, time.monotonic())
        if self._closed.wait(self._next_s - time.monotonic()):
            raise EndOfStream
        self.frames += 1
        raw = np.full(CAMERA.shape, 500 + self.frames % 100, dtype=np.uint16)
        self.came_s[self.frames] = time.monotonic()
        return DepthFrame(raw, 0.001, CAMERA, self.frames, 1000 * time.time(), self.came_s[self.frames])

    def close(self) -> None:
        self._closed.set()

    def set_paused(self, paused: bool) -> None:
        pass

    @property
    def is_paused(self) -> bool:
        return False


class SlowTracker(FakeTracker):
    """Takes a fixed time for each frame, without using the processor."""

    def __init__(self, network_ms: float) -> None:
        super().__init__()
        self._network_s = network_ms / 1000
        self.begun_s: dict[int, float] = {}
        self.took_ms: dict[int, float] = {}

    def track(self, frame: DepthFrame) -> TrackResult:
        begun_s = self.begun_s[frame.frame_id] = time.monotonic()
        time.sleep(self._network_s)
        result = super().track(frame)
        self.took_ms[frame.frame_id] = 1000 * (time.monotonic() - begun_s)
        return result


def _numbers() -> array[float]:
    """An empty list that grows by 8 bytes a number: it should not count in what it measures."""
    return array("d")


@dataclass
class Figures:
    """Of each pose seen: ages_ms when it came, and of that waited_ms in the slot and took_ms in the network.

    over_ms: its age over what the network took for it and the time until the next frame came: a pose of a newer frame
    could not have been there. memory_mib: once a second.
    """

    ages_ms: array[float] = field(default_factory=_numbers)
    waited_ms: array[float] = field(default_factory=_numbers)
    took_ms: array[float] = field(default_factory=_numbers)
    over_ms: array[float] = field(default_factory=_numbers)
    memory_mib: array[float] = field(default_factory=_numbers)
    frames: int = 0
    tracked: int = 0
    dropped: int = 0

    def lines(self, fps: float, network_ms: float) -> list[str]:
        ages = np.array(self.ages_ms)
        limit_ms = network_ms + 1000 / fps
        handed_ms = ages - np.array(self.waited_ms) - np.array(self.took_ms)
        parts = {"age": ages, "waited": self.waited_ms, "network": self.took_ms, "the rest": handed_ms}
        return [
            f"frames   {self.frames}, tracked {self.tracked}, replaced by newer ones {self.dropped}",
            *(f"{name:<9}{_percentiles(values)}" for name, values in parts.items()),
            f"one inference of {network_ms:g} ms and one frame are {limit_ms:.1f} ms; older were "
            f"{np.mean(ages > limit_ms):.2%}",
            "older than the inference as it was and the frame as it came: "
            f"{np.mean(np.array(self.over_ms) > 0):.2%}, by {max(self.over_ms):.2f} ms at most",
            f"memory   {self.memory_mib[-1]:.1f} MiB at the end, {self.slope_mib_an_hour():+.2f} MiB an hour",
        ]

    def add(self, latest: Latest, source: FastSource, tracker: SlowTracker) -> None:
        """Count a pose."""
        number, came_s = latest.frame.frame_id, latest.frame.arrival_s
        age_ms, took_ms = 1000 * (latest.result_s - came_s), tracker.took_ms.pop(number)
        self.ages_ms.append(age_ms)
        self.took_ms.append(took_ms)
        self.waited_ms.append(1000 * (tracker.begun_s.pop(number) - came_s))
        if (next_s := source.came_s.get(number + 1)) is not None:
            self.over_ms.append(age_ms - took_ms - 1000 * (next_s - came_s))
        for times in (source.came_s, tracker.begun_s, tracker.took_ms):
            for old in [other for other in list(times) if other <= number]:
                times.pop(old, None)

    def slope_mib_an_hour(self) -> float:
        """Of a line through the samples of the second half."""
        half = np.array(self.memory_mib[len(self.memory_mib) // 2 :])
        if len(half) < 2:
            return 0.0
        return float(np.polyfit(SAMPLE_S * np.arange(len(half)), half, 1)[0] * 3600)


def _percentiles(values: array[float] | NDArray[np.float64]) -> str:
    p50, p95, p99 = np.percentile(values, (50, 95, 99))
    return f"p50 {p50:.2f}, p95 {p95:.2f}, p99 {p99:.2f}, most {np.max(values):.2f} ms"


def measured(seconds: float, fps: float, network_ms: float) -> Figures:
    """Run a pipeline for so long and look at every pose as the window would, by polling."""
    source, tracker, figures = FastSource(fps), SlowTracker(network_ms), Figures()
    pipeline = Pipeline(source, tracker)
    pipeline.start()
    start_s, sampled_s, sequence = time.monotonic(), 0.0, 0
    try:
        while (now_s := time.monotonic()) < start_s + seconds:
            latest = pipeline.latest
            if latest is not None and latest.sequence != sequence:
                sequence = latest.sequence
                figures.add(latest, source, tracker)
            if now_s >= sampled_s + SAMPLE_S:
                sampled_s = now_s
                figures.memory_mib.append(_memory_mib())
            time.sleep(POLL_S)
    finally:
        pipeline.close()
    figures.frames, figures.tracked = source.frames, len(tracker.frame_ids)
    figures.dropped = pipeline.stats().dropped
    return figures


def _memory_mib() -> float:
    """Resident memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--fps", type=float, default=90.0)
    parser.add_argument("--network-ms", type=float, default=30.0)
    options = parser.parse_args()
    figures = measured(60 * options.minutes, options.fps, options.network_ms)
    print("\n".join(figures.lines(options.fps, options.network_ms)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
