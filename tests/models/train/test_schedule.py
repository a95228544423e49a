"""Rates warm up, and then fall or stay."""

from __future__ import annotations

import pytest

from models.train.config import TrainConfig
from models.train.schedule import WARM_UP_STEPS, schedule_of, warm_up_constant


def test_the_rate_warms_up_and_then_falls():
    schedule = schedule_of(TrainConfig("compact", samples=1, lr=1e-3))
    rates = [schedule(10_000, progress) for progress in (0.0, 0.3, 0.6, 1.0)]
    assert schedule(0, 0.0) < 0.01 * rates[0]
    assert rates[0] == pytest.approx(1e-3)
    assert all(a > b > 0 for a, b in zip(rates, rates[1:]))
    assert schedule(10_000, 1.5) == rates[-1]


def test_the_paper_keeps_its_rate():
    schedule = schedule_of(TrainConfig("v2v", "paper", samples=1, lr=2.5e-4))
    assert schedule(0, 0.0) == schedule(10_000, 1.0) == 2.5e-4


def test_the_rate_warms_up_and_stays():
    assert warm_up_constant(1e-3, 0, 0.0) < 1e-5
    assert warm_up_constant(1e-3, WARM_UP_STEPS, 0.5) == warm_up_constant(1e-3, 9 * WARM_UP_STEPS, 1.0) == 1e-3
