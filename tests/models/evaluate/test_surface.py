"""Joints against the measured surface: distances that are known."""

from __future__ import annotations

import numpy as np
import pytest

from models.core.camera import deproject
from models.core.skeleton import HAND
from models.core.types import Camera, DepthFrame
from models.evaluate.surface import behind_figures, behind_lines, behind_surface_mm

CAMERA = Camera(160, 120, 120.0, 120.0, 79.5, 59.5)
SURFACE_M = 0.5


def wall(hole: bool = False) -> DepthFrame:
    raw = np.full(CAMERA.shape, round(SURFACE_M / 0.0005), np.uint16)
    if hole:
        raw[40:80, 60:100] = 0
    return DepthFrame(raw, 0.0005, CAMERA, 0, 0.0, 0.0)


def joints_behind(gap_mm: float) -> np.ndarray:
    uv = np.random.default_rng(1).uniform([65, 45], [95, 75], (21, 2))
    return deproject(uv, np.full(21, SURFACE_M + gap_mm / 1000), CAMERA)


def test_distances_are_along_the_line_of_sight():
    joints = joints_behind(12.0)
    joints[3] = joints[3] / joints[3, 2] * 0.49
    behind = behind_surface_mm(joints, wall())
    assert behind[3] == pytest.approx(-10)
    assert np.delete(behind, 3) == pytest.approx(12)


def test_joints_without_a_surface_of_their_own_count_for_nothing():
    assert np.isnan(behind_surface_mm(joints_behind(60.0), wall())).all()
    assert np.isnan(behind_surface_mm(joints_behind(5.0), wall(hole=True))).all()
    outside = joints_behind(5.0) + [1.0, 0, 0]
    assert np.isnan(behind_surface_mm(outside, wall())).all()


def test_figures_are_of_joints_that_truth_and_estimate_both_have():
    truth = [np.full(21, 10.0), np.full(21, 14.0)]
    found = [np.full(21, 8.0), np.full(21, 9.0)]
    found[1][HAND.joints.index("ring_tip")] = np.nan
    figures = behind_figures(truth, found)
    assert figures["mcp"].joints == 8 and figures["tip"].joints == 7
    assert figures["dip"].truth == pytest.approx((10, 12, 14)) and figures["dip"].found == pytest.approx((8, 8.5, 9))
    assert "12.0 (10.0 to 14.0)" in behind_lines(figures)[3]


def test_frames_in_which_no_surface_is_measured_have_no_figures():
    assert behind_lines(behind_figures([np.full(21, np.nan)], [np.zeros(21)])) == []
