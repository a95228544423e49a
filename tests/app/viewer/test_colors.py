"""The ramp from near to far."""

import numpy as np
import pytest

from app.viewer.colors import DEPTH_RAMP, DepthRange, ramp_index
from models.core.types import Camera, DepthFrame


def flat(depth_m: float) -> DepthFrame:
    raw = np.full((64, 64), round(depth_m / 0.0001), np.uint16)
    return DepthFrame(raw, 0.0001, Camera(64, 64, 60.0, 60.0, 31.5, 31.5), 0, 0.0, 0.0)


def test_nearer_is_lighter():
    brightness = DEPTH_RAMP.sum(axis=1)
    assert (np.diff(brightness) < 0).all()


def test_depths_outside_the_range_take_the_end_colours():
    assert ramp_index(np.array([0.1, 0.5, 1.5, 9.0]), 0.5, 1.5).tolist() == [0, 0, 255, 255]


def test_the_range_starts_at_the_nearest_surface():
    near_m, far_m = DepthRange().update(flat(0.6))
    assert near_m == pytest.approx(0.6)
    assert far_m > 1.0


def test_the_range_follows_slowly_so_that_colours_do_not_flicker():
    depth_range = DepthRange()
    depth_range.update(flat(0.6))
    one_step = depth_range.update(flat(1.0))[0]
    for _ in range(100):
        settled = depth_range.update(flat(1.0))[0]
    assert 0.6 < one_step < 0.7
    assert abs(settled - 1.0) < 1e-3


def test_a_frame_without_depth_keeps_the_range():
    depth_range = DepthRange()
    before = depth_range.update(flat(0.6))
    assert depth_range.update(flat(0)) == before
