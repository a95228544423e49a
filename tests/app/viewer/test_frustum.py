"""The drawn camera: what lies within its edges is what it sees."""

import numpy as np

from app.viewer.frustum import DEPTH_M, FrustumShape, edges
from models.core.camera import project
from tests.app.gui.fakes import CAMERA


def test_the_rays_go_from_the_camera_through_the_corners_of_its_image():
    starts, ends = edges(CAMERA)
    assert not starts[:4].any()
    np.testing.assert_allclose(ends[:4, 2], DEPTH_M)
    right, bottom = CAMERA.width - 0.5, CAMERA.height - 0.5
    corners = [(-0.5, -0.5), (right, -0.5), (right, bottom), (-0.5, bottom)]
    np.testing.assert_allclose(project(ends[:4], CAMERA), corners, atol=1e-6)


def test_the_roof_stands_above_the_picture():
    starts, ends = edges(CAMERA)
    assert (ends[-2:, 1] < starts[:8, 1].min()).all()


def test_every_vertex_has_a_colour():
    shape = FrustumShape()
    vertices, normals = shape.place(CAMERA)
    assert len(vertices) == len(normals) == len(shape.colors)
    assert shape.triangles.max() < len(vertices)
