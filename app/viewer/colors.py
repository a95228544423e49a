"""Colours of the 3D view and of the depth image: one ramp from near to far, over a dark background."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.core.skeleton import RGB

BACKGROUND: RGB = (0.055, 0.067, 0.086)
CUBE_COLOR: RGB = (0.30, 0.36, 0.45)
AXIS_COLORS: tuple[RGB, RGB, RGB] = ((0.90, 0.33, 0.33), (0.36, 0.78, 0.45), (0.35, 0.58, 0.95))

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


def _ramp() -> NDArray[np.float32]:
    at = np.linspace(0.0, 1.0, RAMP_STEPS)
    channels = [np.interp(at, _RAMP_AT, [color[c] for color in _RAMP]) for c in range(3)]
    return np.stack(channels, axis=1).astype(np.float32)


DEPTH_RAMP = _ramp()
"""(256, 3) float32 RGB in 0..1, from near to far."""


def ramp_index(depth_m: NDArray, near_m: float, far_m: float) -> NDArray[np.uint8]:
    """Row of DEPTH_RAMP for every depth in metres, same shape; outside near..far takes the end's colour."""
    scale = (RAMP_STEPS - 1) / max(far_m - near_m, 1e-6)
    return np.clip((depth_m - near_m) * scale, 0, RAMP_STEPS - 1).astype(np.uint8)


class DepthRange:
    """The near and far depth that the ramp spans, following the scene slowly so that colours do not flicker.

    One for all views of a window, so that a depth has the same colour in each.
    """

    SPAN_M = 0.9
    _FOLLOW = 0.15

    def __init__(self) -> None:
        self._near_m: float | None = None

    def update(self, depth_m: NDArray) -> tuple[float, float]:
        """(near, far) in metres after a depth image (H, W) in metres; every 8th pixel each way is looked at."""
        sample = depth_m[::8, ::8]
        sample = sample[sample > 0]
        if sample.size:
            near_m = float(np.percentile(sample, 1))
            old_m = near_m if self._near_m is None else self._near_m
            self._near_m = old_m + self._FOLLOW * (near_m - old_m)
        near_m = 0.2 if self._near_m is None else self._near_m
        return near_m, near_m + self.SPAN_M
