"""Places moved onto a hand, with a stand-in for the reference network."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from models.core.types import Camera, DepthFrame
from models.reading.refine import MIN_DEPTH_M, ROUNDS, refine, segmented_center
from models.reading.volume import MIN_POINTS

CAMERA = Camera(80, 60, 100.0, 100.0, 39.5, 29.5)


class Mover:
    """Moves every place by `step_m`."""

    card = SimpleNamespace(size_m=0.3, input_resolution=24)

    def __init__(self, *step_m: float) -> None:
        self._step = np.array(step_m) / 0.3
        self.batches: list[int] = []

    def infer(self, crops):
        self.batches.append(len(crops))
        return SimpleNamespace(offset=np.tile(self._step, (len(crops), 1)), presence=np.full(len(crops), 0.8))


def frame(pixels: int = 0) -> DepthFrame:
    raw = np.zeros(CAMERA.shape, np.uint16)
    raw[28:32, : pixels // 4] = 500
    return DepthFrame(raw, 0.001, CAMERA, 0, 0.0, 0.0)


@pytest.mark.parametrize("rounds", [1, ROUNDS])
def test_all_places_are_moved_in_one_batch_a_round(rounds):
    network, places = Mover(0.01, 0.0, 0.02), [np.array([0.0, 0.0, 0.5]), np.array([0.1, 0.0, 0.6])]
    sightings = refine(network, frame(), places, rounds)
    assert network.batches == [2] * rounds
    for sighting, place in zip(sightings, places, strict=True):
        np.testing.assert_allclose(sighting.center_cam_m, place + rounds * np.array([0.01, 0.0, 0.02]))
        assert sighting.presence == 0.8
    np.testing.assert_array_equal(places[0], [0.0, 0.0, 0.5])


def test_a_place_that_is_not_in_front_of_the_camera_stays_and_has_no_presence():
    network = Mover(0.0, 0.0, 0.0)
    places = [np.array([0.0, 0.0, -0.2]), np.array([0.0, 0.0, 0.5]), np.array([0.0, np.nan, 0.5])]
    sightings = refine(network, frame(), places)
    assert network.batches == [1] * ROUNDS
    assert [sighting.presence for sighting in sightings] == [0.0, 0.8, 0.0]
    np.testing.assert_array_equal([sighting.center_cam_m for sighting in sightings], places)


def test_a_place_that_would_leave_the_front_of_the_camera_stays_where_it_was():
    network = Mover(0.0, 0.0, -0.25)
    (sighting,) = refine(network, frame(), [np.array([0.0, 0.0, 0.3 + MIN_DEPTH_M])])
    assert network.batches == [1, 1]
    np.testing.assert_allclose(sighting.center_cam_m, [0.0, 0.0, 0.05 + MIN_DEPTH_M])
    assert sighting.presence == 0.0


def test_no_places_are_no_work():
    network = Mover(0.0, 0.0, 0.0)
    assert refine(network, frame(), []) == []
    assert network.batches == []


def test_the_centre_of_mass_needs_enough_to_see():
    middle = np.array([0.0, 0.0, 0.5])
    assert segmented_center(frame(80), middle, 0.5)[2] == pytest.approx(0.5)
    assert segmented_center(frame(MIN_POINTS // 2), middle, 0.5) is None
