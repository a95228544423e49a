"""The One Euro filter."""

from __future__ import annotations

import numpy as np
import pytest

from app.measure.one_euro import OneEuroFilter

DT = 1 / 30


def run(points: list[np.ndarray]) -> np.ndarray:
    smooth = OneEuroFilter()
    return np.stack([smooth.filter(p, DT * k) for k, p in enumerate(points, start=1)])


def test_the_first_points_pass_unchanged_and_so_do_points_at_rest():
    still = np.random.default_rng(1).normal(size=(21, 3))
    assert np.allclose(run([still] * 10), still)


def test_trembling_is_calmed():
    noise = np.random.default_rng(2).normal(scale=0.003, size=(200, 21, 3))
    assert run(list(noise))[20:].std() < 0.5 * noise[20:].std()


def test_a_fast_hand_lags_less_than_a_frame():
    track = [np.full((1, 3), 0.6 * DT * k) * (1, 0, 0) for k in range(60)]
    lag_m = track[-1][0, 0] - run(track)[-1][0, 0]
    assert 0 < lag_m < 0.6 * DT


def test_turning_the_axes_turns_the_result():
    track = np.random.default_rng(3).normal(scale=0.02, size=(30, 21, 3)).cumsum(axis=0)
    rotation, _ = np.linalg.qr(np.random.default_rng(4).normal(size=(3, 3)))
    assert np.allclose(run(list(track @ rotation)), run(list(track)) @ rotation)


def test_the_input_is_not_changed_and_the_output_is_the_callers():
    smooth, points = OneEuroFilter(), np.zeros((2, 3))
    first = smooth.filter(points, 1.0)
    first += 5
    assert np.allclose(smooth.filter(points, 1.1), 0)
    assert np.allclose(points, 0)


def test_reset_and_a_clock_that_goes_back_start_afresh():
    smooth = OneEuroFilter()
    smooth.filter(np.zeros((2, 3)), 1.0)
    assert np.allclose(smooth.filter(np.ones((2, 3)), 0.5), 1)
    smooth.reset()
    assert np.allclose(smooth.filter(np.full((2, 3), 4.0), 0.6), 4)


@pytest.mark.parametrize("values", [(0.0, 1.0, 1.0), (1.0, -1.0, 1.0), (1.0, 1.0, 0.0)])
def test_impossible_settings_are_refused(values):
    with pytest.raises(ValueError, match="cutoffs above zero"):
        OneEuroFilter(*values)
