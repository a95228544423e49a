"""What a picture of the 3D view shows, judged by its colours alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.viewer.colors import BACKGROUND, DEPTH_RAMP, GROUND_COLOR, HAND_COLOR, REST_RAMP
from models.core.skeleton import FINGERS, HAND

NEAR = 0.09
# The light in the view makes a finger's colour darker towards its edges.
_LIGHTS = np.linspace(0.75, 1.0, 4)
_SHADES = np.linspace(0.55, 1.1, 7)
_SURFACE = np.concatenate([DEPTH_RAMP[:140:4], REST_RAMP[:230:4], [HAND_COLOR]])
"""Of both views; the far ends look like the background."""
_BEHIND = np.linspace(BACKGROUND, GROUND_COLOR, 8)
"""The background, and the grid that fades into it."""


@dataclass(frozen=True)
class Shown:
    """Pixel counts: of the background, of surfaces, and of each finger's bones and joints."""

    background: int
    surface: int
    fingers: dict[str, int]


def what_is_shown(picture: NDArray[np.uint8]) -> Shown:
    """picture: (H, W, 3) uint8 RGB."""
    colors, counts = np.unique(picture.reshape(-1, 3), axis=0, return_counts=True)
    rgb = colors / 255.0
    near_background = _distance(rgb, _BEHIND) < 0.03
    shaded = np.minimum(_SURFACE[:, None] * _SHADES[None, :, None], 1.0).reshape(-1, 3)
    is_surface = (_distance(rgb, shaded) < 0.03) & ~near_background
    fingers = {}
    for group, name in enumerate(FINGERS, start=1):
        lit = np.array(HAND.colors[group])[None] * _LIGHTS[:, None]
        fingers[name] = int(counts[(_distance(rgb, lit) < NEAR) & ~is_surface].sum())
    return Shown(int(counts[near_background].sum()), int(counts[is_surface].sum()), fingers)


def _distance(rgb: NDArray, palette: NDArray) -> NDArray:
    """Distance of each colour (N, 3) to the nearest of a palette (P, 3)."""
    return np.min(np.linalg.norm(rgb[:, None] - palette[None], axis=2), axis=1)
