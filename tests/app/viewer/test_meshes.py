"""Balls, tubes, the skeleton made of them, and the cube's frame."""

from collections import Counter

import numpy as np
import pytest

from app.viewer.meshes import JOINT_RADIUS_M, CubeShape, SkeletonShape, tubes, unit_sphere, unit_tube
from models.core.skeleton import BODY, HAND
from models.core.types import Cube


@pytest.fixture
def joints():
    return np.random.default_rng(5).normal((0.05, -0.02, 0.5), 0.05, (21, 3))


def test_the_sphere_is_round_closed_and_faces_outwards():
    vertices, triangles = unit_sphere()
    np.testing.assert_allclose(np.linalg.norm(vertices, axis=1), 1)
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    assert (np.einsum("ij,ij->i", np.cross(b - a, c - a), a + b + c) > 0).all()
    edges = Counter(tuple(sorted(edge)) for t in triangles for edge in ((t[0], t[1]), (t[1], t[2]), (t[2], t[0])))
    assert set(edges.values()) == {2}


def test_the_tube_faces_outwards():
    vertices, triangles = unit_tube(10)
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    outwards = (a + b + c) * (1, 1, 0)
    assert (np.einsum("ij,ij->i", np.cross(b - a, c - a), outwards) > 0).all()


@pytest.mark.parametrize("axis", [(1, 0, 0), (0, 1, 0), (0, 0, 1), (-1, 0, 0), (0.3, -0.5, 0.8)])
def test_tubes_keep_their_radius_and_face_outwards_in_every_direction(axis):
    start, end = np.array([[0.1, 0.2, 0.3]]), np.array([[0.1, 0.2, 0.3]]) + axis
    vertices, normals = tubes(start, end, 0.01, 10)
    direction = np.array(axis) / np.linalg.norm(axis)
    relative = vertices - start
    off_axis = relative - (relative @ direction)[:, None] * direction
    np.testing.assert_allclose(np.linalg.norm(off_axis, axis=1), 0.01)
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1)
    _, triangles = unit_tube(10)
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    facing = np.cross(b - a, c - a)
    assert (np.einsum("ij,ij->i", facing, normals[triangles].mean(axis=1)) > 0).all()


def test_a_tube_of_no_length_collapses_without_nan():
    point = np.array([[0.1, 0.2, 0.3]])
    vertices, normals = tubes(point, point, 0.01, 6)
    np.testing.assert_array_equal(vertices, np.repeat(point, 12, axis=0))
    assert np.isfinite(normals).all()


@pytest.mark.parametrize("skeleton", [HAND, BODY], ids=["hand", "body"])
def test_every_vertex_of_a_skeleton_has_a_colour_and_a_place(skeleton):
    shape = SkeletonShape(skeleton)
    vertices, normals = shape.place(np.random.default_rng(0).normal(size=(len(skeleton.joints), 3)))
    assert len(vertices) == len(normals) == len(shape.colors)
    assert shape.triangles.min() == 0
    assert shape.triangles.max() == len(vertices) - 1


def test_translating_the_joints_translates_the_skeleton(joints):
    shape = SkeletonShape(HAND)
    moved = np.array([0.3, -0.1, 0.2])
    np.testing.assert_allclose(shape.place(joints + moved)[0], shape.place(joints)[0] + moved, atol=1e-12)


def test_the_skeleton_surrounds_its_joints_in_their_colours(joints):
    shape = SkeletonShape(HAND)
    vertices, _ = shape.place(joints)
    for joint, place in enumerate(joints):
        near = np.linalg.norm(vertices - place, axis=1) <= JOINT_RADIUS_M * 1.001
        colors = shape.colors[near]
        assert (np.abs(colors - HAND.joint_color(joint)).max(axis=1) < 1e-9).sum() >= 50


def test_the_cube_spans_its_size_around_its_centre():
    cube = Cube(np.array([0.1, -0.2, 0.6]), 0.24)
    shape = CubeShape()
    vertices, normals = shape.place(cube)
    edges = vertices[: 12 * 12]
    np.testing.assert_allclose((edges.min(axis=0) + edges.max(axis=0)) / 2, cube.center_cam_m, atol=1e-9)
    np.testing.assert_allclose(np.ptp(edges, axis=0), 0.24, atol=0.002)
    assert len(vertices) == len(normals) == len(shape.colors) == shape.triangles.max() + 1
