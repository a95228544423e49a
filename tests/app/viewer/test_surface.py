"""The surface that is shown: where its vertices come from, how many there are, what it joins, how it is coloured."""

import numpy as np
import pytest

from app.viewer.colors import HAND_COLOR
from app.viewer.paint import paint_of
from app.viewer.shown import Coloring
from app.viewer.surface import FARTHEST_M, MAX_HAND_POINTS, MAX_REST_POINTS, build_surface
from models.core.camera import project
from models.core.types import Camera, Cube, Pose
from tests.app.gui.fakes import CAMERA, depth_at, pose_at

PAINT = paint_of(Coloring.HAND, (0.3, 1.2), [])


def camera_of(width: int, height: int) -> Camera:
    return Camera(width, height, 0.9 * width, 0.9 * width, width / 2 - 0.5, height / 2 - 0.5)


def pose_in(cube: Cube) -> Pose:
    return Pose(np.tile(cube.center_cam_m, (21, 1)), np.ones(21), 0.9, "right", cube)


def twice_the_area(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(T,) of triangles with these two edges (T, 2), above zero where the second lies clockwise in an image."""
    return one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]


@pytest.fixture
def scene():
    """A bumpy wall a metre away with a block at half a metre: depth (H, W), its camera, a pose in the block."""
    camera = camera_of(320, 240)
    v, u = np.mgrid[:240, :320]
    depth = (1.0 + 0.05 * np.sin(u / 9) * np.cos(v / 7)).astype(np.float32)
    depth[80:160, 120:200] = 0.5
    return depth, camera, pose_in(Cube(np.array([0.0, 0.0, 0.5]), 0.25))


def test_vertices_project_back_onto_pixels_with_their_depth(scene):
    depth, camera, pose = scene
    vertices = build_surface(depth, camera, [pose], PAINT).vertices_cam_m
    uv = project(vertices, camera)
    pixels = np.round(uv).astype(int)
    assert np.abs(uv - pixels).max() < 1e-2
    np.testing.assert_array_equal(vertices[:, 2], depth[pixels[:, 1], pixels[:, 0]])


def test_no_triangle_joins_what_the_camera_sees_apart(scene):
    depth, camera, pose = scene
    surface = build_surface(depth, camera, [pose], PAINT)
    z = surface.vertices_cam_m[surface.triangles, 2]
    assert (z < 0.6).any()
    assert (z > 0.9).any()
    assert not ((z.min(axis=1) < 0.6) & (z.max(axis=1) > 0.9)).any()


def test_triangles_turn_one_way_towards_the_camera(scene):
    depth, camera, pose = scene
    surface = build_surface(depth, camera, [pose], PAINT)
    a, b, c = (project(surface.vertices_cam_m[surface.triangles[:, corner]], camera) for corner in range(3))
    assert (twice_the_area(b - a, c - a) < 0).all()  # image rows grow downwards


def test_every_vertex_belongs_to_a_triangle(scene):
    depth, camera, pose = scene
    depth[20, 20] = 0.7  # a flying pixel
    surface = build_surface(depth, camera, [pose], PAINT)
    assert set(surface.triangles.reshape(-1).tolist()) == set(range(len(surface.vertices_cam_m)))


def test_the_hand_is_finer_than_the_rest():
    camera = camera_of(640, 480)
    depth = np.full(camera.shape, 0.6, np.float32)
    vertices = build_surface(depth, camera, [pose_in(Cube(np.array([0.0, 0.0, 0.6]), 0.25))], PAINT).vertices_cam_m
    pixels = project(vertices, camera)
    inside = (np.abs(pixels - (320, 240)) < 60).all(axis=1).sum()
    beside = (np.abs(pixels - (80, 240)) < 60).all(axis=1).sum()
    assert inside > 1.5 * beside


def test_a_flat_wall_has_no_hole_where_the_fine_part_meets_the_coarse_one():
    camera = camera_of(640, 480)
    depth = np.full(camera.shape, 0.6, np.float32)
    surface = build_surface(depth, camera, [pose_in(Cube(np.array([0.0, 0.0, 0.6]), 0.25))], PAINT)
    corners = project(surface.vertices_cam_m, camera)[surface.triangles]
    one, other = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    covered = np.abs(twice_the_area(one, other)).sum() / 2
    u, v = project(surface.vertices_cam_m, camera).T
    assert covered >= (u.max() - u.min()) * (v.max() - v.min()) * 0.999


@pytest.mark.parametrize("size", [(320, 240), (640, 480), (848, 480), (1280, 720), (1920, 1080)])
@pytest.mark.parametrize("with_hand", [True, False])
def test_the_surface_stays_small_whatever_the_camera(size, with_hand):
    camera = camera_of(*size)
    poses = [pose_in(Cube(np.array([0.0, 0.0, 0.25]), 0.25))] if with_hand else []
    surface = build_surface(np.full(camera.shape, 0.25, np.float32), camera, poses, PAINT)
    assert 2_000 < len(surface.vertices_cam_m) < 1.1 * (MAX_HAND_POINTS + MAX_REST_POINTS)


def test_unmeasured_and_out_of_range_pixels_are_left_out(scene):
    depth, camera, pose = scene
    depth[:100] = 0
    depth[100:140] = 32.0
    vertices = build_surface(depth, camera, [pose], PAINT).vertices_cam_m
    assert len(vertices)
    assert vertices[:, 2].min() > 0
    assert vertices[:, 2].max() < FARTHEST_M
    assert project(vertices, camera)[:, 1].min() > 139


def test_an_empty_image_gives_an_empty_surface(scene):
    _, camera, pose = scene
    surface = build_surface(np.zeros(camera.shape, np.float32), camera, [pose], PAINT)
    assert surface.vertices_cam_m.shape == surface.triangles.shape == surface.colors.shape == (0, 3)


def test_a_cube_that_reaches_behind_the_camera_or_beside_the_image_is_harmless(scene):
    depth, camera, _ = scene
    for cube in (Cube(np.array([0.0, 0.0, 0.05]), 0.4), Cube(np.array([9.0, 0.0, 0.5]), 0.25)):
        assert len(build_surface(depth, camera, [pose_in(cube)], PAINT).vertices_cam_m) > 1000


def test_the_hand_is_warm_and_everything_else_is_not():
    surface = build_surface(depth_at(0).astype(np.float32), CAMERA, [pose_at(0)], PAINT)
    warm = surface.colors[:, 0] > surface.colors[:, 2]
    distance_m = np.linalg.norm(surface.vertices_cam_m[:, None] - pose_at(0).joints_cam_m[None], axis=2).min(axis=1)
    assert HAND_COLOR[0] > HAND_COLOR[2]
    assert warm[distance_m < 0.015].all()
    assert not warm[distance_m > 0.08].any()


def test_without_a_pose_nothing_is_warm():
    colors = build_surface(depth_at(0).astype(np.float32), CAMERA, [], PAINT).colors
    assert len(colors)
    assert (colors[:, 0] <= colors[:, 2]).all()


def test_near_surfaces_are_lighter_and_colours_stay_colours(scene):
    depth, camera, _ = scene
    surface = build_surface(depth, camera, [], PAINT)
    near = surface.vertices_cam_m[:, 2] < 0.6
    assert surface.colors[near].mean() > 1.3 * surface.colors[~near].mean()
    assert surface.colors.min() >= 0
    assert surface.colors.max() <= 1


def test_slopes_are_shaded():
    camera = camera_of(320, 240)
    u = np.arange(320, dtype=np.float32)
    away = np.tile(0.5 + 0.001 * u, (240, 1)).astype(np.float32)
    toward = np.tile(0.5 + 0.001 * u[::-1], (240, 1)).astype(np.float32)
    lit = build_surface(toward, camera, [], PAINT).colors.mean()
    unlit = build_surface(away, camera, [], PAINT).colors.mean()
    assert lit > 1.05 * unlit


def test_where_there_are_colours_of_a_camera_they_are_shown_as_they_are_and_else_the_paint():
    camera = camera_of(320, 240)
    depth = np.full(camera.shape, 0.6, np.float32)
    color = np.zeros((*camera.shape, 3), np.uint8)
    color[:, :160] = (10, 200, 30)  # the rest was not seen by the colour camera
    plain, colored = (build_surface(depth, camera, [], PAINT, given) for given in (None, color))
    np.testing.assert_array_equal(plain.vertices_cam_m, colored.vertices_cam_m)
    left = project(plain.vertices_cam_m, camera)[:, 0] < 159.5
    np.testing.assert_allclose(colored.colors[left], np.tile(np.array([10, 200, 30]) / 255, (left.sum(), 1)), atol=1e-6)
    np.testing.assert_array_equal(colored.colors[~left], plain.colors[~left])


def test_both_hands_are_fine_and_none_is_drawn_twice():
    camera = camera_of(640, 480)
    depth = np.full(camera.shape, 0.6, np.float32)
    poses = [pose_in(Cube(np.array([x, 0.0, 0.6]), 0.2)) for x in (-0.05, 0.05)]
    surface = build_surface(depth, camera, poses, PAINT)
    pixels = project(surface.vertices_cam_m, camera)
    beside = {place: (np.abs(pixels - (place, 240)) < 40).all(axis=1).sum() for place in (60, 260, 380)}
    assert min(beside[260], beside[380]) > 1.5 * beside[60]
    corners = pixels[surface.triangles]
    one, other = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    covered = np.abs(twice_the_area(one, other)).sum() / 2
    assert covered < 1.25 * (639 * 479)  # but for the seams
