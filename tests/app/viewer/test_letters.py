"""The letters beside two hands."""

from __future__ import annotations

import numpy as np
import pytest

from app.viewer.letters import BELOW_WRIST_M, HEIGHT_M, STROKE_RADIUS_M, LetterShape
from models.core.skeleton import WRIST
from tests.app.fakes import pose


@pytest.mark.parametrize("hand", ["left", "right"])
def test_the_letter_lies_beyond_the_wrist_and_is_as_high_as_it_says(hand):
    shape, found = LetterShape(), pose(hand=hand)
    vertices, normals = shape.place(found)
    assert vertices.shape == normals.shape == shape.colors.shape
    drawn = vertices[np.ptp(vertices.reshape(-1, 16, 3), axis=1).any(axis=1).repeat(16)]
    low, high = drawn.min(axis=0), drawn.max(axis=0)
    assert np.linalg.norm((low + high) / 2 - found.joints_cam_m[WRIST]) == pytest.approx(BELOW_WRIST_M, abs=0.005)
    assert high[1] - low[1] == pytest.approx(HEIGHT_M, abs=2 * STROKE_RADIUS_M)


def test_left_and_right_look_different():
    left, right = (LetterShape().place(pose(hand=hand))[0] for hand in ("left", "right"))
    assert not np.allclose(left, right)
