"""The point cloud that is shown: where its points come from, how many there are, how they are coloured."""

import numpy as np
import pytest

from app.viewer.cloud import FARTHEST_M, build_cloud
from models.core.camera import project
from models.core.types import Camera, Cube

RANGE_M = (0.3, 1.2)


def camera_of(width: int, height: int) -> Camera:
    return Camera(width, height, 0.9 * width, 0.9 * width, width / 2 - 0.5, height / 2 - 0.5)


@pytest.fixture
def scene():
    """A bumpy wall at about a metre with a block half a metre from the camera: depth (H, W), its camera, its cube."""
    camera = camera_of(320, 240)
    v, u = np.mgrid[:240, :320]
    depth = (1.0 + 0.05 * np.sin(u / 9) * np.cos(v / 7)).astype(np.float32)
    depth[80:160, 120:200] = 0.5
    return depth, camera, Cube(np.array([0.0, 0.0, 0.5]), 0.25)


def test_points_project_back_onto_pixels_with_their_depth(scene):
    depth, camera, cube = scene
    points = build_cloud(depth, camera, RANGE_M, cube).points_cam_m
    uv = project(points, camera)
    pixels = np.round(uv).astype(int)
    assert np.abs(uv - pixels).max() < 1e-2
    np.testing.assert_array_equal(points[:, 2], depth[pixels[:, 1], pixels[:, 0]])


def test_no_pixel_is_shown_twice(scene):
    depth, camera, cube = scene
    points = build_cloud(depth, camera, RANGE_M, cube).points_cam_m
    pixels = np.round(project(points, camera)).astype(int)
    assert len(np.unique(pixels, axis=0)) == len(pixels)


def test_what_is_in_the_cube_is_sampled_more_densely():
    camera = camera_of(640, 480)
    depth = np.full(camera.shape, 0.6, np.float32)
    cube = Cube(np.array([0.0, 0.0, 0.6]), 0.25)
    points = build_cloud(depth, camera, RANGE_M, cube).points_cam_m
    pixels = project(points, camera)
    inside = (np.abs(pixels - (320, 240)) < 60).all(axis=1).sum()
    beside = (np.abs(pixels - (80, 240)) < 60).all(axis=1).sum()
    assert inside > 1.5 * beside


@pytest.mark.parametrize("size", [(320, 240), (640, 480), (848, 480), (1280, 720), (1920, 1080)])
@pytest.mark.parametrize("with_cube", [True, False])
def test_the_cloud_stays_small_whatever_the_camera(size, with_cube):
    camera = camera_of(*size)
    cube = Cube(np.array([0.0, 0.0, 0.25]), 0.25) if with_cube else None
    count = len(build_cloud(np.full(camera.shape, 0.25, np.float32), camera, RANGE_M, cube).points_cam_m)
    assert 5_000 < count < 36_000


def test_unmeasured_and_out_of_range_pixels_are_left_out(scene):
    depth, camera, cube = scene
    depth[:100] = 0
    depth[100:140] = 32.0
    points = build_cloud(depth, camera, RANGE_M, cube).points_cam_m
    assert len(points)
    assert points[:, 2].min() > 0
    assert points[:, 2].max() < FARTHEST_M
    assert project(points, camera)[:, 1].min() > 139


def test_an_empty_image_gives_an_empty_cloud(scene):
    _, camera, cube = scene
    cloud = build_cloud(np.zeros(camera.shape, np.float32), camera, RANGE_M, cube)
    assert cloud.points_cam_m.shape == (0, 3)
    assert cloud.colors.shape == (0, 3)


def test_a_cube_that_reaches_behind_the_camera_is_harmless(scene):
    depth, camera, _ = scene
    cloud = build_cloud(depth, camera, RANGE_M, Cube(np.array([0.0, 0.0, 0.05]), 0.4))
    assert len(cloud.points_cam_m) > 1000


def test_near_surfaces_are_lighter_and_colours_stay_colours(scene):
    depth, camera, cube = scene
    cloud = build_cloud(depth, camera, RANGE_M, cube)
    near = cloud.points_cam_m[:, 2] < 0.6
    assert cloud.colors[near].mean() > 1.5 * cloud.colors[~near].mean()
    assert cloud.colors.min() >= 0
    assert cloud.colors.max() <= 1


def test_slopes_are_shaded():
    camera = camera_of(320, 240)
    u = np.arange(320, dtype=np.float32)
    away = np.tile(0.5 + 0.001 * u, (240, 1)).astype(np.float32)
    toward = np.tile(0.5 + 0.001 * u[::-1], (240, 1)).astype(np.float32)
    lit = build_cloud(toward, camera, RANGE_M).colors.mean()
    unlit = build_cloud(away, camera, RANGE_M).colors.mean()
    assert lit > 1.05 * unlit
