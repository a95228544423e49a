"""The SDK's filters behind a depth stream, and the intrinsics of what comes out of them."""

from __future__ import annotations

from typing import Any

from app.settings import Filters
from app.sources.sdk import load_sdk
from models.core.types import Camera

PADDED_TO = 4
"""The SDK makes width and height of what is decimated multiples of this; columns and rows without pixels are 0."""


class FilterChain:
    """The filters that are chosen, in the SDK's order. Not for several threads at once.

    Spatial and temporal filter work on disparities where the frames come from a stereo camera, as the SDK's viewer has
    it; the SDK leaves other frames as they are there.
    """

    def __init__(self, filters: Filters) -> None:
        rs = load_sdk()
        self.filters = filters
        self._blocks: list[Any] = []
        if filters.decimation > 1:
            decimation = rs.decimation_filter()
            decimation.set_option(rs.option.filter_magnitude, float(filters.decimation))
            self._blocks.append(decimation)
        smooth = [rs.spatial_filter()] if filters.spatial else []
        smooth += [rs.temporal_filter()] if filters.temporal else []
        if smooth:
            self._blocks += [rs.disparity_transform(True), *smooth, rs.disparity_transform(False)]
        if filters.holes:
            self._blocks.append(rs.hole_filling_filter(0))

    def process(self, frame: Any) -> Any:
        """A depth frame of the SDK, filtered; its number and times stay."""
        for block in self._blocks:
            frame = block.process(frame)
        return frame


def camera_behind(camera: Camera, decimation: int) -> Camera:
    """The intrinsics of a decimated stream.

    Pixel i of the result stands for the pixels from i * n to i * n + n - 1, whose middle is i * n + (n - 1) / 2. The
    SDK's own intrinsics put it at i * n: with n = 4, 4 mm aside for a hand at half a metre.
    """
    n = decimation
    if n == 1:
        return camera
    width, height = (_padded(size // n) for size in (camera.width, camera.height))
    ppx, ppy = ((center - (n - 1) / 2) / n for center in (camera.ppx, camera.ppy))
    return Camera(width=width, height=height, fx=camera.fx / n, fy=camera.fy / n, ppx=ppx, ppy=ppy)


def _padded(size: int) -> int:
    return -(-size // PADDED_TO) * PADDED_TO
