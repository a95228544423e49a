"""Which hand: evidence over frames."""

from __future__ import annotations

from app.tracking.side import BOTH, FIRST_FRAMES, RECHECK_FRAMES, SideEstimate


def settled(right_log_odds: float = 3.0, frames: int = 30) -> SideEstimate:
    side = SideEstimate()
    for _ in range(frames):
        side.update(right_log_odds)
    return side


def test_the_first_frame_already_has_an_answer():
    assert SideEstimate().update(0.2) == "right"
    assert SideEstimate().update(-0.2) == "left"


def test_one_doubtful_frame_does_not_flip_the_side():
    assert settled(3.0).update(-5.0) == "right"
    assert settled(-3.0).update(5.0) == "left"


def test_lasting_evidence_changes_the_side_once():
    side = settled(3.0)
    answers = [side.update(-3.0) for _ in range(40)]
    assert answers[0] == "right"
    assert answers[-1] == "left"
    assert answers == sorted(answers, reverse=True), "it changes once and stays"


def test_however_long_a_hand_was_seen_the_answer_can_be_proved_wrong():
    side = settled(3.0, frames=10_000)
    answers = [side.update(-3.0) for _ in range(40)]
    assert answers[15] == "right" and answers[-1] == "left"


def test_frames_that_say_nothing_change_nothing():
    side = SideEstimate()
    side.update(0.2)
    assert {side.update(0.0) for _ in range(1000)} == {"right"}


def test_both_sides_are_read_until_the_answer_is_settled_and_of_a_new_hand():
    side, read = SideEstimate(), []
    for _ in range(40):
        read.append(side.sides_to_read())
        side.update(3.0)
    assert set(read[:FIRST_FRAMES]) == {BOTH}
    assert set(read[FIRST_FRAMES:]) == {("right",)}
    assert side.sides_to_read(new_hand=True) == BOTH


def test_a_network_that_says_nothing_of_one_side_is_asked_for_both_now_and_then():
    side, read = SideEstimate(), []
    for _ in range(30 + RECHECK_FRAMES):
        read.append(side.sides_to_read())
        side.update(3.0 if read[-1] == BOTH else None)
    assert set(read[:FIRST_FRAMES]) == {BOTH}
    assert read[-RECHECK_FRAMES:].count(BOTH) == 1


def test_a_fixed_side_is_never_doubted():
    side = SideEstimate("left")
    assert side.update(5.0) == "left"
    assert side.sides_to_read(new_hand=True) == ("left",)


def test_reset_forgets():
    side = settled(3.0)
    side.reset()
    assert side.update(-3.0) == "left"
