"""How far off a joint may be, in millimetres, by how sure its likelihood volume is.

    standard deviation = factor of the joint * curve(confidence)

The curve is linear in the logarithm between a few knots and never rises with confidence. Both are fitted to errors on
labelled frames (models/evaluate/calibrate.py) and kept on the network's card.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.core.types import frozen_array

LARGEST_MM = 1000.0


@dataclass(frozen=True, slots=True, eq=False)  # arrays inside: compared by identity
class JointSd:
    """The standard deviation of each joint along an axis, the same along all three.

    confidence: (K,) knots, growing, from 0 to 1. sd_mm: (K,) millimetres at the knots, never growing, of a usual joint.
    joint_factors: (J,) above zero. within_68, within_95: radius of the ball around a joint that holds the truth in so
    many percent, in standard deviations. Errors have heavier tails than a Gaussian, whose radii are 1.87 and 2.80.
    """

    confidence: NDArray[np.float64]
    sd_mm: NDArray[np.float64]
    joint_factors: NDArray[np.float64]
    within_68: float
    within_95: float

    def __post_init__(self) -> None:
        knots = frozen_array(self.confidence, np.float64, (None,), "confidence")
        object.__setattr__(self, "confidence", knots)
        object.__setattr__(self, "sd_mm", frozen_array(self.sd_mm, np.float64, (len(knots),), "sd_mm"))
        factors = frozen_array(self.joint_factors, np.float64, (None,), "joint_factors")
        object.__setattr__(self, "joint_factors", factors)
        # Written so that NaN fails, too.
        if not (len(knots) > 1 and knots[0] == 0 and knots[-1] == 1 and (np.diff(knots) > 0).all()):
            raise ValueError("confidence: expected knots that grow from 0 to 1")
        if not (((self.sd_mm > 0) & (self.sd_mm <= LARGEST_MM)).all() and (np.diff(self.sd_mm) <= 0).all()):
            raise ValueError(f"sd_mm: expected up to {LARGEST_MM:g} mm, above zero and never growing")
        if not ((self.joint_factors > 0) & (self.joint_factors <= LARGEST_MM)).all():
            raise ValueError("joint_factors: expected factors above zero")
        if not 0 < self.within_68 <= self.within_95 < np.inf:
            raise ValueError("within_68, within_95: expected radii above zero that grow")

    @classmethod
    def parse(cls, content: object, joints: int) -> JointSd:
        """What a card holds of `joints` joints; raises KeyError or ValueError where it is broken."""
        if not isinstance(content, Mapping):
            raise ValueError("expected an object")
        try:
            knots, sd_mm, factors = (
                np.array(content[key], dtype=np.float64) for key in ("confidence", "sd_mm", "joint_factors")
            )
            within_68, within_95 = (float(content[key]) for key in ("within_68", "within_95"))
        except (TypeError, ValueError, OverflowError):
            raise ValueError("expected lists of numbers, and numbers") from None
        parsed = cls(knots, sd_mm, factors, within_68, within_95)
        if len(parsed.joint_factors) != joints:
            raise ValueError(f"joint_factors: expected {joints}, got {len(parsed.joint_factors)}")
        return parsed

    def as_card(self) -> dict[str, Any]:
        """What `parse` reads."""
        return {
            "confidence": self.confidence.tolist(),
            "sd_mm": self.sd_mm.round(3).tolist(),
            "joint_factors": self.joint_factors.round(4).tolist(),
            "within_68": round(self.within_68, 4),
            "within_95": round(self.within_95, 4),
        }

    def of(self, confidence: NDArray[Any]) -> NDArray[np.float64]:
        """Standard deviations (..., J), millimetres, of joints with a confidence (..., J) in 0 .. 1."""
        curve = np.exp(np.interp(confidence, self.confidence, np.log(self.sd_mm)))
        deviations: NDArray[np.float64] = self.joint_factors * curve
        return deviations
