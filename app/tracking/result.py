"""What tracking says about one frame."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from enum import Enum
from typing import Literal

from app.tracking.fit.result import HandFit
from app.tracking.out_of_range import OutOfRange
from models.core.types import Pose
from models.reading.verdict import Verdict


class TrackState(Enum):
    """SEARCHING: no hand known, candidates are looked for. TRACKING: this frame has a pose.

    UNCERTAIN: the hand was there a moment ago; its place is kept for a few frames, but this one has no pose.
    """

    SEARCHING = "no hand"
    TRACKING = "tracking"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class StageTimings:
    """Milliseconds spent on one frame; a stage that did not run counts 0. total_ms includes what lies between."""

    detect_ms: float = 0.0
    refine_ms: float = 0.0
    voxelise_ms: float = 0.0
    network_ms: float = 0.0
    total_ms: float = 0.0

    def __add__(self, other: StageTimings) -> StageTimings:
        return StageTimings(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


Stage = Literal["detect_ms", "refine_ms", "voxelise_ms", "network_ms"]


class Stopwatch:
    """Runs from its making; each `lap` books the time since the last one to a stage, which may come more than once."""

    def __init__(self) -> None:
        self._start = self._mark = time.perf_counter()
        self._spent: dict[Stage, float] = {"detect_ms": 0.0, "refine_ms": 0.0, "voxelise_ms": 0.0, "network_ms": 0.0}

    def lap(self, stage: Stage) -> None:
        now = time.perf_counter()
        self._spent[stage] += 1000 * (now - self._mark)
        self._mark = now

    def timings(self) -> StageTimings:
        return StageTimings(**self._spent, total_ms=1000 * (time.perf_counter() - self._start))


@dataclass(frozen=True, slots=True)
class TrackResult:
    """The answer to one frame, with the frame's own identity.

    frame_id, timestamp_ms, arrival_s: those of the DepthFrame. pose: joints in the camera frame, metres, with the cube
    they were read from; None where no hand was found. presence: how sure the reference network was that a hand is
    there, 0..1, at its last look; None where nothing was looked at. out_of_range: set where no depth lies in the range
    that is searched. verdict: how far the pose can be believed; LOST without one.
    others: further hands in the same frame that have a pose, each with a result of its own.
    fit: the model that was fitted to this hand; None where no model is fitted or there is no pose.
    """

    frame_id: int
    timestamp_ms: float
    arrival_s: float
    pose: Pose | None
    state: TrackState
    timings: StageTimings
    verdict: Verdict
    presence: float | None = None
    out_of_range: OutOfRange | None = None
    others: tuple[TrackResult, ...] = ()
    fit: HandFit | None = None

    @property
    def hands(self) -> tuple[TrackResult, ...]:
        """One result a hand, this one first."""
        return (self, *self.others)

    def without_pose(self) -> TrackResult:
        """The same where its pose is not to be shown."""
        if self.pose is None:
            return self
        return replace(self, pose=None, state=TrackState.SEARCHING, verdict=Verdict.LOST, fit=None)

    @property
    def poses(self) -> tuple[Pose, ...]:
        """The poses of all hands that have one."""
        return tuple(hand.pose for hand in self.hands if hand.pose is not None)
