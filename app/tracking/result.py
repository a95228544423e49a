"""What tracking says about one frame."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from models.core.types import Pose


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


@dataclass(frozen=True, slots=True)
class TrackResult:
    """The answer to one frame, with the frame's own identity.

    frame_id, timestamp_ms, arrival_s: those of the DepthFrame. pose: joints in the camera frame, metres, with the cube
    they were read from; None where no hand was found. presence: how sure the reference network was that a hand is
    there, 0..1; None where nothing was looked at.
    """

    frame_id: int
    timestamp_ms: float
    arrival_s: float
    pose: Pose | None
    state: TrackState
    timings: StageTimings
    presence: float | None = None
