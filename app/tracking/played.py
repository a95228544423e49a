"""What tracking said about frames that were played, so that a frame that is sought again shows the same pose."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.tracking.base import FrameTracker
from app.tracking.result import TrackResult
from models.core.types import DepthFrame
from models.reading.verdict import Verdict

MOST_RESULTS = 20_000
"""About 60 MB. Of more frames the results that were made first are forgotten; verdict and confidence stay."""
UNKNOWN, LOST, UNSURE, TRACKED = range(4)
_CODES = {Verdict.LOST: LOST, Verdict.UNSURE: UNSURE, Verdict.TRACKED: TRACKED}


@dataclass(frozen=True, slots=True, eq=False)  # arrays inside
class PlayedStrip:
    """One value a frame, by its place. verdicts: (N,) uint8 of the codes above. confidence: (N,) float32 in 0..1.

    N ends with the last frame that was played.
    """

    verdicts: NDArray[np.uint8]
    confidence: NDArray[np.float32]


class PlayedTrack:
    """The results of one source and one tracker, by the frame's place. Every method may be called from any thread.

    The more frames in a row a result stands on, the more the tracker knew of the hand: of two results of one frame the
    one with the longer run is kept, the first of equal ones.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._version = 0
        self._results: dict[int, tuple[int, TrackResult]] = {}
        self._verdicts = np.zeros(0, np.uint8)
        self._confidence = np.zeros(0, np.float32)

    @property
    def version(self) -> int:
        """Grows with every change."""
        with self._lock:
            return self._version

    def offer(self, index: int, run: int, result: TrackResult) -> TrackResult:
        """Keep this result of the frame at `index`, or the one that is known; the kept one. run: frames in a row."""
        with self._lock:
            known = self._results.get(index)
            if known is not None and known[0] >= run:
                return known[1]
            self._results.pop(index, None)
            self._results[index] = run, result
            if len(self._results) > MOST_RESULTS:
                del self._results[next(iter(self._results))]
            self._grow(index + 1)
            self._version += 1
            self._verdicts[index] = _CODES[result.verdict]
            self._confidence[index] = 0.0 if result.pose is None else result.pose.confidence
            return result

    def recall(self, index: int) -> TrackResult | None:
        with self._lock:
            known = self._results.get(index)
            return None if known is None else known[1]

    def strip(self) -> PlayedStrip:
        """A copy of verdict and confidence of each frame."""
        with self._lock:
            return PlayedStrip(self._verdicts.copy(), self._confidence.copy())

    def _grow(self, count: int) -> None:
        more = count - len(self._verdicts)
        if more > 0:
            self._verdicts = np.concatenate([self._verdicts, np.zeros(more, np.uint8)])
            self._confidence = np.concatenate([self._confidence, np.zeros(more, np.float32)])


class RememberingTracker:
    """A tracker that gives frames of a recording the pose that they had when they were played.

    A frame that is sought and was played before is not tracked again. One that was not is tracked afresh, as the first
    of a new hand would be. Frames without a place, of cameras, go straight through. The tracker can be replaced between
    two frames, so that settings change in mid-flow; what is known of the frames goes with the old one.
    """

    def __init__(self, tracker: FrameTracker) -> None:
        # Together, because a tracker that is replaced while it is busy must not leave its result with the new one's.
        self._now = tracker, PlayedTrack()
        self._restarts: int | None = None
        self._run = 0

    @property
    def tracker(self) -> FrameTracker:
        return self._now[0]

    @tracker.setter
    def tracker(self, tracker: FrameTracker) -> None:
        self._now = tracker, PlayedTrack()

    @property
    def played(self) -> PlayedTrack:
        """What the present tracker said about the present source."""
        return self._now[1]

    @property
    def device(self) -> str:
        return self.tracker.device

    def reset(self) -> None:
        """Forget the hand and every frame: another source follows."""
        self.tracker.reset()
        self._now = self.tracker, PlayedTrack()
        self._restarts = None

    def track(self, frame: DepthFrame) -> TrackResult:
        tracker, played = self._now
        if frame.index is None:
            return tracker.track(frame)
        if frame.restarts != self._restarts:
            self._restarts, self._run = frame.restarts, 0
        known = played.recall(frame.index) if frame.is_sought else None
        if known is not None and frame.index > 0:  # at the first frame it is as good to track, and all can follow
            return replace(known, arrival_s=frame.arrival_s)
        self._run += 1
        result = played.offer(frame.index, self._run, tracker.track(frame))
        return replace(result, arrival_s=frame.arrival_s)
