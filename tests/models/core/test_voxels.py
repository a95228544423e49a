"""Laws of cubes and their volumes."""

import numpy as np
import pytest

from models.core.camera import project
from models.core.types import Camera, Cube
from models.core.voxels import (
    cam_to_cube,
    crop_window,
    cube_to_cam,
    cube_to_voxel,
    occupancy,
    points_in_cube,
    voxel_to_cube,
)

CAMERA = Camera(width=320, height=240, fx=240.99, fy=240.96, ppx=160, ppy=120)
HAND_CUBE = Cube(np.array([0.03, -0.02, 0.45]), 0.2)
RESOLUTION = 88


def voxel_centers(rng: np.random.Generator, count: int, cube: Cube, resolution: int) -> np.ndarray:
    """Points (N, 3) in the middle half of random voxels, away from any border where rounding decides."""
    voxels = rng.integers(0, resolution, (count, 3)) + rng.uniform(0.25, 0.75, (count, 3))
    return cube_to_cam(voxel_to_cube(voxels, resolution), cube)


def random_cube_and_camera(rng: np.random.Generator) -> tuple[Cube, Camera]:
    """A cube anywhere, in view or not, also around and behind the camera, and a camera of any make."""
    width, height = rng.integers(20, 200, 2)
    focal = rng.uniform(30, 400)
    center = rng.uniform((-1, -1, -0.3), (1, 1, 1.5))
    camera = Camera(
        width=int(width),
        height=int(height),
        fx=focal,
        fy=focal * rng.uniform(0.8, 1.25),
        ppx=rng.uniform(-0.2, 1.2) * width,
        ppy=rng.uniform(-0.2, 1.2) * height,
    )
    return Cube(center, rng.uniform(0.05, 1.0)), camera


def test_cube_coordinates_go_there_and_back():
    points = np.random.default_rng(0).uniform(-1, 1, (100, 3))
    np.testing.assert_allclose(cube_to_cam(cam_to_cube(points, HAND_CUBE), HAND_CUBE), points, atol=1e-15)
    np.testing.assert_allclose(voxel_to_cube(cube_to_voxel(points, 44), 44), points, atol=1e-15)


def test_the_cube_spans_minus_a_half_to_a_half():
    corner = HAND_CUBE.center_cam_m + HAND_CUBE.size_m / 2
    np.testing.assert_allclose(cam_to_cube(corner, HAND_CUBE), 0.5)
    np.testing.assert_allclose(cube_to_voxel(np.array([-0.5, 0, 0.5]), 44), [0, 22, 44])


def test_each_voxel_holds_the_points_within_it():
    rng = np.random.default_rng(1)
    voxels = rng.integers(0, RESOLUTION, (200, 3))
    points = cube_to_cam(voxel_to_cube(voxels + 0.5, RESOLUTION), HAND_CUBE)
    volume = occupancy(points.astype(np.float32), HAND_CUBE, RESOLUTION)
    expected = np.zeros_like(volume)
    expected[tuple(voxels.T)] = 1
    np.testing.assert_array_equal(volume, expected)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("outside", [-0.6, -0.01, 1.01, 1.6], ids=lambda d: f"{d} edges")
def test_points_just_outside_do_not_leak_into_the_border_voxels(axis, outside):
    """Truncation instead of flooring would put what lies up to a voxel outside into the first slab."""
    points = np.tile(HAND_CUBE.center_cam_m, (50, 1))
    voxel = HAND_CUBE.size_m / RESOLUTION
    low = HAND_CUBE.center_cam_m[axis] - HAND_CUBE.size_m / 2
    points[:, axis] = low + (outside * voxel if outside < 0 else HAND_CUBE.size_m + (outside - 1) * voxel)
    assert not occupancy(points.astype(np.float32), HAND_CUBE, RESOLUTION).any()


def test_no_points_make_an_empty_volume():
    volume = occupancy(np.empty((0, 3), dtype=np.float32), HAND_CUBE, 44)
    assert volume.shape == (44, 44, 44)
    assert volume.dtype == np.uint8
    assert not volume.any()


def test_moving_points_and_cube_together_changes_nothing():
    rng = np.random.default_rng(2)
    points = voxel_centers(rng, 3000, HAND_CUBE, RESOLUTION)
    step = np.array([0.123, -0.2, 0.31])
    moved = Cube(HAND_CUBE.center_cam_m + step, HAND_CUBE.size_m)
    np.testing.assert_array_equal(
        occupancy((points + step).astype(np.float32), moved, RESOLUTION),
        occupancy(points.astype(np.float32), HAND_CUBE, RESOLUTION),
    )


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_moving_points_by_voxels_shifts_the_volume(axis):
    rng = np.random.default_rng(3)
    points = voxel_centers(rng, 3000, HAND_CUBE, RESOLUTION)
    step = np.zeros(3)
    step[axis] = 5 * HAND_CUBE.size_m / RESOLUTION
    still = occupancy(points.astype(np.float32), HAND_CUBE, RESOLUTION)
    moved = occupancy((points + step).astype(np.float32), HAND_CUBE, RESOLUTION)
    still, moved = np.moveaxis(still, axis, 0), np.moveaxis(moved, axis, 0)
    np.testing.assert_array_equal(moved[5:], still[:-5])
    assert not moved[:5].any()


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_mirroring_points_about_the_centre_flips_the_volume(axis):
    rng = np.random.default_rng(4)
    points = voxel_centers(rng, 3000, HAND_CUBE, RESOLUTION)
    mirrored = points.copy()
    mirrored[:, axis] = 2 * HAND_CUBE.center_cam_m[axis] - points[:, axis]
    np.testing.assert_array_equal(
        occupancy(mirrored.astype(np.float32), HAND_CUBE, RESOLUTION),
        np.flip(occupancy(points.astype(np.float32), HAND_CUBE, RESOLUTION), axis),
    )


def test_scaling_points_and_cube_together_changes_nothing():
    rng = np.random.default_rng(5)
    points = voxel_centers(rng, 3000, HAND_CUBE, RESOLUTION)
    scaled = Cube(HAND_CUBE.center_cam_m * 1.7, HAND_CUBE.size_m * 1.7)
    np.testing.assert_array_equal(
        occupancy((points * 1.7).astype(np.float32), scaled, RESOLUTION),
        occupancy(points.astype(np.float32), HAND_CUBE, RESOLUTION),
    )


def test_crop_window_holds_every_pixel_of_points_in_the_cube():
    rng = np.random.default_rng(6)
    in_view = 0
    for _ in range(400):
        cube, camera = random_cube_and_camera(rng)
        rows, columns = crop_window(camera, cube)
        points = cube.center_cam_m + cube.size_m * rng.uniform(-0.5, 0.5, (200, 3))
        points = points[points[:, 2] > 1e-6]
        u, v = np.rint(project(points, camera)).T
        visible = (u >= 0) & (u < camera.width) & (v >= 0) & (v < camera.height)
        in_view += visible.any()
        u, v = u[visible], v[visible]
        assert ((u >= columns.start) & (u < columns.stop) & (v >= rows.start) & (v < rows.stop)).all(), (cube, camera)
    assert in_view > 50


def test_crop_window_lies_in_the_image():
    rng = np.random.default_rng(7)
    for _ in range(400):
        cube, camera = random_cube_and_camera(rng)
        for window, length in zip(crop_window(camera, cube), camera.shape):
            assert 0 <= window.start <= window.stop <= length


def test_crop_window_is_little_larger_than_the_cube_appears():
    cube = Cube(np.array([0.05, 0.02, 0.6]), 0.2)
    rows, columns = crop_window(CAMERA, cube)
    corners = cube.center_cam_m + 0.1 * np.array(np.meshgrid([-1, 1], [-1, 1], [-1, 1])).reshape(3, -1).T
    low, high = project(corners, CAMERA).min(axis=0), project(corners, CAMERA).max(axis=0)
    assert columns.stop - columns.start <= high[0] - low[0] + 3
    assert rows.stop - rows.start <= high[1] - low[1] + 3


@pytest.mark.parametrize("center", [[5, 0, 0.5], [-5, 0, 0.5], [0, 5, 0.5], [0, -5, 0.5], [0, 0, -0.5]])
def test_a_cube_out_of_view_has_no_pixels_and_no_points(center):
    cube = Cube(np.array(center), 0.2)
    rows, columns = crop_window(CAMERA, cube)
    assert (rows.stop - rows.start) * (columns.stop - columns.start) == 0
    raw = np.full(CAMERA.shape, 500, dtype=np.uint16)
    assert points_in_cube(raw, 0.001, CAMERA, cube).shape == (0, 3)


@pytest.mark.parametrize("depth_units", [0.001, 0.0001, 0.000125, 0.00025])
def test_volume_from_the_slab_is_that_of_the_whole_frame(depth_units):
    """Restricting to the window and the slab leaves out nothing that lies in the cube."""
    rng = np.random.default_rng(8)
    raw = (rng.uniform(0.3, 0.6, CAMERA.shape) / depth_units).astype(np.uint16)
    raw[rng.random(CAMERA.shape) < 0.1] = 0
    v, u = np.nonzero(raw)
    z = raw[v, u] * depth_units
    everything = np.stack([(u - CAMERA.ppx) * z / CAMERA.fx, (v - CAMERA.ppy) * z / CAMERA.fy, z], axis=1)
    inside = np.abs(cam_to_cube(everything, HAND_CUBE)).max(axis=1) < 0.4999
    points = points_in_cube(raw, depth_units, CAMERA, HAND_CUBE)
    found = {tuple(p) for p in np.rint(project(points, CAMERA)).astype(int)}
    assert inside.sum() > 1000
    assert {(a, b) for a, b in zip(u[inside], v[inside])} <= found
    assert (np.abs(points[:, 2] - HAND_CUBE.center_cam_m[2]) < HAND_CUBE.size_m / 2 + 1e-6).all()


def test_pixels_without_a_measurement_give_no_points_even_around_the_camera():
    raw = np.zeros(CAMERA.shape, dtype=np.uint16)
    assert len(points_in_cube(raw, 0.001, CAMERA, Cube(np.zeros(3), 0.4))) == 0


def test_depths_beyond_the_sensors_range_are_no_trouble():
    raw = np.full(CAMERA.shape, 65535, dtype=np.uint16)
    assert len(points_in_cube(raw, 0.0001, CAMERA, Cube(np.array([0, 0, 30.0]), 50.0))) > 0
    assert len(points_in_cube(raw, 0.0001, CAMERA, Cube(np.array([0, 0, 100.0]), 0.2))) == 0
