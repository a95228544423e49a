"""What a fit says, as others get it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.app.fakes import fit_result


def test_nobody_can_change_a_fit_from_outside():
    vertices = np.zeros((4, 3))
    found = fit_result(vertices_cam_m=vertices)
    vertices += 1
    assert not found.vertices_cam_m.any()
    with pytest.raises(ValueError, match="read-only"):
        found.joints_cam_m[0] = 1


@pytest.mark.parametrize("name", ["vertices_cam_m", "faces", "joints_cam_m", "angles_rad", "turns"])
def test_a_fit_of_the_wrong_shape_is_refused_by_name(name: str):
    with pytest.raises(ValueError, match=name):
        fit_result(**{name: np.zeros((3, 7))})
