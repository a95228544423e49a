"""Rates and latencies over a rolling window."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

WINDOW_S = 2.0
LATENCY_COUNT = 240


@dataclass(frozen=True, slots=True)
class PipelineStats:
    """Figures for a status bar, over the last two seconds (latencies: the last 240 poses).

    camera_fps: frames read a second. pose_fps: results a second. latency_p50_ms, latency_p95_ms: from a frame's
    arrival to its result; None before the first. dropped: frames replaced by newer ones since the start.
    device: the inference device really in use. stages: 50th and 95th percentile in ms of each stage that has run
    (app/pipeline/latency.py).
    """

    camera_fps: float
    pose_fps: float
    latency_p50_ms: float | None
    latency_p95_ms: float | None
    dropped: int
    device: str
    stages: Mapping[str, tuple[float, float]] = field(default_factory=dict)


class RateMeter:
    """Events a second over the last `WINDOW_S` seconds. May be called from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._times: deque[float] = deque()
        self._lock = threading.Lock()

    def tick(self) -> None:
        """Count one event now."""
        with self._lock:
            self._times.append(self._clock())
            self._forget()

    def rate(self) -> float:
        """Events a second; 0 before the second event and after a silent window."""
        with self._lock:
            self._forget()
            if len(self._times) < 2 or self._times[-1] == self._times[0]:
                return 0.0
            return (len(self._times) - 1) / (self._times[-1] - self._times[0])

    def _forget(self) -> None:
        oldest = self._clock() - WINDOW_S
        while self._times and self._times[0] < oldest:
            self._times.popleft()


class LatencyMeter:
    """Percentiles of the newest `LATENCY_COUNT` values. May be called from any thread."""

    def __init__(self) -> None:
        self._values: deque[float] = deque(maxlen=LATENCY_COUNT)
        self._lock = threading.Lock()

    def add(self, value_ms: float) -> None:
        with self._lock:
            self._values.append(value_ms)

    def percentiles(self) -> tuple[float | None, float | None]:
        """The 50th and 95th percentile in ms; (None, None) while there is nothing."""
        with self._lock:
            values = list(self._values)
        if not values:
            return None, None
        values.sort()  # the window asks thirty times a second, and numpy's percentile takes ten times as long
        return _percentile(values, 0.50), _percentile(values, 0.95)


def _percentile(values: list[float], share: float) -> float:
    """As numpy's: between the two nearest of sorted values, in proportion."""
    at = share * (len(values) - 1)
    low = int(at)
    high = min(low + 1, len(values) - 1)
    return values[low] + (at - low) * (values[high] - values[low])
