"""What the reference-point network sees."""

import numpy as np
import pytest

from models.core.crops import center_of_mass, depth_crop
from models.core.types import Camera, Cube

CAMERA = Camera(width=320, height=240, fx=240.0, fy=240.0, ppx=160.0, ppy=120.0)
SIZE_M = 0.3
UNITS = 0.001


def crop_of(raw: np.ndarray, center: list[float], resolution: int = 32) -> np.ndarray:
    return depth_crop(raw, UNITS, CAMERA, np.array(center), SIZE_M, resolution)


def plane(depth_mm: int) -> np.ndarray:
    return np.full(CAMERA.shape, depth_mm, dtype=np.uint16)


def test_a_crop_has_one_channel():
    crop = crop_of(plane(500), [0, 0, 0.5])
    assert crop.shape == (1, 32, 32)
    assert crop.dtype == np.float32


@pytest.mark.parametrize("offset_mm", [-30, 0, 30])
def test_a_plane_has_its_depth_relative_to_the_point_in_half_widths(offset_mm):
    crop = crop_of(plane(500 + offset_mm), [0.01, -0.02, 0.5])
    np.testing.assert_allclose(crop, offset_mm / 1000 / (SIZE_M / 2), atol=1e-5)


def test_depths_beyond_the_crop_are_clipped():
    assert (crop_of(plane(900), [0, 0, 0.5]) == 1).all()
    assert (crop_of(plane(200), [0, 0, 0.5]) == -1).all()


def test_missing_depth_counts_as_far():
    assert (crop_of(plane(0), [0, 0, 0.5]) == 1).all()


def test_what_lies_outside_the_image_counts_as_far():
    crop = crop_of(plane(500), [(0 - CAMERA.ppx) / CAMERA.fx * 0.5, 0, 0.5])[0]  # centred on the left border
    assert (crop[:, :15] == 1).all()
    np.testing.assert_allclose(crop[:, 17:], 0, atol=1e-5)


@pytest.mark.parametrize("center", [[3.0, 0, 0.5], [-3.0, 0, 0.5], [0, 3.0, 0.5], [0, -3.0, 0.5]])
def test_a_point_out_of_view_sees_nothing(center):
    assert (crop_of(plane(500), center) == 1).all()


def test_pixels_land_where_they_are_seen():
    """A spot of known place and size: right of and below the point."""
    raw = plane(0)
    center = [0.0, 0.0, 0.6]  # 0.4 pixels a millimetre
    raw[120 + 6 : 120 + 11, 160 + 2 : 160 + 7] = 600  # around 20 mm below, 10 mm right of the point
    rows, columns = np.nonzero(crop_of(raw, center, resolution=60)[0] != 1)
    sample_mm = 1000 * SIZE_M / 60
    assert np.mean((columns + 0.5) / 60 - 0.5) * SIZE_M * 1000 == pytest.approx(10, abs=sample_mm)
    assert np.mean((rows + 0.5) / 60 - 0.5) * SIZE_M * 1000 == pytest.approx(20, abs=sample_mm)


def test_a_crop_matches_a_pixel_by_pixel_reading():
    rng = np.random.default_rng(0)
    raw = rng.integers(0, 900, CAMERA.shape).astype(np.uint16)
    for _ in range(20):
        x, y, z = center = rng.uniform((-0.5, -0.4, 0.3), (0.5, 0.4, 0.8))
        crop = depth_crop(raw, UNITS, CAMERA, center, SIZE_M, 9)[0]
        for row in range(9):
            for column in range(9):
                u = round(CAMERA.fx * (x + ((column + 0.5) / 9 - 0.5) * SIZE_M) / z + CAMERA.ppx)
                v = round(CAMERA.fy * (y + ((row + 0.5) / 9 - 0.5) * SIZE_M) / z + CAMERA.ppy)
                depth = raw[v, u] if 0 <= u < CAMERA.width and 0 <= v < CAMERA.height else 0
                expected = np.clip((depth * UNITS - z) / (SIZE_M / 2), -1, 1) if depth else 1
                assert crop[row, column] == pytest.approx(expected, abs=1e-4)


def test_mirroring_image_and_point_mirrors_the_crop():
    rng = np.random.default_rng(1)
    camera = Camera(width=321, height=240, fx=240.0, fy=240.0, ppx=160.0, ppy=120.0)
    raw = rng.integers(300, 700, camera.shape).astype(np.uint16)
    crop = depth_crop(raw, UNITS, camera, np.array([0.0313, 0.02, 0.5]), SIZE_M, 32)
    mirrored = depth_crop(raw[:, ::-1], UNITS, camera, np.array([-0.0313, 0.02, 0.5]), SIZE_M, 32)
    np.testing.assert_array_equal(mirrored, crop[:, :, ::-1])


@pytest.mark.parametrize("center", [[0, 0, 0], [0, 0, -0.5], [0, 0, np.nan], [np.nan, 0, 0.5], [0, np.inf, 0.5]])
def test_a_point_that_is_not_in_front_of_the_camera_is_refused(center):
    with pytest.raises(ValueError, match="crop centre"):
        crop_of(plane(500), center)


def test_the_centre_of_mass_is_of_what_lies_in_the_cube():
    raw = plane(900)
    raw[110:131, 170:191] = 500  # 5 pixels are about a centimetre at half a metre
    cube = Cube(np.array([0.0, 0.0, 0.5]), 0.2)
    found = center_of_mass(raw, UNITS, CAMERA, cube)
    np.testing.assert_allclose(found, [20 / 240 * 0.5, 0, 0.5], atol=1e-6)
    assert center_of_mass(raw, UNITS, CAMERA, cube, min_points=21 * 21 + 1) is None
    assert center_of_mass(plane(900), UNITS, CAMERA, cube) is None
