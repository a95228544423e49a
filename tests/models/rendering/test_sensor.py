from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.rendering.sensor import STEREO, STRUCTURED_LIGHT, TIME_OF_FLIGHT, Sensor, sense

CLEAN = Sensor(edge_jitter_px=0, edge_loss=0, flying=0, grazing_loss=0, hole_share=0, near_m=0)


def step_edge() -> np.ndarray:
    """A near square before a wall."""
    depth = np.full((80, 120), 1.0, np.float32)
    depth[20:60, 40:80] = 0.5
    return depth


@pytest.mark.parametrize("sensor", [STEREO, STRUCTURED_LIGHT, TIME_OF_FLIGHT])
def test_nothing_is_measured_where_nothing_is_and_the_rest_is_near_the_truth(sensor):
    depth = np.full((60, 60), np.inf, np.float32)
    depth[10:50, 10:50] = 0.5
    seen = sense(depth, 400.0, sensor, np.random.default_rng(0))
    assert (seen[:7] == 0).all() and np.isfinite(seen).all()
    inner = seen[15:45, 15:45]
    assert (inner > 0).mean() > 0.9
    np.testing.assert_allclose(inner[inner > 0], 0.5, atol=0.02)


@pytest.mark.parametrize("distance", [0.4, 0.8])
def test_stereo_noise_grows_with_the_square_of_distance(distance):
    sensor = replace(CLEAN, baseline_m=0.05, disparity_noise_px=0.08)
    seen = sense(np.full((200, 200), distance, np.float32), 385.0, sensor, np.random.default_rng(0))
    expected = 0.08 * distance**2 / (385.0 * 0.05)
    assert seen.std() == pytest.approx(expected, rel=0.15)


def test_shadow_lies_on_the_left_of_near_objects_only():
    sensor = replace(CLEAN, baseline_m=0.05, shadow=True)
    seen = sense(step_edge(), 300.0, sensor, np.random.default_rng(0))
    width = 300.0 * 0.05 * (1 / 0.5 - 1 / 1.0)
    lost = seen[40] == 0
    assert lost[:40].sum() == pytest.approx(width, abs=1) and not lost[40:].any()


def test_flying_pixels_hang_between_the_two_surfaces():
    sensor = replace(CLEAN, flying=0.9, flying_reach_m=0.05)
    seen = sense(step_edge(), 300.0, sensor, np.random.default_rng(0))
    flying = (seen > 0.501) & (seen < 0.999)
    assert flying.sum() > 80
    v, u = np.nonzero(flying)
    assert ((v == 19) | (v == 60) | (u == 39) | (u == 80)).all()


def test_one_generator_state_gives_one_image():
    images = [sense(step_edge(), 300.0, STEREO, np.random.default_rng(5)) for _ in range(2)]
    np.testing.assert_array_equal(*images)
    assert (images[0] != sense(step_edge(), 300.0, STEREO, np.random.default_rng(6))).any()


def test_fattening_grows_near_surfaces_by_its_radius():
    seen = sense(step_edge(), 300.0, replace(CLEAN, fattening_px=2), np.random.default_rng(0))
    assert (seen[40, 38:82] == np.float32(0.5)).all() and seen[40, 37] == 1.0 and seen[40, 82] == 1.0
    assert (seen[18:62, 60] == np.float32(0.5)).all() and seen[17, 60] == 1.0 and seen[62, 60] == 1.0


def test_a_window_rounds_corners_and_keeps_edges():
    seen = sense(step_edge(), 300.0, replace(CLEAN, window_px=5), np.random.default_rng(0))
    changed = seen != step_edge()
    v, u = np.nonzero(changed)
    assert changed.any() and (np.minimum(np.abs(v - 20), np.abs(v - 59)) < 3).all()
    assert (np.minimum(np.abs(u - 40), np.abs(u - 79)) < 3).all()


def test_a_halved_image_shows_each_pixel_as_four():
    depth = np.random.default_rng(1).uniform(0.5, 0.6, (61, 80)).astype(np.float32)
    seen = sense(depth, 400.0, replace(CLEAN, halved=True), np.random.default_rng(0))
    assert seen.shape == depth.shape
    np.testing.assert_array_equal(seen[:, ::2], depth[:, ::2][np.arange(61) // 2 * 2])
    np.testing.assert_array_equal(seen[:, 1::2], seen[:, ::2])
