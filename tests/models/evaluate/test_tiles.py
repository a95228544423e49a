"""Tiles: skeletons in their colours, on the part of the depth image that they belong to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.core.camera import deproject
from models.core.skeleton import HAND, Skeleton
from models.core.types import Camera, DepthFrame
from models.evaluate.tiles import PLAIN_GROUND, TILE_PX, TRUTH_COLOR, Comparison, tile

CAMERA = Camera(160, 120, 120.0, 120.0, 79.5, 59.5)
DOT = Skeleton("dot", ("dot",), (), (0,), ((1.0, 0.0, 0.0),))
NOT_A_POSE = np.full((1, 3), np.nan)


def at(u: float, v: float, depth_m: float = 0.5) -> np.ndarray:
    return deproject(np.array([[u, v]]), np.array([depth_m]), CAMERA)


def frame(raw: np.ndarray) -> DepthFrame:
    return DepthFrame(raw.astype(np.uint16), 0.001, CAMERA, 0, 0.0, 0.0)


def middle(mask: np.ndarray) -> np.ndarray:
    """Mean pixel u, v of what is set."""
    assert mask.any()
    return np.argwhere(mask).mean(axis=0)[::-1]


def colored(picture: np.ndarray, color: tuple[int, ...]) -> np.ndarray:
    return (picture == np.array(color, np.uint8)).all(axis=2)


def hand(u: float = 80.0, v: float = 60.0) -> np.ndarray:
    """A hand of 21 joints around a pixel, fingers side by side, 20 pixels wide and high, 0.5 m away."""
    uv = np.array([[0.0, 10.0], *([4.0 * finger - 8, 2.0 - 4.0 * part] for finger in range(5) for part in range(4))])
    return deproject(uv + (u, v), np.full(21, 0.5), CAMERA)


@pytest.mark.parametrize("place", [(80, 60), (33, 71), (2, 117)])
def test_a_joint_is_drawn_on_its_own_pixel(place):
    u, v = place
    raw = np.zeros(CAMERA.shape)
    raw[v, u] = 500
    picture = tile(Comparison("", DOT, NOT_A_POSE, at(u, v), CAMERA, frame(raw)))
    gray = (np.ptp(picture.astype(int), axis=2) == 0) & (picture[..., 0] > 60)
    assert gray.sum() > 8**2  # one pixel of the image, enlarged
    np.testing.assert_allclose(middle(colored(picture, TRUTH_COLOR)), middle(gray), atol=1)


def test_both_skeletons_have_their_colours():
    picture = tile(Comparison("", HAND, hand(76), hand(83), CAMERA))
    assert picture.shape == (TILE_PX, TILE_PX, 3) and picture.dtype == np.uint8
    assert colored(picture, PLAIN_GROUND).mean() > 0.5
    white = middle(colored(picture, TRUTH_COLOR))
    columns = []
    for color in HAND.colors[1:]:
        found = colored(picture, tuple(round(255 * c) for c in reversed(color)))
        assert found.sum() > 100
        columns.append(middle(found)[0])
    assert columns == sorted(columns)  # the fingers stand side by side
    assert np.mean(columns) + 40 < white[0]  # the truth is to the right of the estimate


def test_the_truth_shows_where_both_poses_are_one():
    picture = tile(Comparison("", HAND, hand(), hand(), CAMERA))
    blue = tuple(round(255 * c) for c in reversed(HAND.colors[1]))
    assert colored(picture, TRUTH_COLOR).sum() > 50
    assert colored(picture, blue).sum() > 20


def test_a_hand_elsewhere_in_the_image_gives_the_same_tile():
    raw = np.zeros(CAMERA.shape)
    raw[50:75, 70:95] = 490 + np.arange(25)
    comparison = Comparison("", HAND, hand(81, 61), hand(), CAMERA, frame(raw))
    moved = Comparison("", HAND, hand(106, 31), hand(105, 30), CAMERA, frame(np.roll(raw, (-30, 25), (0, 1))))
    apart = np.abs(tile(comparison).astype(int) - tile(moved))
    assert (apart.max(axis=2) > 0).mean() < 0.02  # joints a rounding apart
    plain = tile(replace(comparison, frame=None))
    assert (tile(comparison) != plain).any(axis=2).mean() > 0.5


def test_what_lies_outside_of_the_image_is_plain_ground():
    raw = np.full(CAMERA.shape, 500)
    picture = tile(Comparison("", HAND, hand(0), hand(0), CAMERA, frame(raw)))
    assert colored(picture, PLAIN_GROUND)[:, : TILE_PX // 4].mean() > 0.9
    assert colored(picture, PLAIN_GROUND)[:, -TILE_PX // 4 :].sum() == 0


@pytest.mark.parametrize("depth_m", [0.0, -0.4, 1e-9, 1e9])
def test_an_estimate_far_off_does_not_hide_the_truth(depth_m):
    wild = hand()
    wild[7, 2] = depth_m
    wild[9] = 1e12
    picture = tile(Comparison("", HAND, wild, hand(), CAMERA))
    rows, columns = np.nonzero(colored(picture, TRUTH_COLOR))
    assert np.ptp(rows) > TILE_PX / 3 and np.ptp(columns) > TILE_PX / 4


def test_an_estimate_that_is_no_pose_is_left_out():
    picture = tile(Comparison("", HAND, hand() * np.nan, hand(), CAMERA))
    assert colored(picture, TRUTH_COLOR).sum() > 50
    assert (np.ptp(picture[colored(picture, PLAIN_GROUND) == 0].astype(int), axis=1) < 12).all()  # white and its edges
