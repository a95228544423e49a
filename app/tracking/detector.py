"""Where hands may be in a depth image, before any network looks: hand-sized blobs that stand out from what is behind.

Each sample of the depth image is asked two questions, with lengths in metres:

1. Is the disc around it, as large as a palm, filled with one surface?
2. Is the ring around it, farther out than a hand reaches, mostly empty at that depth?

A hand in front of a body answers yes twice. A torso, a wall or a table answers no to the second. A forearm crosses the
ring twice, on opposite sides; a hand crosses it once, through its arm. So the balance of the ring tells the two apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.settings import FAR_M, NEAR_M
from models.core.types import DepthFrame

MAX_CANDIDATES = 4
# Columns of the reduced image: fine enough for a finger at a metre, small enough for a millisecond or two.
WORK_WIDTH = 160
# The smallest palms are about 65 mm wide, so a disc of this radius lies inside; hands reach about 110 mm from the
# palm's middle, so only the wrist crosses the ring.
DISC_RADII_M = (0.015, 0.03)
RING_RADIUS_M = 0.13
DISC_ANGLES, RING_ANGLES = 8, 24
# A palm seen at a slant changes depth across the disc; an arm pointing at the camera changes more along the ring.
DISC_DEPTH_M = 0.05
RING_DEPTH_M = 0.12
MIN_DISC_FILL = 0.6
MAX_RING_FILL = 0.5
# Two candidates nearer than this are one hand.
SEPARATION_M = 0.10
MEAN_RADIUS_M = 0.06
# A hand held out is usually the nearest thing: half a metre further away costs about a factor of e.
NEARNESS_M = 0.5


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place that may hold a hand: `center_cam_m` (3,) metres on the visible surface, higher scores are likelier."""

    center_cam_m: NDArray[np.float64]
    score: float


def _circle(count: int) -> NDArray[np.float64]:
    angles = 2 * np.pi * np.arange(count) / count
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


_RING = RING_RADIUS_M * _circle(RING_ANGLES)
_DISC = np.concatenate([radius * _circle(DISC_ANGLES) for radius in DISC_RADII_M])


class HandDetector:
    """Finds up to `MAX_CANDIDATES` hand candidates between `near_m` and `far_m`, best first. Holds no state."""

    def __init__(self, near_m: float = NEAR_M, far_m: float = FAR_M) -> None:
        if not 0 < near_m < far_m:
            raise ValueError(f"depth range: expected 0 < near < far, got {near_m} and {far_m} m")
        self._near_m, self._far_m = near_m, far_m

    def detect(self, frame: DepthFrame) -> list[Candidate]:
        """Candidates of one frame, best first; empty where nothing hand-sized is in range."""
        step = max(round(frame.camera.width / WORK_WIDTH), 1)
        image = _Reduced(frame, step)
        seeds = image.seeds(self._near_m, self._far_m)
        if not len(seeds):
            return []
        scores = image.scores(seeds)
        keep = np.flatnonzero(scores > 0)
        return image.pick(seeds[keep], scores[keep])


class _Reduced:
    """Every `step`-th pixel of a frame in metres, with the arithmetic of the two questions."""

    def __init__(self, frame: DepthFrame, step: int) -> None:
        camera = frame.camera
        self._depth_m = frame.raw[::step, ::step].astype(np.float32) * np.float32(frame.depth_units)
        self._fx, self._fy = camera.fx / step, camera.fy / step
        self._ppx, self._ppy = camera.ppx / step, camera.ppy / step

    def seeds(self, near_m: float, far_m: float) -> NDArray[np.int64]:
        """Rows and columns (N, 2) of every second sample that is in range."""
        coarse = self._depth_m[::2, ::2]
        return 2 * np.argwhere((coarse > near_m) & (coarse < far_m))

    def scores(self, seeds: NDArray[np.int64]) -> NDArray[np.float64]:
        """Score (N,) of each seed: 0 where it cannot be a hand."""
        scores = np.zeros(len(seeds))
        z = self._depth_m[seeds[:, 0], seeds[:, 1]]
        relative, inside = self._sample(seeds, z, _DISC)
        disc_fill = (np.abs(relative) < DISC_DEPTH_M).sum(axis=1) / np.maximum(inside.sum(axis=1), 1)
        alive = np.flatnonzero(disc_fill >= MIN_DISC_FILL)
        if not len(alive):
            return scores
        relative, inside = self._sample(seeds[alive], z[alive], _RING)
        filled = np.abs(relative) < RING_DEPTH_M
        count = filled.sum(axis=1)
        ring_fill = count / np.maximum(inside.sum(axis=1), 1)
        # The arm may leave the picture: what lies outside counts as filled for the balance.
        crossing = filled | ~inside
        balance = np.linalg.norm(crossing @ _circle(RING_ANGLES), axis=1) / np.maximum(crossing.sum(axis=1), 1)
        balance[~crossing.any(axis=1)] = 1.0
        nearness = np.exp(-(z[alive] - z[alive].min()) / NEARNESS_M)
        score = disc_fill[alive] * (1 - ring_fill) * (0.3 + 0.7 * balance) * nearness
        scores[alive] = np.where(ring_fill <= MAX_RING_FILL, score, 0)
        return scores

    def pick(self, seeds: NDArray[np.int64], scores: NDArray[np.float64]) -> list[Candidate]:
        """The best seeds that lie apart from each other, moved to the middle of their blobs."""
        points = self._points(seeds)
        found: list[Candidate] = []
        alive = np.ones(len(seeds), dtype=bool)
        while alive.any() and len(found) < MAX_CANDIDATES:
            best = int(np.argmax(np.where(alive, scores, -1)))
            near = np.linalg.norm(points - points[best], axis=1)
            blob = near < MEAN_RADIUS_M
            center = np.average(points[blob], axis=0, weights=scores[blob])
            found.append(Candidate(center, float(scores[best])))
            alive &= (near > SEPARATION_M) & (np.linalg.norm(points - center, axis=1) > SEPARATION_M)
        return found

    def _sample(
        self, seeds: NDArray[np.int64], z: NDArray[np.float32], offsets_m: NDArray[np.float64]
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Depth relative to each seed (N, K) at offsets (K, 2) metres; infinite where unmeasured; inside the image?"""
        height, width = self._depth_m.shape
        scale = 1 / z[:, None]
        u = (seeds[:, 1:2] + self._fx * scale * offsets_m[:, 0] + 0.5).astype(np.int32)
        v = (seeds[:, 0:1] + self._fy * scale * offsets_m[:, 1] + 0.5).astype(np.int32)
        inside = (u >= 0) & (u < width) & (v >= 0) & (v < height)
        depth = self._depth_m[np.clip(v, 0, height - 1), np.clip(u, 0, width - 1)]
        relative = np.where(inside & (depth > 0), depth - z[:, None], np.float32(np.inf))
        return relative, inside

    def _points(self, seeds: NDArray[np.int64]) -> NDArray[np.float64]:
        z = self._depth_m[seeds[:, 0], seeds[:, 1]].astype(np.float64)
        x = (seeds[:, 1] - self._ppx) * z / self._fx
        y = (seeds[:, 0] - self._ppy) * z / self._fy
        return np.stack([x, y, z], axis=1)
