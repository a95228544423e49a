"""Colours of the 3D view and of the depth image: a ramp from near to far for each, over a dark background."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.core.skeleton import RGB

BACKGROUND: RGB = (0.055, 0.067, 0.086)
LETTER_COLOR: RGB = (0.92, 0.93, 0.95)
NAME_COLOR: RGB = (0.96, 0.97, 0.98)
GROUND_COLOR: RGB = (0.17, 0.21, 0.27)
CUBE_COLOR: RGB = (0.30, 0.36, 0.45)
AXIS_COLORS: tuple[RGB, RGB, RGB] = ((0.90, 0.33, 0.33), (0.36, 0.78, 0.45), (0.35, 0.58, 0.95))

HAND_COLOR: RGB = (0.93, 0.70, 0.56)
"""Of the tracked hand's surface: the only warm one, but for the fingers' bones, which are stronger."""
SKIN_COLOR: RGB = (0.80, 0.86, 0.95)
"""Of the fitted model: pale, so that it stands out from the surface that the camera measured."""
VOXEL_COLOR: RGB = (0.42, 0.52, 0.64)
_REST_AT = (0.00, 0.50, 1.00)
_REST: tuple[RGB, ...] = ((0.45, 0.52, 0.60), (0.29, 0.35, 0.43), (0.16, 0.20, 0.26))

# Near is pale, far fades into the background; cool throughout, so that the skeleton's finger colours stand out.
_RAMP_AT = (0.00, 0.15, 0.40, 0.70, 1.00)
_RAMP: tuple[RGB, ...] = (
    (0.86, 0.95, 0.93),
    (0.50, 0.77, 0.80),
    (0.31, 0.58, 0.69),
    (0.24, 0.38, 0.57),
    (0.18, 0.23, 0.36),
)
RAMP_STEPS = 256


def _ramp(places: Sequence[float], colors: Sequence[RGB]) -> NDArray[np.float32]:
    at = np.linspace(0.0, 1.0, RAMP_STEPS)
    channels = [np.interp(at, places, [color[c] for color in colors]) for c in range(3)]
    return np.stack(channels, axis=1).astype(np.float32)


_RESIDUAL_AT = (0.00, 0.25, 0.55, 1.00)
_RESIDUAL: tuple[RGB, ...] = ((0.20, 0.62, 0.40), (0.62, 0.80, 0.40), (0.97, 0.76, 0.26), (0.93, 0.26, 0.22))
_LIKELIHOOD_AT = (0.00, 0.15, 0.50, 1.00)
_LIKELIHOOD: tuple[RGB, ...] = ((0.42, 0.13, 0.20), (0.72, 0.22, 0.16), (0.98, 0.60, 0.16), (1.00, 0.95, 0.72))

DEPTH_RAMP = _ramp(_RAMP_AT, _RAMP)
"""Of the depth image: (256, 3) float32 RGB in 0..1, from near to far."""
REST_RAMP = _ramp(_REST_AT, _REST)
"""Of surfaces in the 3D view that are no hand: (256, 3) float32 RGB in 0..1, from near to far."""


RESIDUAL_RAMP = _ramp(_RESIDUAL_AT, _RESIDUAL)
"""Of points by their distance from the model: (256, 3) float32 RGB in 0..1, from on it to far off."""
LIKELIHOOD_RAMP = _ramp(_LIKELIHOOD_AT, _LIKELIHOOD)
"""Of voxels by a joint's likelihood there: (256, 3) float32 RGB in 0..1, from hardly to most likely."""


def ramp_index(depth_m: NDArray, near_m: float, far_m: float) -> NDArray[np.uint8]:
    """Row of a ramp for every depth in metres, same shape; outside near..far takes the end's colour."""
    scale = (RAMP_STEPS - 1) / max(far_m - near_m, 1e-6)
    return np.clip((depth_m - near_m) * scale, 0, RAMP_STEPS - 1).astype(np.uint8)
