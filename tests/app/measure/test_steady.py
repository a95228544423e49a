"""Shake and delay of filters, on readings whose answer is known, and the command."""

from __future__ import annotations

import numpy as np
import pytest

from app.measure import steady
from app.measure.steady import FILTERS, Reading, Unfiltered, figures_of, reading_of
from models.rendering.paced import Pace, PacedMovie
from tests.app.fakes import FakeTracker

FPS = 30.0


class Delayed:
    """Shows what was read a frame ago."""

    def __init__(self) -> None:
        self._last: np.ndarray | None = None

    def filter(self, points: np.ndarray, time_s: float) -> np.ndarray:
        shown = points if self._last is None else self._last
        self._last = points
        return shown


def reading(speed_m_s: float, noise_m: float = 0.0) -> Reading:
    times = np.arange(60) / FPS
    true = np.zeros((60, 21, 3))
    true[:, :, 0] = speed_m_s * times[:, None]
    return Reading(times, true + np.random.default_rng(1).normal(scale=noise_m, size=true.shape), true)


def test_a_filter_that_shows_the_frame_before_is_a_frame_late():
    late_ms = figures_of(Delayed, reading(1.0)).late_ms
    assert late_ms == pytest.approx(1000 / FPS)
    assert figures_of(Unfiltered, reading(1.0)).late_ms == pytest.approx(0)


def test_shake_is_the_distance_from_the_mean_place():
    figures = figures_of(Unfiltered, reading(0.0, noise_m=0.001))
    assert figures.shake_mm == pytest.approx(np.sqrt(3), rel=0.1)
    assert figures.error_mm == pytest.approx(np.sqrt(3), rel=0.1)
    assert figures.late_ms is None


def test_ours_is_calmer_than_none_and_less_late_than_one_euro():
    assert figures_of(FILTERS["ours"], reading(0.0, 0.001)).shake_mm < 0.5 * np.sqrt(3)
    late = {name: figures_of(FILTERS[name], reading(1.0, 0.001)).late_ms for name in ("One Euro", "ours")}
    assert abs(late["ours"]) < 0.2 * late["One Euro"]


@pytest.mark.parametrize("direction", [(1.0, 0.0, 0.0), (0.0, 0.0, 1.0)])
def test_a_hand_of_a_film_moves_at_the_speed_that_is_said(direction):
    movie = PacedMovie(steady.SIMULATED_CAMERA, Pace("open", 1.0, direction), 120.0, seed=1)
    places = np.array([movie.render(index).pose.joints_cam_m for index in (10, 11, 30, 31, 60, 61)])
    for before, after, index in ((0, 1, 10), (2, 3, 30), (4, 5, 60)):
        found = (places[after] - places[before]).mean(axis=0) * 120
        between = (movie.velocity_m_s(index) + movie.velocity_m_s(index + 1)) / 2
        np.testing.assert_allclose(found, between, atol=0.02)
    assert np.ptp(places[:, :, [direction.index(1.0)]]) < 0.5


def test_fingers_bend_and_the_rest_of_the_hand_is_still():
    movie = PacedMovie(steady.SIMULATED_CAMERA, Pace(bends_hz=1.0), FPS, seed=1)
    straight, bent = (movie.render(index).pose.joints_cam_m for index in (0, 15))
    moved_m = np.linalg.norm(bent - straight, axis=1)
    assert moved_m[0] < 1e-9 and moved_m[8] > 0.03


def test_a_film_is_read_frame_by_frame():
    tracker = FakeTracker()
    assert len(reading_of(tracker, Pace(), FPS, 3, 1).times_s) == 3
    assert tracker.resets == 1 and tracker.frame_ids == [0, 1, 2]


def test_a_film_that_is_too_short_is_said(capsys, monkeypatch):
    monkeypatch.setattr(steady, "build_tracker", lambda *_: FakeTracker())
    assert steady.main(["--seconds", "0.1"]) == 1
    assert capsys.readouterr().err.startswith("app.measure.steady: too few frames of a film were tracked")
    with pytest.raises(SystemExit):
        steady.main(["--fps", "0"])
