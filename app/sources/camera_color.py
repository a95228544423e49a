"""A camera's colour stream: which one runs beside a depth stream, and its pictures laid over the depth images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.sources.camera_settings import DepthMode
from app.sources.sdk import load_sdk


def choose_color_mode(modes: Sequence[DepthMode], depth: DepthMode) -> DepthMode | None:
    """The colour stream for a depth stream: its rate if possible, and the size nearest to its; None without any."""

    def cost(mode: DepthMode) -> tuple[int, int]:
        return abs(mode.fps - depth.fps), abs(mode.width * mode.height - depth.width * depth.height)

    return min(modes, key=cost, default=None)


class ColorOverDepth:
    """Gives each depth pixel the colour of the same point of the scene, by the SDK. One thread at a time."""

    def __init__(self) -> None:
        rs = load_sdk()
        self._align = rs.align(rs.stream.depth)
        self._last: NDArray[np.uint8] | None = None

    def split(self, frames: Any) -> tuple[Any, NDArray[np.uint8] | None]:
        """The depth frame of the SDK's `frames`, and its colours, (H, W, 3) RGB, black where there are none.

        Where the set lacks a colour picture, the last colours are given again; None before the first.
        """
        depth = frames.get_depth_frame()
        if depth and frames.get_color_frame():
            aligned = self._align.process(frames).as_frameset()
            self._last = np.array(aligned.get_color_frame().get_data())
        return depth, self._last
