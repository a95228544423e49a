"""From judged frames to a calibration: a logistic regression, and the threshold over which nine of ten are right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.calibrate.samples import Sample
from models.reading.verdict import Calibration, Verdict

RIGHT_SHARE, FALSE_SHARE = 0.9, 0.01
"""Of what is called tracked so much must be right; of frames without a hand so few may be called tracked."""
_MARGIN = 0.02
"""So much better than asked for on the frames that the threshold is chosen on."""
_RAISE = 0.1
"""The threshold is raised by this much: the most deceptive frame of one half is not that of the other."""
_RIDGE = 1e-3
_STEPS = 50


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts over frames of one set. tracked_right of `tracked` are right; `right` are, tracked or not.

    without_hand of the frames show none; false_frames of them are called tracked.
    """

    frames: int
    posed: int
    right: int
    tracked: int
    tracked_right: int
    without_hand: int
    false_frames: int

    def keeps(self, right_share: float, false_share: float) -> bool:
        """Whether so much of what is tracked is right, and of the frames without a hand no more are tracked."""
        return self.tracked_right >= right_share * self.tracked and self.false_frames <= false_share * self.without_hand


def logistic(features: NDArray[np.float64], right: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Bias and weights (1 + F,) that make `right` (N,) likeliest, of features (N, F); Newton's method, with a ridge."""
    inputs = np.column_stack([np.ones(len(features)), features])
    weights = np.zeros(inputs.shape[1])
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(inputs @ weights, -30, 30)))
        slope = inputs.T @ (right - chance) - _RIDGE * weights
        curvature = (inputs * (chance * (1 - chance))[:, None]).T @ inputs + _RIDGE * np.eye(len(weights))
        weights = weights + np.linalg.solve(curvature, slope)
    return weights


def figures(samples: Sequence[Sample], calibration: Calibration) -> Figures:
    """What the calibration makes of some frames."""
    posed = [sample for sample in samples if sample.evidence is not None]
    tracked = [
        sample
        for sample in posed
        if sample.evidence is not None and calibration.verdict(sample.evidence) is Verdict.TRACKED
    ]
    return Figures(
        frames=len(samples),
        posed=len(posed),
        right=sum(sample.is_right for sample in posed),
        tracked=len(tracked),
        tracked_right=sum(sample.is_right for sample in tracked),
        without_hand=sum(not sample.shows_hand for sample in samples),
        false_frames=sum(not sample.shows_hand for sample in tracked),
    )


def fitted(samples: Sequence[Sample]) -> Calibration:
    """The calibration of some frames; the lowest threshold that keeps both promises in each set, with a margin.

    Raises ValueError where nothing was found in any frame, or right and wrong are not both there.
    """
    posed = [sample for sample in samples if sample.evidence is not None]
    right = np.array([sample.is_right for sample in posed])
    if right.all() or not right.any():
        raise ValueError(f"{len(posed)} poses, {right.sum()} of them right: right and wrong ones are needed")
    odds = np.stack([sample.evidence.log_odds() for sample in posed if sample.evidence is not None])
    bias, confidence, presence = (round(float(number), 4) for number in logistic(odds, right))
    calibration = Calibration(bias, confidence, presence, threshold=1.0)
    sets = [[sample for sample in samples if sample.test_set == name] for name in {s.test_set for s in samples}]
    for threshold in np.linspace(0.5, 0.98, 97):
        calibration = replace(calibration, threshold=float(threshold))
        if all(figures(part, calibration).keeps(RIGHT_SHARE + _MARGIN, FALSE_SHARE / 2) for part in sets):
            break
    return replace(calibration, threshold=round(min(calibration.threshold + _RAISE, 0.98), 3))
