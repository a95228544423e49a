"""The contract that every tracker keeps to."""

from __future__ import annotations

from typing import Protocol

from app.tracking.result import TrackResult
from models.core.types import DepthFrame


class FrameTracker(Protocol):
    """Follows a hand from frame to frame. One thread at a time."""

    @property
    def device(self) -> str:
        """What the networks really run on, for people."""

    def track(self, frame: DepthFrame) -> TrackResult:
        """The hand in the next frame."""

    def reset(self) -> None:
        """Forget the hand: what comes next has nothing to do with what came before."""
