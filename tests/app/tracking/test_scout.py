"""The search beside a hand that is followed: rare looks, one place at a time, and no place again that was refused."""

from __future__ import annotations

import numpy as np
import pytest

from app.tracking.detector import HandDetector
from app.tracking.locate import HandLocator
from app.tracking.result import Stopwatch
from app.tracking.scout import FIRST_REST, LONGEST_REST, LOOK_EVERY, RECENT_REST, Scout
from models.core.types import DepthFrame
from models.reading.refine import Sighting
from tests.app.fakes import FakeReferenceNet, empty_frame, frame_of, hand_depth

PLACE_M = (0.05, 0.0, 0.5)


def hand_at(center_m: tuple[float, float, float]) -> DepthFrame:
    """A frame with a hand and nothing else, not even its arm."""
    return frame_of(hand_depth(center_m, arm=False))


def scout(presence: float | None = None) -> tuple[Scout, FakeReferenceNet]:
    network = FakeReferenceNet(presence)
    return Scout(HandLocator(HandDetector(), network)), network


def asked(scout: Scout, frame: DepthFrame, frames: int, is_recent: bool = False) -> list[Sighting | None]:
    """What the scout hands over in each of so many frames."""
    places: list[Sighting | None] = []
    for _ in range(frames):
        places.append(scout.place(frame, Stopwatch()) if scout.next_frame(is_recent) else None)
    return places


def looks(network: FakeReferenceNet, scout: Scout, frame: DepthFrame, frames: int) -> list[int]:
    """In which of so many frames, from 1, the reference network is asked."""
    found = []
    for number in range(1, frames + 1):
        before = len(network.batches)
        asked(scout, frame, 1)
        if len(network.batches) > before:
            found.append(number)
    return found


def test_a_hand_is_handed_over_in_the_frame_after_it_was_seen():
    found, _ = scout()
    first, second = asked(found, hand_at(PLACE_M), 2)
    assert first is None and second is not None
    assert np.linalg.norm(second.center_cam_m - PLACE_M) < 0.05


def test_a_hand_that_was_seen_a_moment_ago_is_handed_over_at_once():
    found, _ = scout()
    assert asked(found, hand_at(PLACE_M), 1, is_recent=True)[0] is not None


def test_where_nothing_is_to_be_seen_no_network_is_asked_and_a_look_is_rare():
    found, network = scout()
    due = [found.next_frame() and found.place(empty_frame(), Stopwatch()) is None for _ in range(3 * LOOK_EVERY)]
    assert sum(due) == 3 and not network.batches


def test_a_place_without_a_hand_costs_one_pass_and_then_rests_for_longer_and_longer():
    found, network = scout(presence=0.1)
    when = looks(network, found, hand_at(PLACE_M), 8 * FIRST_REST)
    assert when == [1, 1 + FIRST_REST, 1 + 3 * FIRST_REST, 1 + 7 * FIRST_REST]
    assert set(network.batches) == {1}


@pytest.mark.parametrize(("moved_m", "is_asked"), [(0.02, False), (0.15, True)])
def test_a_refused_place_is_asked_again_once_it_has_moved(moved_m, is_asked):
    found, network = scout()
    _, place = asked(found, hand_at(PLACE_M), 2)
    assert place is not None
    found.refuse(place.center_cam_m)
    network.batches.clear()
    x, y, z = PLACE_M
    places = asked(found, hand_at((x + moved_m, y, z)), LOOK_EVERY + 1)
    assert any(sighting is not None for sighting in places) == is_asked


def test_no_rest_is_longer_than_the_longest():
    found, network = scout()
    asked(found, empty_frame(), 1)
    for _ in range(12):
        found.refuse(np.array(PLACE_M))
    places = asked(found, hand_at(PLACE_M), LONGEST_REST + LOOK_EVERY + 1)
    assert any(sighting is not None for sighting in places)


def test_what_was_refused_is_forgotten_when_a_hand_is_lost_that_may_come_back_anywhere():
    found, _ = scout()
    asked(found, empty_frame(), 1)
    found.refuse(np.array(PLACE_M))
    assert asked(found, hand_at(PLACE_M), 1, is_recent=True)[0] is not None
    found.refuse(np.array(PLACE_M))
    places = asked(found, hand_at(PLACE_M), RECENT_REST + 1, is_recent=True)
    assert places[0] is None and places[-1] is not None


def test_another_scene_knows_of_no_refused_place():
    found, _ = scout()
    asked(found, empty_frame(), 1)
    found.refuse(np.array(PLACE_M))
    found.reset()
    assert asked(found, hand_at(PLACE_M), 2)[1] is not None
