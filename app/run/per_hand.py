"""What a run found of each hand, where two were followed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from app.run.tallies import Sample
from app.tracking.result import TrackResult
from models.core.metrics import joint_errors_mm
from models.core.skeleton import hand_reference_point
from models.core.types import Handedness, Pose
from models.reading.verdict import Verdict

SIDES: tuple[Handedness, ...] = ("right", "left")


@dataclass(frozen=True, slots=True)
class HandSummary:
    """Figures of the hand of one side. tracked, unsure: frames by its verdict.

    mean_error_mm, median_error_mm: over its frames with ground truth near it, of each frame's mean over the joints;
    None without. wrong_side: in how many of them the truth is the other hand.
    """

    tracked: int
    unsure: int
    mean_error_mm: float | None
    median_error_mm: float | None
    wrong_side: int


@dataclass(frozen=True, slots=True)
class TwoHandSummary:
    """Figures of a run that followed two hands.

    both: frames with two poses. both_shown: frames that show both hands by ground truth, None without ground truth;
    both_found: those of them with two poses.
    """

    both: int
    both_shown: int | None
    both_found: int | None
    right: HandSummary
    left: HandSummary

    def lines(self) -> list[str]:
        """For people, one fact a line."""
        lines = [f"hands    two poses in {self.both} frames"]
        if self.both_shown:
            share = f"{100 * (self.both_found or 0) / self.both_shown:.1f} %"
            lines[0] += f", in {self.both_found} of the {self.both_shown} that show both by ground truth ({share})"
        for side, hand in zip(SIDES, (self.right, self.left)):
            line = f"         {side}: {hand.tracked} tracked, {hand.unsure} unsure"
            if hand.mean_error_mm is not None:
                line += f"; error mean {hand.mean_error_mm:.1f} mm, median {hand.median_error_mm:.1f} mm"
            if hand.wrong_side:
                line += f"; in {hand.wrong_side} frames it is the other hand"
            lines.append(line)
        return lines


@dataclass(slots=True)
class _Counts:
    """Of the hand of one side, while the run lasts."""

    verdicts: Counter[Verdict] = field(default_factory=Counter)
    errors_mm: Sample = field(default_factory=Sample)
    wrong_side: int = 0

    def summary(self) -> HandSummary:
        return HandSummary(
            tracked=self.verdicts[Verdict.TRACKED],
            unsure=self.verdicts[Verdict.UNSURE],
            mean_error_mm=self.errors_mm.mean,
            median_error_mm=self.errors_mm.median,
            wrong_side=self.wrong_side,
        )


class TwoHandTally:
    """Collects the results of two hands frame by frame."""

    def __init__(self) -> None:
        self._counts: dict[Handedness, _Counts] = {side: _Counts() for side in SIDES}
        self._both = self._both_shown = self._both_found = 0

    def add(self, result: TrackResult, truths: Sequence[Pose]) -> None:
        """Count one frame; truths: of the hands in it."""
        self._both += len(result.poses) == 2
        self._both_shown += len(truths) == 2
        self._both_found += len(truths) == 2 == len(result.poses)
        for hand in result.hands:
            if hand.pose is not None:
                self._add_hand(hand.pose, hand.verdict, truths)

    def _add_hand(self, pose: Pose, verdict: Verdict, truths: Sequence[Pose]) -> None:
        counts = self._counts[pose.hand]
        counts.verdicts[verdict] += 1
        truth = nearest(pose, truths)
        if truth is not None:
            counts.errors_mm.add(float(joint_errors_mm(pose.joints_cam_m, truth.joints_cam_m).mean()))
            counts.wrong_side += truth.hand != pose.hand

    def summary(self, knows_truth: bool) -> TwoHandSummary:
        shown, found = (self._both_shown, self._both_found) if knows_truth else (None, None)
        right, left = (self._counts[side].summary() for side in SIDES)
        return TwoHandSummary(self._both, shown, found, right, left)


def nearest(pose: Pose | None, truths: Sequence[Pose]) -> Pose | None:
    """The truth that a pose is about: the one whose palm is nearest; without a pose the first one."""
    if pose is None or len(truths) < 2:
        return truths[0] if truths else None
    palm = hand_reference_point(pose.joints_cam_m)
    return min(truths, key=lambda truth: float(np.linalg.norm(hand_reference_point(truth.joints_cam_m) - palm)))
