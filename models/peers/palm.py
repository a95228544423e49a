"""From the answers of MediaPipe's palm detector to the square in which the landmark network looks.

Written from the published description: Zhang et al., "MediaPipe Hands: On-device Real-time Hand Tracking" (2020), and
the options in its graphs. The detector is an SSD: one answer an anchor, relative to the anchor's centre.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SIDE = 192
"""Pixels a side of the detector's image."""
_GRIDS = ((24, 2), (12, 6))
"""Cells a side, and anchors a cell: strides of 8 (two anchors) and, three times, of 16 pixels (two each)."""
MIN_SCORE, OVERLAP = 0.5, 0.3
WRIST, MIDDLE_MCP = 0, 2
"""Of a palm's seven points: the line between them is upright in the square."""
SQUARE_SCALE, SQUARE_SHIFT = 2.6, -0.5


@dataclass(frozen=True, slots=True, eq=False)  # arrays inside: compared by identity
class Palm:
    """box: (4,) x0, y0, x1, y1 and points: (7, 2) x, y; pixels of the detector's image. score: 0 .. 1."""

    box: NDArray[np.float64]
    points: NDArray[np.float64]
    score: float


@dataclass(frozen=True, slots=True, eq=False)  # arrays inside: compared by identity
class Square:
    """A turned square: center (2,) x, y and side in pixels, angle in radians, clockwise as the image shows it."""

    center: NDArray[np.float64]
    side: float
    angle: float

    def to_image(self) -> NDArray[np.float64]:
        """(2, 3): from the square's own coordinates, 0 .. 1 along each side, to pixels."""
        cosine, sine = self.side * np.cos(self.angle), self.side * np.sin(self.angle)
        turned = np.array([[cosine, -sine], [sine, cosine]])
        return np.column_stack([turned, self.center - turned @ [0.5, 0.5]])


def anchors() -> NDArray[np.float64]:
    """Centres (2016, 2) x, y of the anchors, pixels, in the order of the detector's answers."""
    centers = []
    for cells, each in _GRIDS:
        steps = (np.arange(cells) + 0.5) * SIDE / cells
        grid = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)  # x runs fastest
        centers.append(np.repeat(grid, each, axis=0))
    return np.concatenate(centers)


def palms(answers: NDArray[np.float32], logits: NDArray[np.float32]) -> list[Palm]:
    """The palms by score from answers (2016, 18) and logits (2016,): overlapping ones are one, weighted by score.

    An answer: x, y, width, height of the box, then x, y of seven points; pixels, relative to the anchor's centre.
    """
    scores = 1 / (1 + np.exp(-np.clip(logits.astype(np.float64), -100, 100)))
    kept = np.flatnonzero(scores >= MIN_SCORE)
    kept = kept[np.argsort(-scores[kept], kind="stable")]
    scores, values, centers = scores[kept], answers[kept].astype(np.float64), anchors()[kept]
    middle, half = centers + values[:, :2], values[:, 2:4] / 2
    points = centers[:, None] + values[:, 4:].reshape(-1, 7, 2)
    everything = np.concatenate([middle - half, middle + half, points.reshape(-1, 14)], axis=1)
    found = []
    left = np.ones(len(kept), dtype=bool)
    for first in range(len(kept)):
        if not left[first]:
            continue
        same = left & (_overlap(everything[first, :4], everything[:, :4]) > OVERLAP)
        same[first] = True
        mean = np.average(everything[same], axis=0, weights=scores[same])
        found.append(Palm(mean[:4], mean[4:].reshape(7, 2), float(scores[first])))
        left &= ~same
    return found


def _overlap(box: NDArray[np.float64], boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Intersection over union (N,) of a box (4,) with boxes (N, 4)."""
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=1)
    union = (box[2:] - box[:2]).prod() + (boxes[:, 2:] - boxes[:, :2]).prod(axis=1) - shared
    overlap: NDArray[np.float64] = shared / np.maximum(union, 1e-9)
    return overlap


def hand_square(palm: Palm) -> Square:
    """The square that holds the whole hand: the palm's box, turned upright, moved to the fingers and enlarged."""
    x, y = palm.points[MIDDLE_MCP] - palm.points[WRIST]
    angle = float(np.arctan2(y, x) + np.pi / 2)
    width, height = palm.box[2:] - palm.box[:2]
    shift = SQUARE_SHIFT * height * np.array([-np.sin(angle), np.cos(angle)])
    return Square((palm.box[:2] + palm.box[2:]) / 2 + shift, SQUARE_SCALE * float(max(width, height)), angle)
