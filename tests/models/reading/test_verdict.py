"""The chance that a pose is right, and the word for it."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest

from models.core.skeleton import HAND
from models.reading.verdict import CARD_KEY, KEPT_SHARE, Calibration, Evidence, Verdict, calibration_of
from models.runtime import ModelCard, RuntimeModelError

CALIBRATION = Calibration(bias=-4.0, confidence=2.0, presence=1.0, threshold=0.7)


def card_with(verdict: object) -> ModelCard:
    return ModelCard("a", "pose", "A", 44, 0.25, HAND.joints, "palm", 0, {CARD_KEY: verdict})


def test_more_confidence_and_more_presence_are_a_better_chance():
    shares = np.linspace(0, 1, 9)
    by_confidence = [CALIBRATION.chance(Evidence(share, 0.9)) for share in shares]
    by_presence = [CALIBRATION.chance(Evidence(0.9, share)) for share in shares]
    for chances in (by_confidence, by_presence):
        assert (np.diff(chances) > 0).all()
        assert 0 < min(chances) < max(chances) < 1


def test_the_threshold_parts_tracked_from_unsure():
    chance = CALIBRATION.chance(Evidence(0.9, 0.9))
    below, above = (Calibration(-4.0, 2.0, 1.0, chance + off) for off in (-0.01, 0.01))
    assert below.verdict(Evidence(0.9, 0.9)) is Verdict.TRACKED
    assert above.verdict(Evidence(0.9, 0.9)) is Verdict.UNSURE
    strict = Calibration(-4.0, 2.0, 1.0, 0.99 * chance / KEPT_SHARE)
    assert strict.verdict(Evidence(0.9, 0.9)) is Verdict.UNSURE
    assert strict.verdict(Evidence(0.9, 0.9), was_tracked=True) is Verdict.TRACKED


def test_a_card_holds_the_calibration():
    assert calibration_of(card_with(asdict(CALIBRATION))) == CALIBRATION
    assert calibration_of(card_with(None)) is None


@pytest.mark.parametrize("nonsense", [3, [], {}, asdict(CALIBRATION) | {"threshold": float("inf")}, {"bias": 10**400}])
def test_nonsense_in_a_card_is_one_line(nonsense):
    with pytest.raises(RuntimeModelError, match="calibrate it again") as caught:
        calibration_of(card_with(nonsense))
    assert "\n" not in str(caught.value)
