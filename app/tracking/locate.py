"""Where the hand is: candidates or the last place, moved onto the hand and judged by the reference network."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.tracking.detector import HandDetector
from app.tracking.networks import ReferenceNet
from app.tracking.stopwatch import Stopwatch
from models.core.crops import depth_crop
from models.core.types import DepthFrame

# A new hand must convince the reference network; one that was there a frame ago is believed on less.
ACQUIRE_PRESENCE = 0.7
KEEP_PRESENCE = 0.35
SEARCH_ROUNDS = 2
# The last pose knows the hand's place better than the reference network, which only keeps it from drifting away.
FOLLOW_GAIN = 0.4
# Sightings this near to each other are one hand.
SAME_PLACE_M = 0.05
# Each place costs a pass of the pose network or two, so only the best ones go on.
MAX_SIGHTINGS = 2
MIN_DEPTH_M = 0.05


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where the reference network sees a hand: centre (3,) metres, presence in 0..1."""

    center_cam_m: NDArray[np.float64]
    presence: float


class HandLocator:
    """Finds places that look like a hand. Holds no state."""

    def __init__(self, detector: HandDetector, reference_net: ReferenceNet) -> None:
        self._detector, self._reference_net = detector, reference_net

    def follow(self, frame: DepthFrame, center_cam_m: NDArray, watch: Stopwatch) -> list[Sighting]:
        """The hand near a place (3,) where it was last; empty where it is not there any more."""
        start = np.asarray(center_cam_m, dtype=np.float64)
        sightings = [
            replace(found, center_cam_m=start + FOLLOW_GAIN * (found.center_cam_m - start))
            for found in self._refine(frame, start[None], rounds=1)
        ]
        watch.lap("refine_ms")
        return [sighting for sighting in sightings if sighting.presence >= KEEP_PRESENCE]

    def search(self, frame: DepthFrame, watch: Stopwatch) -> list[Sighting]:
        """Up to `MAX_SIGHTINGS` convincing places of the whole frame, the most convincing first."""
        candidates = self._detector.detect(frame)
        watch.lap("detect_ms")
        if not candidates:
            return []
        sightings = self._refine(frame, np.stack([c.center_cam_m for c in candidates]), SEARCH_ROUNDS)
        watch.lap("refine_ms")
        chosen: list[Sighting] = []
        for sighting in sorted(sightings, key=lambda s: -s.presence):
            apart = all(np.linalg.norm(sighting.center_cam_m - c.center_cam_m) > SAME_PLACE_M for c in chosen)
            if sighting.presence >= ACQUIRE_PRESENCE and apart:
                chosen.append(sighting)
        return chosen[:MAX_SIGHTINGS]

    def _refine(self, frame: DepthFrame, centers: NDArray, rounds: int) -> list[Sighting]:
        """Move every centre (N, 3) towards its hand `rounds` times; what is left in front of the camera."""
        card = self._reference_net.card
        sightings: list[Sighting] = []
        for _ in range(rounds):
            centers = centers[_usable(centers)]
            if not len(centers):
                return []
            crops = [
                depth_crop(frame.raw, frame.depth_units, frame.camera, center, card.size_m, card.input_resolution)
                for center in centers
            ]
            estimate = self._reference_net.infer(np.stack(crops))
            centers = centers + np.asarray(estimate.offset, dtype=np.float64) * card.size_m
            sightings = [Sighting(center, float(presence)) for center, presence in zip(centers, estimate.presence)]
        return [sighting for sighting, usable in zip(sightings, _usable(centers)) if usable]


def _usable(centers: NDArray) -> NDArray[np.bool_]:
    """Which centres (N, 3) are numbers and lie in front of the camera."""
    return np.isfinite(centers).all(axis=1) & (centers[:, 2] > MIN_DEPTH_M)
