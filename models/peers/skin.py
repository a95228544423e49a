"""A depth image shaded as skin, for networks that learned from photographs: a plain grey depth image they do not know.

Light comes from the camera (Lambert), hollows are darker, every surface has the colour of skin, and what is behind is
black. Less smoothing and a slate background were tried: fewer hands are then found.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from models.core.types import DepthFrame

SKIN_RGB = np.array([224, 172, 140], dtype=np.float32) / 255
NEAR_M, FAR_M = 0.1, 1.5
"""What lies outside is background: out of range, or no hand before a camera."""
AMBIENT = 0.35
SMOOTH_PX, SMOOTH_M, SMOOTH_SIGMA_PX = 9, 0.02, 5.0
"""A bilateral filter: steps of much more than so many metres stay."""
OCCLUSION_PX, OCCLUSION_M = 15, 0.04
"""A pixel that lies this much farther away than its neighbourhood of so many pixels is in full shadow."""


def shade(frame: DepthFrame) -> NDArray[np.float32]:
    """The image (H, W, 3) float32, RGB in 0 .. 1."""
    depth_m, camera = frame.depth_m(), frame.camera
    seen = (depth_m > NEAR_M) & (depth_m < FAR_M)
    filled = np.where(seen, depth_m, FAR_M).astype(np.float32)
    smooth = cv2.bilateralFilter(filled, SMOOTH_PX, SMOOTH_M, SMOOTH_SIGMA_PX)
    slope_y, slope_x = np.gradient(smooth)
    # A pixel is depth / focal length wide: the slopes of the surface along x and y.
    slope_x *= camera.fx / smooth
    slope_y *= camera.fy / smooth
    light = 1 / np.sqrt(1 + slope_x**2 + slope_y**2)
    nearby = cv2.blur(smooth, (OCCLUSION_PX, OCCLUSION_PX))
    shadow = 1 - 0.5 * np.clip((smooth - nearby) / OCCLUSION_M, 0, 1)
    brightness = (AMBIENT + (1 - AMBIENT) * light) * shadow
    image: NDArray[np.float32] = (seen * brightness)[..., None] * SKIN_RGB
    return np.clip(image, 0, 1).astype(np.float32)
