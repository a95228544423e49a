"""What is measured of the own process over time."""

from __future__ import annotations

import pytest

from tests.reliability.own import lows, slope_an_hour


def test_what_comes_and_goes_is_not_in_the_least_of_each_span_and_what_stays_is():
    comes_and_goes = [(float(s), 100 + (s % 60) * (1 + s / 3600)) for s in range(0, 3601, 10)]
    assert slope_an_hour(comes_and_goes) > 10
    assert slope_an_hour(lows(comes_and_goes, 600)) == pytest.approx(0, abs=1e-6)
    stays = [(s, value + 6 * s / 3600) for s, value in comes_and_goes]
    assert slope_an_hour(lows(stays, 600)) == pytest.approx(6, rel=0.1)


def test_a_span_that_is_not_over_does_not_count():
    assert lows([(0.0, 5.0), (5.0, 4.0), (12.0, 1.0)], 10) == [(5.0, 4.0)]
    assert lows([], 10) == []
