"""A frame that is known but perhaps not decoded yet."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.errors import SourceError
from app.sources.checksums import pixel_sum

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PendingFrame:
    """A frame that is known but perhaps not decoded yet: `load` gives its (H, W) uint16 pixels.

    depth_units: metres a raw unit of this frame; None for those of the source's info. checksum: of its pixels as they
    were recorded (app/sources/checksums.py); None where it is not known.
    Skipped frames are never loaded, so a late reader catches up at little cost. PacedSource fills in the rest: due_s,
    when to hand it out, on the source's own clock, and what comes behind it, as in DepthFrame.
    """

    frame_id: int
    timestamp_ms: float
    load: Callable[[], NDArray[np.uint16]]
    depth_units: float | None = None
    due_s: float = 0.0
    restarts: int = 0
    index: int | None = None
    is_sought: bool = False
    checksum: int | None = None

    def pixels(self, shape: tuple[int, int]) -> tuple[NDArray[np.uint16], bool]:
        """Its pixels, and whether they are damaged: then there are no measurements. shape: (height, width)."""
        if self.checksum is None:
            return self.load(), False
        try:
            raw = self.load()
            if raw.shape == shape and pixel_sum(raw) == self.checksum:
                return raw, False
        except SourceError as error:
            log.info("frame %d is damaged: %s", self.frame_id, error)
        return np.zeros(shape, np.uint16), True
