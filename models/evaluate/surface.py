"""How far behind the measured surface joints lie: what a depth image says about poses without anybody's labels.

A joint lies inside the flesh, by its finger's thickness at the most, whatever way the hand turns. Labels or poses that
scatter more than that along the line of sight are off by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.core.camera import project
from models.core.skeleton import FINGERS, HAND
from models.core.types import DepthFrame

WITHIN_MM = 45.0
"""A surface further before or behind a joint is not its own: another finger's, or the background."""
_LEAST_PIXELS = 5
_KINDS = {
    kind: [HAND.joints.index(f"{finger}_{kind}") for finger in FINGERS if finger != "thumb"]
    for kind in ("mcp", "pip", "dip", "tip")
}

Quartiles = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Behind:
    """Quartiles, millimetres behind the surface, of `joints` where truth and estimate both have one before them."""

    joints: int
    truth: Quartiles
    found: Quartiles


def behind_surface_mm(joints_cam_m: NDArray, frame: DepthFrame) -> NDArray[np.float64]:
    """(z of the joint) - (z of the surface that the image shows there), millimetres (J,), of joints (J, 3).

    The surface is the median of 3 x 3 pixels. NaN where fewer than five of them are measured, or where the surface is
    more than `WITHIN_MM` away and so another finger's or the background's.
    """
    behind = np.full(len(joints_cam_m), np.nan)
    height, width = frame.raw.shape
    for joint, (u, v) in enumerate(np.rint(project(joints_cam_m, frame.camera)).astype(int)):
        if not (1 <= u < width - 1 and 1 <= v < height - 1):
            continue
        around = frame.raw[v - 1 : v + 2, u - 1 : u + 2]
        around = around[around > 0]
        if len(around) >= _LEAST_PIXELS:
            gap_mm = 1000 * (joints_cam_m[joint, 2] - np.median(around) * frame.depth_units)
            behind[joint] = gap_mm if abs(gap_mm) <= WITHIN_MM else np.nan
    return behind


def behind_figures(truth_mm: Sequence[NDArray], found_mm: Sequence[NDArray]) -> dict[str, Behind]:
    """By kind of finger joint, from what `behind_surface_mm` gave for each frame's truth and estimate."""
    truth, found = np.stack(truth_mm), np.stack(found_mm)
    figures = {}
    for kind, joints in _KINDS.items():
        both = np.isfinite(truth[:, joints]) & np.isfinite(found[:, joints])
        if both.any():
            quartiles = (
                tuple(np.percentile(values[:, joints][both], [25, 50, 75]).tolist()) for values in (truth, found)
            )
            figures[kind] = Behind(int(both.sum()), *quartiles)
    return figures


def behind_lines(figures: dict[str, Behind]) -> list[str]:
    """The figures as lines for people; none where there are none."""
    if not figures:
        return []
    lines = ["fingers' joints behind the measured surface (mm)   truth: median (middle half)   found"]
    for kind, behind in figures.items():
        both = behind.truth, behind.found
        truth, found = (f"{middle:5.1f} ({low:.1f} to {high:.1f})" for low, middle, high in both)
        lines.append(f"{kind:4s} {behind.joints:6d} joints   {truth:24s} {found}")
    return lines
