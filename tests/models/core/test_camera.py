"""Laws of the pinhole camera."""

import numpy as np
import pytest

from models.core.camera import deproject, depth_to_points, project, resized
from models.core.types import Camera

D435 = Camera(width=640, height=480, fx=385.2, fy=384.7, ppx=321.3, ppy=238.9)


def test_projecting_what_was_deprojected_is_identity():
    rng = np.random.default_rng(0)
    uv = rng.uniform((0, 0), (D435.width, D435.height), (500, 2))
    depth = rng.uniform(0.1, 5, 500)
    np.testing.assert_allclose(project(deproject(uv, depth, D435), D435), uv, atol=1e-9)


def test_deprojecting_what_was_projected_is_identity():
    rng = np.random.default_rng(1)
    points = rng.uniform((-1, -1, 0.2), (1, 1, 3), (500, 3))
    np.testing.assert_allclose(deproject(project(points, D435), points[:, 2], D435), points, atol=1e-12)


def test_the_principal_point_looks_straight_ahead():
    np.testing.assert_allclose(deproject([D435.ppx, D435.ppy], 0.7, D435), [0, 0, 0.7])


def test_right_is_larger_u_and_down_is_larger_v():
    centre, right, down = project(np.array([[0, 0, 1], [0.1, 0, 1], [0, 0.1, 1]]), D435)
    assert right[0] > centre[0]
    assert right[1] == centre[1]
    assert down[1] > centre[1]
    assert down[0] == centre[0]


def test_depth_image_becomes_the_points_of_its_measured_pixels():
    rng = np.random.default_rng(2)
    depth = rng.uniform(0.3, 1.5, D435.shape).astype(np.float32)
    depth[rng.random(D435.shape) < 0.5] = 0
    points = depth_to_points(depth, D435)
    assert points.dtype == np.float32
    v, u = np.nonzero(depth)
    np.testing.assert_allclose(project(points, D435), np.stack([u, v], axis=1), atol=1e-3)
    np.testing.assert_array_equal(points[:, 2], depth[v, u])


@pytest.mark.parametrize("stride", [2, 3, 7])
def test_stride_leaves_pixels_out_and_changes_none(stride):
    depth = np.ones((5, 11), dtype=np.float32)
    camera = Camera(width=11, height=5, fx=10, fy=10, ppx=5, ppy=2)
    uv = np.rint(project(depth_to_points(depth, camera, stride), camera)).astype(int)
    expected = [(u, v) for v in range(0, 5, stride) for u in range(0, 11, stride)]
    assert [tuple(pixel) for pixel in uv] == expected


def test_an_image_without_a_measurement_has_no_points():
    assert depth_to_points(np.zeros(D435.shape, dtype=np.float32), D435).shape == (0, 3)


def test_resizing_keeps_the_rays_through_the_corners_of_the_image():
    """Pixel centres lie at integers, so the image reaches from -0.5 to width - 0.5."""
    half = resized(D435, 320, 240)
    for corner, small_corner in [((-0.5, -0.5), (-0.5, -0.5)), ((639.5, 479.5), (319.5, 239.5))]:
        np.testing.assert_allclose(deproject(small_corner, 1.0, half), deproject(corner, 1.0, D435), atol=1e-12)


def test_resizing_there_and_back_is_identity():
    back = resized(resized(D435, 424, 240), D435.width, D435.height)
    for name in ("width", "height", "fx", "fy", "ppx", "ppy"):
        assert getattr(back, name) == pytest.approx(getattr(D435, name))
