"""Flying pixels go, edges stay."""

from __future__ import annotations

import numpy as np

from models.core.flying import without_flying_pixels

NEAR, BETWEEN, FAR = 4000, 5000, 6000
UNITS = 0.0001


def cleaned(raw: np.ndarray) -> np.ndarray:
    before = raw.copy()
    result = without_flying_pixels(raw, UNITS, pixel_m=0.002)
    assert (raw == before).all(), "the input stays"
    return result


def scene() -> np.ndarray:
    """A near surface in front of a far one."""
    raw = np.full((20, 20), FAR, np.uint16)
    raw[5:15, 5:15] = NEAR
    return raw


def test_pixels_between_two_surfaces_go():
    raw = scene()
    raw[5:15, 15] = BETWEEN
    wanted = raw.copy()
    wanted[5:15, 15] = 0
    assert (cleaned(raw) == wanted).all()


def test_the_edges_of_two_surfaces_stay():
    assert (cleaned(scene()) == scene()).all()


def test_a_hand_alone_in_the_air_stays():
    raw = np.where(scene() == NEAR, np.uint16(NEAR), np.uint16(0))
    raw[10, 10] = 0
    assert (cleaned(raw) == raw).all()


def test_spray_beside_nothing_goes():
    raw = np.where(scene() == NEAR, np.uint16(NEAR), np.uint16(0))
    wanted = raw.copy()
    raw[4, 5:15:2], raw[5:15, 15], raw[17, 17] = BETWEEN, NEAR + np.arange(10) * 400 + 300, FAR
    assert (cleaned(raw) == wanted).all()


def test_a_finger_two_pixels_wide_stays():
    raw = np.zeros((20, 20), np.uint16)
    raw[4:, 9:11] = NEAR
    assert (cleaned(raw) == raw).all()


def test_a_slanted_surface_stays():
    raw = np.tile(np.arange(20) * 50 + NEAR, (20, 1)).astype(np.uint16)
    assert (cleaned(raw) == raw).all()


def test_a_finger_before_the_palm_stays():
    raw = np.full((20, 20), NEAR + 200, np.uint16)
    raw[:, 9:12] = NEAR
    assert (cleaned(raw) == raw).all()


def test_a_coarse_image_may_have_larger_steps():
    ramp = np.tile(np.arange(20) * 150 + NEAR, (20, 1)).astype(np.uint16)
    assert (without_flying_pixels(ramp, UNITS, pixel_m=0.002) == 0).any()
    assert (without_flying_pixels(ramp, UNITS, pixel_m=0.006) == ramp).all()
