from __future__ import annotations

import numpy as np
import pytest

from models.core.camera import deproject
from models.core.types import Camera
from models.rendering.meshes import Mesh, box, capsule, ellipsoid, plane
from models.rendering.render import empty_depth, rasterize
from models.rendering.scene import render

CAMERA = Camera(64, 48, 60.0, 62.0, 31.2, 23.9)


def test_tilted_plane_is_exact_at_pixel_centres():
    normal, center = np.array([0.3, -0.2, 1.0]), np.array([0.02, 0.01, 0.7])
    depth = render([plane(center, normal, 3.0)], CAMERA)
    v, u = np.mgrid[0:48, 0:64]
    rays = deproject(np.stack([u, v], -1).reshape(-1, 2), np.ones(48 * 64), CAMERA)
    expected = (center @ normal) / (rays @ normal)
    np.testing.assert_allclose(depth.ravel(), expected, rtol=1e-5)


def test_nearer_surface_wins_in_any_order():
    near, far = ellipsoid([0, 0, 0.5], [0.1] * 3), plane(np.array([0, 0, 0.8]), np.array([0, 0, 1.0]), 3)
    one, other = render([near, far], CAMERA), render([far, near], CAMERA)
    np.testing.assert_array_equal(one, other)
    assert one[24, 31] == pytest.approx(0.4, abs=3e-3) and one[0, 0] == pytest.approx(0.8)


def test_a_window_shows_its_part_of_the_whole_image():
    meshes = [capsule([-0.1, 0, 0.5], [0.1, 0.05, 0.6], 0.03, 0.05), box(np.array([0, 0, 0.9]), np.eye(3), [0.3] * 3)]
    whole = render(meshes, CAMERA, backdrop_m=2.0)
    window = slice(10, 40), slice(20, 63)
    np.testing.assert_allclose(render(meshes, CAMERA, window, backdrop_m=2.0), whole[window], rtol=1e-6)


def test_surfaces_behind_or_at_the_camera_are_not_drawn():
    depth = empty_depth(48, 64)
    triangle = np.array([[0, 1, 2]], dtype=np.int32)
    for z in (-0.5, 0.0, 0.04):
        vertices = np.array([[-1.0, -1, z], [1, -1, z], [0, 1, 0.5]])
        mesh = Mesh(vertices, triangle)
        rasterize(mesh.vertices, mesh.triangles, 60.0, 62.0, 31.2, 23.9, depth)
    assert np.isinf(depth).all()
