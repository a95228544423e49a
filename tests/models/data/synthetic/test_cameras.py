"""Cameras that are drawn differ from each other."""

import numpy as np
import pytest

from models.data.synthetic.cameras import smeared
from models.rendering.sensor import STEREO


def test_some_cameras_smear_and_some_do_not():
    rng = np.random.default_rng(0)
    cameras = [smeared(STEREO, rng) for _ in range(200)]
    assert {camera.fattening_px for camera in cameras} == {0, 1, 2}
    assert {camera.window_px for camera in cameras} == {0, 3, 5}
    # smearing comes on top of what varies anyway
    assert np.median([camera.edge_jitter_px for camera in cameras]) == pytest.approx(STEREO.edge_jitter_px, rel=0.2)
