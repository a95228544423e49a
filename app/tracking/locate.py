"""Where the hand is: candidates or the last place, moved onto the hand and judged by the reference network."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.tracking.detector import HandDetector
from app.tracking.result import Stopwatch
from models.core.types import DepthFrame
from models.reading.networks import ReferenceNet
from models.reading.refine import ROUNDS, Sighting, refine

# A new hand must convince the reference network; one that was there a frame ago is believed on less.
ACQUIRE_PRESENCE = 0.7
KEEP_PRESENCE = 0.35
# The last pose knows the hand's place better than the reference network, which only keeps it from drifting away.
FOLLOW_GAIN = 0.4
# Sightings this near to each other are one hand.
SAME_PLACE_M = 0.05
# Each place costs a pass of the pose network or two, so only the best ones go on.
MAX_SIGHTINGS = 2


class HandLocator:
    """Finds places that look like a hand. Holds no state."""

    def __init__(self, detector: HandDetector, reference_net: ReferenceNet) -> None:
        self._detector, self._reference_net = detector, reference_net

    def follow(self, frame: DepthFrame, center_cam_m: NDArray[Any], watch: Stopwatch) -> list[Sighting]:
        """The hand near a place (3,) where it was last; empty where it is not there any more."""
        start = np.asarray(center_cam_m, dtype=np.float64)
        sightings = [
            replace(found, center_cam_m=start + FOLLOW_GAIN * (found.center_cam_m - start))
            for found in refine(self._reference_net, frame, [start], rounds=1)
        ]
        watch.lap("refine_ms")
        return [sighting for sighting in sightings if sighting.presence >= KEEP_PRESENCE]

    def candidates(self, frame: DepthFrame, watch: Stopwatch) -> list[NDArray[np.float64]]:
        """Places (3,) of the whole frame that may hold a hand, the likeliest first; no network has looked at them."""
        found = [candidate.center_cam_m for candidate in self._detector.detect(frame)]
        watch.lap("detect_ms")
        return found

    def judged(self, frame: DepthFrame, center_cam_m: NDArray[Any], watch: Stopwatch) -> Sighting | None:
        """The hand near one place (3,), None where the reference network sees none, mostly after a single pass."""
        sighting = refine(self._reference_net, frame, [center_cam_m], rounds=1)[0]
        if sighting.presence >= KEEP_PRESENCE:
            sighting = refine(self._reference_net, frame, [sighting.center_cam_m], rounds=ROUNDS - 1)[0]
        watch.lap("refine_ms")
        return sighting if sighting.presence >= ACQUIRE_PRESENCE else None

    def search(self, frame: DepthFrame, watch: Stopwatch) -> list[Sighting]:
        """Up to `MAX_SIGHTINGS` convincing places of the whole frame, the most convincing first."""
        candidates = self.candidates(frame, watch)
        if not candidates:
            return []
        sightings = refine(self._reference_net, frame, candidates)
        watch.lap("refine_ms")
        chosen: list[Sighting] = []
        for sighting in sorted(sightings, key=lambda s: -s.presence):
            apart = all(np.linalg.norm(sighting.center_cam_m - c.center_cam_m) > SAME_PLACE_M for c in chosen)
            if sighting.presence >= ACQUIRE_PRESENCE and apart:
                chosen.append(sighting)
        return chosen[:MAX_SIGHTINGS]
