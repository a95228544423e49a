"""Rates and percentiles, with a clock in the test's hand."""

from __future__ import annotations

import pytest

from app.pipeline.stats import LATENCY_COUNT, WINDOW_S, LatencyMeter, RateMeter


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_steady_events_give_their_rate():
    clock = Clock()
    meter = RateMeter(clock)
    for _ in range(100):
        clock.now += 1 / 30
        meter.tick()
    assert meter.rate() == pytest.approx(30)


def test_no_events_and_a_single_one_have_no_rate():
    meter = RateMeter(Clock())
    assert meter.rate() == 0
    meter.tick()
    assert meter.rate() == 0


def test_the_rate_falls_to_zero_when_events_stop():
    clock = Clock()
    meter = RateMeter(clock)
    for _ in range(10):
        clock.now += 0.01
        meter.tick()
    clock.now += WINDOW_S + 1
    assert meter.rate() == 0


def test_percentiles_of_nothing_are_nothing():
    assert LatencyMeter().percentiles() == (None, None)


def test_percentiles_follow_the_newest_values():
    meter = LatencyMeter()
    for _ in range(1000):
        meter.add(5000)
    for value in range(LATENCY_COUNT):
        meter.add(100 * value / (LATENCY_COUNT - 1))
    p50, p95 = meter.percentiles()
    assert p50 == pytest.approx(50)
    assert p95 == pytest.approx(95)
