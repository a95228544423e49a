"""What a fit says, as others get it."""

from __future__ import annotations

import numpy as np
import pytest

from app.tracking.fit.result import FitVerdict, HandFit, HandShape
from models.core.skeleton import HAND
from models.rendering.rig import ANGLES


def shape() -> HandShape:
    return HandShape(1.0, np.ones((5, 3)), np.ones(5))


def fit(**changes: object) -> HandFit:
    values = {
        "vertices_cam_m": np.zeros((4, 3)),
        "faces": np.zeros((2, 3), int),
        "joints_cam_m": np.zeros((len(HAND.joints), 3)),
        "angles_rad": np.zeros(len(ANGLES)),
        "rotations": np.zeros((len(HAND.joints), 4)),
        "shape": shape(),
        "verdict": FitVerdict.SHOWN,
    }
    return HandFit(**(values | changes))  # type: ignore[arg-type]


def test_nobody_can_change_a_fit_from_outside():
    vertices = np.zeros((4, 3))
    found = fit(vertices_cam_m=vertices)
    vertices += 1
    assert not found.vertices_cam_m.any()
    with pytest.raises(ValueError, match="read-only"):
        found.joints_cam_m[0] = 1


@pytest.mark.parametrize("name", ["vertices_cam_m", "faces", "joints_cam_m", "angles_rad", "rotations"])
def test_a_fit_of_the_wrong_shape_is_refused_by_name(name: str):
    with pytest.raises(ValueError, match=name):
        fit(**{name: np.zeros((3, 7))})
