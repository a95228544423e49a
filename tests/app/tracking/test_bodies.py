"""With the shipped networks: no hand is seen on a body that shows none."""

from __future__ import annotations

from models.data.synthetic.testset import body_frames, hand_frames
from tests.app.tracking.bodies import count_found


def test_bodies_without_a_raised_hand_have_no_hand():
    assert count_found(body_frames(12)) <= 1


def test_the_same_tracker_does_find_hands():
    assert count_found(hand_frames(8)) >= 6
