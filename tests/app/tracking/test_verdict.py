"""What the tracker says of its own poses: tracked, unsure or lost."""

from __future__ import annotations

import pytest

from app.errors import ModelError
from app.settings import TrackerSettings
from app.tracking.build import build_tracker
from app.tracking.tracker import Tracker
from models.reading.verdict import CARD_KEY, Verdict
from models.runtime import RuntimeModelError
from tests.app.fakes import FakePoseNet, FakeReferenceNet, empty_frame, hand_frame

HALF_AT = {"bias": 0.0, "confidence": 1.0, "presence": 0.0, "threshold": 0.8}
"""The chance is the confidence itself."""


def verdicts(confidences: list[float | None], card: dict | None) -> list[Verdict]:
    """Of a film: a hand that is read with these confidences, None for a frame without one."""
    net = FakePoseNet(details={CARD_KEY: card} if card else {})
    tracker = Tracker(net, FakeReferenceNet(), TrackerSettings())
    found = []
    for number, confidence in enumerate(confidences):
        net.confidence = confidence or 0.0
        frame = empty_frame(number) if confidence is None else hand_frame(frame_id=number)
        found.append(tracker.track(frame).verdict)
    return found


def test_poses_above_the_threshold_are_tracked_and_others_unsure():
    assert verdicts([0.9], HALF_AT) == [Verdict.TRACKED]
    assert verdicts([0.7], HALF_AT) == [Verdict.UNSURE]


def test_without_a_pose_the_hand_is_lost():
    assert verdicts([None, 0.9, None], HALF_AT) == [Verdict.LOST, Verdict.TRACKED, Verdict.LOST]


def test_a_hand_that_was_tracked_is_believed_on_less_until_it_is_unsure_or_lost():
    assert verdicts([0.9, 0.5, 0.25, 0.5, 0.9], HALF_AT) == [
        Verdict.TRACKED,
        Verdict.TRACKED,
        Verdict.UNSURE,
        Verdict.UNSURE,
        Verdict.TRACKED,
    ]
    assert verdicts([0.9, None, 0.5], HALF_AT)[2] is Verdict.UNSURE


def test_a_network_that_was_never_calibrated_is_never_sure():
    assert verdicts([0.99], None) == [Verdict.UNSURE]


def test_a_network_that_was_never_calibrated_is_named(monkeypatch, caplog):
    for details, said in (({}, True), ({CARD_KEY: HALF_AT}, False)):
        caplog.clear()
        monkeypatch.setattr("app.tracking.build.load_pose_network", lambda *_, d=details: FakePoseNet(details=d))
        build_tracker(TrackerSettings(), device="cpu")
        assert ("model fake was never calibrated" in caplog.text) is said


def test_a_card_with_nonsense_for_a_calibration_is_one_line(monkeypatch):
    net = FakePoseNet(details={CARD_KEY: HALF_AT | {"bias": "much"}})
    with pytest.raises(RuntimeModelError, match="without a number for bias"):
        Tracker(net, FakeReferenceNet(), TrackerSettings())
    monkeypatch.setattr("app.tracking.build.load_pose_network", lambda *_: net)
    with pytest.raises(ModelError, match="calibrate it again"):
        build_tracker(TrackerSettings(), device="cpu")
