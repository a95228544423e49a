"""The compiled pass against the numpy reference: equal in every voxel, for any camera, cube and scene."""

from __future__ import annotations

import numpy as np
import pytest

from models.core import flying
from models.core.flying import clear_points
from models.core.types import Camera, Cube, DepthFrame
from models.core.voxels import occupancy, points_in_cube
from models.reading.voxel_pass import clear_occupancy
from tests.models.core.test_voxels import random_cube_and_camera

CAMERA = Camera(80, 60, 100.0, 98.0, 39.3, 29.1)


def scene(rng: np.random.Generator, camera: Camera, units: float) -> DepthFrame:
    """Surfaces at several depths with holes, spray and flying pixels between them."""
    height, width = camera.shape
    depth_m = np.full((height, width), rng.uniform(0.3, 2.0))
    for _ in range(6):
        v, u = rng.integers(0, height), rng.integers(0, width)
        rows, columns = slice(v, v + rng.integers(1, 40)), slice(u, u + rng.integers(1, 40))
        depth_m[rows, columns] = rng.uniform(0.2, 1.2) + rng.normal(0, 0.004, depth_m[rows, columns].shape)
    spray = rng.random((height, width)) < 0.05
    depth_m[spray] += rng.normal(0, 0.05, spray.sum())
    depth_m[rng.random((height, width)) < 0.1] = 0
    raw = np.clip(depth_m / units, 0, 65535).astype(np.uint16)
    return DepthFrame(raw, units, camera, 0, 0.0, 0.0)


def reference(frame: DepthFrame, cube: Cube, resolution: int) -> tuple[np.ndarray, int]:
    points = clear_points(frame.raw, frame.depth_units, frame.camera, cube)
    return occupancy(points, cube, resolution), len(points)


@pytest.mark.parametrize("companions", [0, flying.COMPANIONS, 8])
def test_every_voxel_and_the_count_are_the_reference_s(monkeypatch, companions):
    monkeypatch.setattr(flying, "COMPANIONS", companions)
    rng = np.random.default_rng(companions)
    filled = flying_too = 0
    for _ in range(150):
        cube, camera = random_cube_and_camera(rng)
        frame = scene(rng, camera, rng.choice([0.001, 0.0001, 0.00025, 0.000125]))
        resolution = int(rng.choice([8, 44, 88]))
        volume, points = clear_occupancy(frame, cube, resolution)
        wanted, count = reference(frame, cube, resolution)
        np.testing.assert_array_equal(volume, wanted, err_msg=f"{cube} {camera}")
        assert points == count, (cube, camera)
        filled += int(volume.sum())
        flying_too += len(points_in_cube(frame.raw, frame.depth_units, camera, cube)) - points
    assert filled > 1000
    assert flying_too > 1000


def test_a_cube_out_of_view_is_empty():
    frame = DepthFrame(np.full(CAMERA.shape, 500, np.uint16), 0.001, CAMERA, 0, 0.0, 0.0)
    volume, points = clear_occupancy(frame, Cube(np.array([5.0, 0.0, 0.5]), 0.2), 12)
    assert volume.shape == (12, 12, 12)
    assert (volume.any(), points) == (False, 0)


@pytest.mark.parametrize("value", [1, 65535])
def test_the_ends_of_the_sensor_s_range_do_not_wrap_round(value):
    frame = DepthFrame(np.full(CAMERA.shape, value, np.uint16), 0.0001, CAMERA, 0, 0.0, 0.0)
    cube = Cube(np.array([0.0, 0.0, value * 0.0001]), 0.3)
    volume, points = clear_occupancy(frame, cube, 12)
    wanted, count = reference(frame, cube, 12)
    np.testing.assert_array_equal(volume, wanted)
    assert points == count > 0
