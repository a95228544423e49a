"""While a hand is tracked, the reference network rests; it looks again where there is any doubt."""

from __future__ import annotations

import numpy as np
import pytest

from app.settings import TrackerSettings
from app.tracking.result import TrackState
from app.tracking.tracker import RESTED_FRAMES, Tracker
from models.reading.verdict import CARD_KEY, Verdict
from tests.app.fakes import FakePoseNet, FakeReferenceNet, empty_frame, hand_frame
from tests.app.tracking.test_verdict import HALF_AT


def looks(confidences: list[float | None], card: dict | None = HALF_AT) -> list[bool]:
    """In which frames of a film the reference network was asked; None is a frame without a hand."""
    net, reference = FakePoseNet(details={CARD_KEY: card} if card else {}), FakeReferenceNet()
    tracker = Tracker(net, reference, TrackerSettings())
    asked = []
    for number, confidence in enumerate(confidences):
        net.confidence = confidence or 0.0
        reference.batches.clear()
        tracker.track(empty_frame(number) if confidence is None else hand_frame(frame_id=number))
        asked.append(bool(reference.batches))
    return asked


def test_a_tracked_hand_is_looked_at_every_few_frames():
    rest = [False] * RESTED_FRAMES
    assert looks([0.9] * (3 + 2 * RESTED_FRAMES)) == [True, *rest, True, *rest, True]


def test_after_an_unsure_frame_it_is_looked_at():
    assert looks([0.9, 0.25, 0.25, 0.9, 0.9]) == [True, False, True, True, False]


def test_a_hand_that_is_gone_is_looked_for_in_the_same_frame():
    reference = FakeReferenceNet()
    tracker = Tracker(FakePoseNet(details={CARD_KEY: HALF_AT}), reference, TrackerSettings())
    tracker.track(hand_frame(frame_id=1))
    result = tracker.track(empty_frame(2))
    assert (result.pose, result.verdict, result.state) == (None, Verdict.LOST, TrackState.UNCERTAIN)
    assert tracker.track(hand_frame((0.25, 0.0, 0.5), 3)).verdict is Verdict.TRACKED, "elsewhere, and found at once"


def test_a_network_that_was_never_calibrated_is_always_checked():
    assert looks([0.9] * 5, None) == [True] * 5


def test_the_presence_is_that_of_the_last_look():
    reference = FakeReferenceNet(presence=0.8)
    tracker = Tracker(FakePoseNet(details={CARD_KEY: HALF_AT}), reference, TrackerSettings())
    tracker.track(hand_frame(frame_id=1))
    reference.presence = 0.6
    found = [tracker.track(hand_frame(frame_id=2 + number)).presence for number in range(RESTED_FRAMES + 1)]
    assert found == [0.8] * RESTED_FRAMES + [0.6]


@pytest.mark.parametrize("step_m", [0.0, 0.01])
def test_the_cube_stays_on_the_hand_while_it_rests(step_m):
    tracker = Tracker(FakePoseNet(details={CARD_KEY: HALF_AT}), FakeReferenceNet(), TrackerSettings())
    for number in range(12):
        x_m = step_m * number
        pose = tracker.track(hand_frame((x_m, 0.0, 0.5), number)).pose
        assert np.abs(pose.cube.center_cam_m[0] - x_m) < 0.05
