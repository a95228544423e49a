"""What the network sees, as triangles: where the voxels stand, which sides are drawn, where the likelihood is."""

import numpy as np
import pytest

from app.viewer.shown import Insight
from app.viewer.voxels import MOST_VOXELS, likelihood, occupied
from models.core.types import Cube

CUBE = Cube(np.array([0.1, -0.05, 0.6]), 0.24)


def insight(occupied_at=(), likely=None) -> Insight:
    occupancy = np.zeros((12, 12, 12), np.uint8)
    for at in occupied_at:
        occupancy[at] = 1
    volumes = np.zeros((2, 6, 6, 6), np.float32)
    volumes[:, 0, 0, 0] = 1
    if likely is not None:
        volumes[1] = likely
    return Insight(0, CUBE, occupancy, volumes)


def test_a_voxel_is_a_closed_cube_at_its_place():
    surface = occupied(insight([(0, 3, 11)]))
    low_m = CUBE.center_cam_m - CUBE.size_m / 2 + 0.02 * np.array([0, 3, 11])
    np.testing.assert_allclose(surface.vertices_cam_m.min(axis=0), low_m, atol=1e-6)
    np.testing.assert_allclose(surface.vertices_cam_m.max(axis=0), low_m + 0.02, atol=1e-6)
    assert len(surface.triangles) == 12
    corners = surface.vertices_cam_m[surface.triangles] - (low_m + 0.01)
    outwards = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert ((outwards * corners.mean(axis=1)).sum(axis=1) > 0).all()


def test_sides_between_two_voxels_are_not_drawn():
    assert len(occupied(insight([(5, 5, 5), (6, 5, 5)])).triangles) == 20


def test_an_empty_cube_is_no_triangles():
    assert not len(occupied(insight()).triangles)


def test_the_likeliest_voxel_is_the_largest_and_lightest():
    likely = np.zeros((6, 6, 6), np.float32)
    likely[2, 3, 4], likely[2, 3, 5], likely[0, 0, 0] = 0.6, 0.1, 0.001
    surface = likelihood(insight(likely=likely), 1)
    assert len(surface.triangles) == 24  # the third one is too unlikely
    middles = surface.vertices_cam_m.reshape(6, 2, 4, 3)
    sizes = np.ptp(middles, axis=(0, 2)).max(axis=1)
    lights = surface.colors.reshape(6, 2, 4, 3).max(axis=(0, 2, 3))
    assert sizes[1] == pytest.approx(0.04, abs=1e-6)
    assert sizes[0] < sizes[1]
    assert lights[0] < lights[1]
    expected = CUBE.center_cam_m - CUBE.size_m / 2 + 0.04 * (np.array([2, 3, 4]) + 0.5)
    np.testing.assert_allclose(middles[:, 1].reshape(-1, 3).mean(axis=0), expected, atol=1e-6)


def test_a_likelihood_that_is_everywhere_stays_small():
    volumes = np.full((1, 20, 20, 20), 1 / 8000, np.float32)
    surface = likelihood(Insight(0, CUBE, np.zeros((4, 4, 4), np.uint8), volumes), 0)
    assert len(surface.triangles) == 12 * MOST_VOXELS
