"""Fitting: the law that made the answers comes back, and what is called tracked keeps both promises."""

from __future__ import annotations

import numpy as np
import pytest

from app.calibrate.fit import FALSE_SHARE, RIGHT_SHARE, figures, fitted, logistic
from app.calibrate.samples import Sample
from models.reading.verdict import Calibration, Evidence


def drawn(rng: np.random.Generator, count: int, without_hand: float = 0.2) -> list[Sample]:
    """Frames whose confidence says how likely they are right; those without a hand are half as sure."""
    samples = []
    for number in range(count):
        shows_hand = rng.random() >= without_hand
        confidence = rng.random() * (1.0 if shows_hand else 0.5)
        chance = confidence**2 / (confidence**2 + (1 - confidence) ** 2)
        error_mm = (5.0 if rng.random() < chance else 50.0) if shows_hand else np.inf
        samples.append(Sample("a", number // 2, shows_hand, Evidence(confidence, rng.random()), error_mm))
    return samples


def test_a_logistic_law_is_found_again():
    rng = np.random.default_rng(0)
    features = rng.normal(0, 2, (20_000, 2))
    law = np.array([-0.7, 1.5, 0.3])
    right = rng.random(len(features)) < 1 / (1 + np.exp(-(law[0] + features @ law[1:])))
    np.testing.assert_allclose(logistic(features, right), law, atol=0.1)


def test_classes_that_can_be_told_apart_have_finite_weights():
    features = np.linspace(-1, 1, 20)[:, None]
    weights = logistic(features, features[:, 0] > 0)
    assert np.isfinite(weights).all() and weights[1] > 0


def test_on_frames_that_the_fit_did_not_see_both_promises_are_kept():
    rng = np.random.default_rng(1)
    calibration = fitted(drawn(rng, 3000))
    seen = figures(drawn(rng, 3000), calibration)
    assert seen.tracked > 100, "and not for want of tracked frames"
    assert seen.keeps(RIGHT_SHARE, FALSE_SHARE)


def test_frames_are_counted_by_what_became_of_them():
    sure, unsure = Evidence(0.9, 0.9), Evidence(0.1, 0.9)
    samples = [
        Sample("a", 0, True, sure, 3.0),
        Sample("a", 1, True, sure, 60.0),
        Sample("a", 2, True, unsure, 3.0),
        Sample("a", 3, False, sure, np.inf),
        Sample("a", 4, False, None, np.inf),
    ]
    f = figures(samples, Calibration(0.0, 1.0, 0.0, 0.5))
    assert (f.frames, f.posed, f.right, f.tracked, f.tracked_right) == (5, 4, 2, 3, 1)
    assert (f.without_hand, f.false_frames) == (2, 1)


def test_nothing_can_be_fitted_where_all_is_wrong():
    with pytest.raises(ValueError, match="right and wrong ones are needed"):
        fitted([Sample("a", 0, True, Evidence(0.9, 0.9), 50.0)] * 4)


def test_halves_share_no_scene_and_have_every_camera():
    samples = [Sample("objects", index // 2, True, None, np.inf) for index in range(600)]
    halves = [{sample.scene for sample in samples if sample.is_for_fitting is half} for half in (True, False)]
    assert not halves[0] & halves[1]
    assert all({scene % 10 for scene in half} == set(range(10)) for half in halves)
