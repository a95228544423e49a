"""How far a pose can be believed: the chance that it is right, and one word for it.

Right means that the joints are within `WITHIN_MM` of the truth on average. The chance is a logistic function of what
both networks say of themselves. Its numbers belong to a pose network and stand in its card, under "verdict";
`python -m app.calibrate` finds them (docs/accuracy.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from models.json_file import as_number, shown
from models.runtime import ModelCard, RuntimeModelError

WITHIN_MM = 20.0
CARD_KEY = "verdict"
_CARD_NUMBERS = ("bias", "confidence", "presence", "threshold")
_SUREST = 0.9995
"""Nearer to 0 or 1 than this, what networks say means nothing more."""
KEPT_SHARE = 0.4
"""A hand that was tracked a frame before is believed down to this share of the threshold. Chosen on CVAR P1, where
single frames of a hand that is read well fall below the threshold (docs/accuracy.md)."""


class Verdict(Enum):
    """TRACKED: nine of ten such poses are right. UNSURE: there is a pose, but it may well be wrong. LOST: no pose."""

    TRACKED = "tracked"
    UNSURE = "unsure"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the networks say of one pose, each 0 .. 1.

    confidence: of the pose network, the mean over the joints. presence: that there is a hand, by the reference network.
    """

    confidence: float
    presence: float

    def log_odds(self) -> NDArray[np.float64]:
        """Of the two, (2,)."""
        shares = np.clip([self.confidence, self.presence], 1 - _SUREST, _SUREST)
        odds: NDArray[np.float64] = np.log(shares / (1 - shares))
        return odds


@dataclass(frozen=True, slots=True)
class Calibration:
    """chance = 1 / (1 + exp(-(bias + log-odds of confidence and presence, weighted))); from `threshold` on: tracked."""

    bias: float
    confidence: float
    presence: float
    threshold: float

    def chance(self, evidence: Evidence) -> float:
        """Of a pose to be right, 0 .. 1."""
        odds = self.bias + evidence.log_odds() @ [self.confidence, self.presence]
        return float(1 / (1 + np.exp(-odds)))

    def verdict(self, evidence: Evidence, was_tracked: bool = False) -> Verdict:
        """Of a pose. was_tracked: whether the same hand was, a frame before."""
        needed = self.threshold * (KEPT_SHARE if was_tracked else 1.0)
        return Verdict.TRACKED if self.chance(evidence) >= needed else Verdict.UNSURE


def calibration_of(card: ModelCard) -> Calibration | None:
    """What a network's card says; None where it was never calibrated. Raises RuntimeModelError for nonsense."""
    content = card.details.get(CARD_KEY)
    if content is None:
        return None
    given = content if isinstance(content, Mapping) else {}
    numbers = {name: as_number(given.get(name)) for name in _CARD_NUMBERS}
    known = {name: number for name, number in numbers.items() if number is not None}
    if len(known) < len(numbers):
        needed = ", ".join(name for name in numbers if name not in known)
        raise RuntimeModelError(
            f"model {card.name}: {CARD_KEY} in its card is {shown(content)}, without a number for {needed}; "
            "calibrate it again: python -m app.calibrate"
        )
    return Calibration(**known)
