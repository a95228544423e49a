"""The ramp from near to far."""

import numpy as np
import pytest

from app.viewer.colors import DEPTH_RAMP, REST_RAMP, ramp_index


@pytest.mark.parametrize("ramp", [DEPTH_RAMP, REST_RAMP], ids=["depth image", "3D view"])
def test_nearer_is_lighter(ramp):
    brightness = ramp.sum(axis=1)
    assert (np.diff(brightness) < 0).all()


def test_depths_outside_the_range_take_the_end_colours():
    assert ramp_index(np.array([0.1, 0.5, 1.5, 9.0]), 0.5, 1.5).tolist() == [0, 0, 255, 255]
