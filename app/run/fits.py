"""What the fitted model did in a run: how often it was shown, and how far it was off the depth image."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from app.run.tallies import Sample
from app.tracking.fit.result import FitVerdict
from app.tracking.result import TrackResult


@dataclass(frozen=True, slots=True)
class FitSummary:
    """Hands in frames by what was shown of them; residuals: medians, millimetres, None where none was compared.

    shown: the model. raw: the joints as they were read, which explain the image better; no_hand: they are shown, too,
    for the model says "not a hand". cut_off: the edge of the picture cuts through the hand, so again they are shown.
    """

    shown: int
    raw: int
    no_hand: int
    cut_off: int
    residual_mm: float | None
    raw_residual_mm: float | None

    def lines(self) -> list[str]:
        """For people, one fact a line."""
        lines = [
            f"fit      shown {self.shown} times, joints as read {self.raw}, not a hand {self.no_hand}, "
            f"partly outside the picture {self.cut_off}"
        ]
        if self.residual_mm is not None and self.raw_residual_mm is not None:
            lines.append(
                f"         median {self.residual_mm:.1f} mm off the depth image, by the joints as read "
                f"{self.raw_residual_mm:.1f} mm"
            )
        return lines


class FitTally:
    """Collects the models of a run, in memory that does not grow with it."""

    def __init__(self) -> None:
        self._verdicts: Counter[FitVerdict] = Counter()
        self._off_mm, self._raw_off_mm = Sample(), Sample()

    def add(self, result: TrackResult) -> None:
        """Count one frame."""
        for hand in result.hands:
            if (fit := hand.fit) is None:
                continue
            self._verdicts[fit.verdict] += 1
            if fit.residual_mm is not None and fit.raw_residual_mm is not None:
                self._off_mm.add(fit.residual_mm)
                self._raw_off_mm.add(fit.raw_residual_mm)

    def summary(self) -> FitSummary | None:
        """None where no model was fitted."""
        if not self._verdicts:
            return None
        shown, raw, no_hand, cut_off = (self._verdicts[kind] for kind in FitVerdict)
        return FitSummary(shown, raw, no_hand, cut_off, self._off_mm.median, self._raw_off_mm.median)
