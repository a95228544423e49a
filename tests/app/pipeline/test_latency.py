"""A stage that takes longer is found as that stage, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.pipeline.latency import MOST_SENSOR_MS, STAGES, StageLatency
from app.tracking.result import StageTimings
from tests.app.fakes import FakeSource, FakeTracker, hand_frame, result_of
from tests.app.pipeline.fast import measured as measured_fast

EPOCH_S = 1_700_000_000.0
DELAY_MS = 20.0


class Clocks:
    """A steady clock, and the calendar's beside it."""

    now_s = 50.0

    def steady(self) -> float:
        return self.now_s

    def wall(self) -> float:
        return EPOCH_S + self.now_s

    def take(self, spent_ms: float) -> None:
        self.now_s += spent_ms / 1000


def measured(slow: str | None) -> dict[str, float]:
    """The median of each stage over some frames, where each stage takes 1 ms and the slow one 21."""
    clocks = Clocks()
    stages = StageLatency(clocks.steady, clocks.wall)
    took = {stage: 1.0 + (DELAY_MS if stage == slow else 0.0) for stage in STAGES}
    for number in range(5):
        taken_ms = 1000 * clocks.wall()
        clocks.take(took["sensor"])
        frame = replace(hand_frame(frame_id=number), timestamp_ms=taken_ms, arrival_s=clocks.steady())
        clocks.take(took["waiting"])
        started_s = clocks.steady()
        timings = StageTimings(took["search"], took["reference"], took["voxels"], took["network"])
        clocks.take(sum(took[stage] for stage in ("search", "reference", "voxels", "network", "rest")))
        stages.tracked(frame, replace(result_of(frame, None), timings=timings), started_s)
        result_s = clocks.steady()
        clocks.take(took["drawing"])
        stages.drawn(result_s)
    return {stage: p50 for stage, (p50, _) in stages.percentiles().items()}


@pytest.mark.parametrize("slow", STAGES)
def test_a_delay_of_twenty_milliseconds_is_found_in_its_stage_alone(slow):
    usual, delayed = measured(None), measured(slow)
    assert list(usual) == list(STAGES)
    for stage in STAGES:
        more_ms = DELAY_MS if stage == slow else 0.0
        assert delayed[stage] - usual[stage] == pytest.approx(more_ms, abs=0.01), stage


@pytest.mark.parametrize("age_ms", [MOST_SENSOR_MS + 1, -1.0])
def test_a_time_stamp_of_another_clock_says_nothing_of_the_sensor(age_ms):
    clocks = Clocks()
    stages = StageLatency(clocks.steady, clocks.wall)
    frame = replace(hand_frame(frame_id=1), timestamp_ms=1000 * clocks.wall() - age_ms, arrival_s=clocks.steady())
    stages.tracked(frame, result_of(frame, None), clocks.steady())
    assert "sensor" not in stages.percentiles()


class SlowTracker(FakeTracker):
    """Says that its network took a while."""

    def track(self, frame):
        result = super().track(frame)
        return replace(result, timings=replace(result.timings, network_ms=DELAY_MS))


def test_the_running_program_tells_where_its_time_goes(make_pipeline, wait_until):
    pipeline = make_pipeline(FakeSource(endless=lambda k: hand_frame(frame_id=k), is_live=True), SlowTracker())
    pipeline.start()
    wait_until(lambda: pipeline.latest)
    pipeline.latest.drawn()
    stages = pipeline.stats().stages
    assert stages["network"][0] == DELAY_MS
    assert {"waiting", "rest", "drawing"} <= set(stages)


def test_a_fast_source_and_a_slow_network_lose_no_count_of_any_frame():
    figures = measured_fast(seconds=0.5, fps=90.0, network_ms=30.0)
    waiting = figures.frames - figures.tracked - figures.dropped
    assert 0 <= waiting <= 2, "one in the slot, one in the tracker when it closed"
    assert figures.dropped > 0
    assert "MiB an hour" in figures.lines(90.0, 30.0)[-1]
