"""A run without a window takes no more memory the longer it lasts."""

from __future__ import annotations

import gc
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from app.run.headless import run_headless
from app.run.tallies import MOST_VALUES, Sample
from app.settings import Options
from models.core.types import Camera, DepthFrame, Pose
from tests.app.fakes import FakeSource, FakeTracker, pose, result_of

SMALL = Camera(8, 6, 8.0, 8.0, 4.0, 3.0)
WARM_UP, FRAMES = 300, 1100
MOST_BYTES_A_FRAME = 100
"""A few numbers for medians, of eight bytes each, until MOST_VALUES of them are there. It was 1.5 KiB."""


def frame(number: int) -> DepthFrame:
    return DepthFrame(np.full(SMALL.shape, 500, np.uint16), 0.001, SMALL, number, 1000 / 30 * number, 0.0)


class MovingTracker(FakeTracker):
    """Another pose in each frame, as a network gives them."""

    def track(self, frame: DepthFrame):
        return result_of(frame, pose(0.001 * (frame.frame_id % 7)))


class Truth(dict[int, tuple[Pose, ...]]):
    """Ground truth of every frame, made when it is asked for."""

    def get(self, number: int, default=()):
        return (pose(0.001 * (number % 5)),)

    def __bool__(self) -> bool:
        return True


def test_memory_does_not_grow_with_the_frames(tmp_path: Path):
    bytes_at: list[int] = []

    def look(seen: DepthFrame, _result: object, _note: str) -> None:
        if seen.frame_id in (WARM_UP, FRAMES - 1):
            gc.collect()
            bytes_at.append(tracemalloc.get_traced_memory()[0])

    source = FakeSource(endless=lambda k: frame(k), is_live=True)
    source._closed.wait = lambda _seconds: False  # type: ignore[method-assign,assignment]
    object.__setattr__(source._info, "ground_truth", Truth())
    options = Options(export=tmp_path / "poses.csv", frames=FRAMES, hands=2)
    tracemalloc.start()
    try:
        outcome = run_headless(options, source, MovingTracker(), "model", also=[look], shows_progress=False)
    finally:
        tracemalloc.stop()
    assert outcome.summary.frames == FRAMES
    assert outcome.summary.errors is not None
    before, after = bytes_at
    assert (after - before) / (FRAMES - WARM_UP) < MOST_BYTES_A_FRAME


def test_a_sample_keeps_the_median_of_any_number_of_values():
    sample = Sample()
    count = 3 * MOST_VALUES
    for value in range(count):
        sample.add(value)
    assert len(sample._values) <= MOST_VALUES
    assert sample.mean == pytest.approx((count - 1) / 2)
    assert sample.median == pytest.approx((count - 1) / 2, rel=1e-3)
