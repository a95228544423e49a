"""A hand that left stays gone: what is found soon afterwards has to be sure, or to last."""

from __future__ import annotations

import pytest

from app.settings import TrackerSettings
from app.sources.simulator import SIMULATED_CAMERA
from app.tracking.build import build_tracker
from app.tracking.tracker import MAX_BAD_FRAMES, Tracker
from app.tracking.trial import AFTER_S, FRAMES
from models.core.types import DepthFrame
from models.reading.verdict import CARD_KEY
from models.rendering.movie import HandMovie
from models.runtime import openvino_precisions
from tests.app.fakes import FakePoseNet, FakeReferenceNet, empty_frame, hand_frame

CALIBRATED = {"bias": 0.0, "confidence": 1.0, "presence": 0.0, "threshold": 0.8}
SURE, UNSURE, GONE = 0.9, 0.6, None
LEFT = [SURE] * 3 + [GONE] * (MAX_BAD_FRAMES + 1)
"""A hand that is seen, and gone for so long that it is given up."""


def shown(confidences: list[float | None], card: dict | None = CALIBRATED) -> str:
    """What is shown of a film: a letter a frame, the verdict's first, or a dot for no pose."""
    net = FakePoseNet(details={CARD_KEY: card} if card else {})
    tracker = Tracker(net, FakeReferenceNet(), TrackerSettings())
    letters = ""
    for number, confidence in enumerate(confidences):
        net.confidence = confidence or 0.0
        result = tracker.track(empty_frame(number) if confidence is None else hand_frame(frame_id=number))
        letters += "." if result.pose is None else result.verdict.value[0]
    return letters


def test_the_first_hand_is_shown_at_once_sure_or_not():
    assert shown([GONE, UNSURE, UNSURE]) == ".uu"


def test_after_a_hand_has_left_an_unsure_one_is_shown_once_it_has_lasted():
    after = shown([*LEFT, *[UNSURE] * 5])[len(LEFT) :]
    assert after == "." * (FRAMES - 1) + "u" * (6 - FRAMES)


def test_after_a_hand_has_left_single_unsure_frames_show_nothing_however_many():
    after = shown([*LEFT, *[UNSURE, GONE, UNSURE, UNSURE, GONE] * 4])[len(LEFT) :]
    assert set(after) == {"."}


def test_a_sure_hand_is_shown_at_once():
    assert shown([*LEFT, SURE, SURE])[len(LEFT) :] == "tt"
    assert shown([*LEFT, UNSURE, SURE, UNSURE])[len(LEFT) :] == ".tt"


def test_a_hand_that_was_hidden_for_a_few_frames_only_is_no_new_one():
    assert shown([SURE] * 3 + [GONE] * (MAX_BAD_FRAMES - 1) + [UNSURE])[-1] == "u"


def test_long_after_a_hand_has_left_a_new_one_is_the_first_again():
    wait = round(30 * AFTER_S) + 1
    assert shown([SURE] * 3 + [GONE] * wait + [UNSURE])[-1] == "u"


def test_networks_that_are_never_sure_are_not_asked_to_be():
    assert shown([*LEFT, UNSURE], card=None)[-1] == "u"


def test_when_the_source_starts_over_no_hand_has_left():
    net = FakePoseNet(details={CARD_KEY: CALIBRATED})
    tracker = Tracker(net, FakeReferenceNet(), TrackerSettings())
    for number, confidence in enumerate(LEFT):
        net.confidence = confidence or 0.0
        tracker.track(empty_frame(number) if confidence is None else hand_frame(frame_id=number))
    tracker.reset()
    net.confidence = UNSURE
    assert tracker.track(hand_frame(frame_id=99)).pose is not None


@pytest.mark.parametrize("precision", openvino_precisions())
@pytest.mark.parametrize("hands", [1, 2])
def test_before_a_body_no_hand_is_found_where_one_has_left(hands, precision):
    """The simulated person's hand sinks out of the picture; with this seed four folds were taken for hands."""
    movie = HandMovie(SIMULATED_CAMERA, seed=2)
    tracker = build_tracker(TrackerSettings(hands=hands), precision=precision)
    poses = []
    for index in range(340, 363):
        frame = movie.render(index)
        depth = DepthFrame(frame.raw, movie.depth_units, SIMULATED_CAMERA, index, 1000 * index / 30, 0.0)
        poses.append(tracker.track(depth).pose)
    assert poses[0] is not None
    folds = sum(pose is not None for pose in poses[8:])  # the hand is out of the picture
    assert folds <= 1  # none on the processors that were tried; others round otherwise
