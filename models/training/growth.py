"""Coarse volumes first: the cheap way through the part of a run in which a network learns what a hand is.

A network of convolutions takes volumes of other sizes as they are, and one that has learned from coarser ones needs
little to read finer ones (Tan and Le, "EfficientNetV2: smaller models and faster training", ICML 2021, section 4).
"""

from __future__ import annotations

COARSE_SHARE, COARSENESS = 0.3, 0.64
"""For so much of a run the volumes have so much of their full resolution."""
_MULTIPLE = 8
"""Resolutions that V2V-PoseNet can halve three times."""


def resolution_at(progress: float, full: int) -> int:
    """Cells an axis of the volumes after a share `progress` of a run whose last volumes have `full`."""
    return full if progress >= COARSE_SHARE else round(COARSENESS * full / _MULTIPLE) * _MULTIPLE
