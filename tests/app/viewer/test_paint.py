"""Colours of the surface: warm hands, depth, and distance from a hand's model."""

import numpy as np
import pytest

from app.viewer.colors import DEPTH_RAMP, HAND_COLOR, RESIDUAL_RAMP
from app.viewer.meshes import unit_sphere, vertex_normals
from app.viewer.paint import FARTHEST_MM, distance_mm, paint_of
from app.viewer.shown import Coloring, HandMesh

SPAN_M = (0.3, 1.2)
RADIUS_M = 0.05
CENTER_M = np.array([0.02, -0.01, 0.5])


@pytest.fixture
def ball() -> HandMesh:
    vertices, faces = unit_sphere(40, 60)
    return HandMesh((CENTER_M + RADIUS_M * vertices).astype(np.float32), faces)


def towards_camera(away_m: float) -> np.ndarray:
    """Points (N, 3) beside the front of the ball, at that distance outside of it."""
    tilts = np.linspace(-0.6, 0.6, 7)
    directions = np.array([(np.sin(a), np.sin(b), -2.0) for a in tilts for b in tilts])
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return (CENTER_M + (RADIUS_M + away_m) * directions).astype(np.float32)


@pytest.mark.parametrize("away_m", [-0.01, 0.0, 0.004, 0.02])
def test_the_distance_from_a_ball_is_what_it_is(ball, away_m):
    assert np.abs(distance_mm(towards_camera(away_m), ball) - 1000 * abs(away_m)).max() < 0.5


def test_the_far_side_of_a_hand_explains_no_point(ball):
    behind = (CENTER_M + (0, 0, RADIUS_M)).astype(np.float32)[None]
    assert distance_mm(behind, ball)[0] > 1000 * RADIUS_M


def test_normals_of_a_ball_point_outwards(ball):
    outwards = (ball.vertices_cam_m - CENTER_M) / RADIUS_M
    assert (vertex_normals(ball.vertices_cam_m, ball.faces) * outwards).sum(axis=1).min() > 0.99


def test_on_the_model_is_green_and_far_off_red_and_what_is_no_hand_is_neither(ball):
    paint = paint_of(Coloring.RESIDUAL, SPAN_M, [ball])
    on, off = towards_camera(0.0), towards_camera(0.001 * FARTHEST_MM + 0.005)
    hand, rest = np.ones(len(on), np.float32), np.zeros(len(on), np.float32)
    assert np.abs(paint(on, hand) - RESIDUAL_RAMP[0]).max() < 0.06
    assert np.abs(paint(off, hand) - RESIDUAL_RAMP[-1]).max() < 0.01
    np.testing.assert_array_equal(paint(on, rest), paint_of(Coloring.HAND, SPAN_M, [])(on, rest))


def test_of_two_models_the_nearer_one_counts(ball):
    other = HandMesh(ball.vertices_cam_m + np.float32(0.3), ball.faces)
    points = towards_camera(0.0)
    one, both = (paint_of(Coloring.RESIDUAL, SPAN_M, meshes) for meshes in ([ball], [other, ball]))
    hand = np.ones(len(points), np.float32)
    np.testing.assert_allclose(both(points, hand), one(points, hand))


def test_without_a_model_the_hand_is_warm():
    points = np.array([[0, 0, 0.5]], np.float32)
    assert np.allclose(paint_of(Coloring.RESIDUAL, SPAN_M, [])(points, np.ones(1, np.float32)), HAND_COLOR)


def test_colours_by_depth_are_those_of_the_depth_image():
    points = np.array([[0, 0, 0.3], [0, 0, 1.2]], np.float32)
    colors = paint_of(Coloring.DEPTH, SPAN_M, [])(points, np.ones(2, np.float32))
    np.testing.assert_array_equal(colors, DEPTH_RAMP[[0, -1]])
