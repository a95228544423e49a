"""What a colour camera would see of the simulated scene: skin, striped cloth and a wall, lit from above."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.core.types import Camera

SLEEVE_M, WALL_M = 0.17, 0.75
"""Skin reaches so far behind the nearest point; what is farther is cloth, and from the second distance on a wall."""
SKIN, CLOTH, STRIPE, WALL = np.array([(226, 172, 142), (62, 98, 150), (120, 152, 192), (196, 188, 172)], np.float32)
STRIPE_M = 0.05
_STEP_PX = 4
"""Light goes by the slope over so many pixels: noise is larger than the slope from one pixel to the next."""
_NEAREST_SHARE = 0.02
"""So many of the measured points may be nearer than "the nearest": flying pixels."""


def color_picture(raw: NDArray[np.uint16], camera: Camera, depth_units: float) -> NDArray[np.uint8]:
    """Colours (H, W, 3) RGB of a depth image (H, W); black where nothing is measured."""
    z = raw.astype(np.float32) * np.float32(depth_units)
    seen = z > 0
    color = np.zeros((*raw.shape, 3), np.float32)
    if not seen.any() or min(raw.shape) < 2:
        return color.astype(np.uint8)
    rank = int(_NEAREST_SHARE * np.count_nonzero(seen))
    nearest = np.partition(z[seen], rank)[rank]
    below = ((np.arange(camera.height, dtype=np.float32) - camera.ppy) / camera.fy)[:, None] * z
    color[:] = CLOTH
    color[np.floor(below / STRIPE_M) % 2 == 0] = STRIPE
    color[z < nearest + SLEEVE_M] = SKIN
    is_wall = z > nearest + WALL_M  # flat: there the noise is larger than anything else
    color[is_wall] = WALL
    color *= (seen * np.maximum(_light(z, camera), is_wall))[:, :, None]
    return color.astype(np.uint8)


def _light(z: NDArray[np.float32], camera: Camera) -> NDArray[np.float32]:
    """Brightness (H, W) in 0.35..1 of a surface (H, W) metres that is lit from above and the camera."""
    step = np.maximum(z, np.float32(0.05)) * np.float32(_STEP_PX / camera.fx)
    ahead = [np.minimum(np.arange(size) + _STEP_PX, size - 1) for size in z.shape]
    slope_v, slope_u = (np.clip((beside - z) / step, -1.5, 1.5) for beside in (z[ahead[0]], z[:, ahead[1]]))
    facing = (1 - 0.5 * slope_v - 0.2 * slope_u) / np.sqrt(1 + slope_u**2 + slope_v**2)
    light: NDArray[np.float32] = (0.35 + 0.65 * np.clip(facing / 1.1, 0, 1)).astype(np.float32)
    return light
