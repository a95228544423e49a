"""Which hand: evidence over frames."""

from __future__ import annotations

from app.tracking.side import BOTH, FIRST_FRAMES, RECHECK_FRAMES, SideEstimate


def settled(right: float = 0.95, frames: int = 30) -> SideEstimate:
    side = SideEstimate()
    for _ in range(frames):
        side.update(right)
    return side


def test_the_first_frame_already_has_an_answer():
    assert SideEstimate().update(0.9) == "right"
    assert SideEstimate().update(0.1) == "left"
    assert SideEstimate().update(0.5, right_advantage=-0.1) == "left"


def test_one_doubtful_frame_does_not_flip_the_side():
    assert settled(0.95).update(0.02, -0.5) == "right"
    assert settled(0.05).update(0.98, 0.5) == "left"


def test_lasting_evidence_changes_the_side_once():
    side = settled(0.95)
    answers = [side.update(0.05) for _ in range(40)]
    assert answers[0] == "right"
    assert answers[-1] == "left"
    assert answers == sorted(answers, reverse=True), "it changes once and stays"


def test_however_long_a_hand_was_seen_the_answer_can_be_proved_wrong():
    side = settled(0.95, frames=10_000)
    assert [side.update(0.05) for _ in range(30)][-1] == "left"


def test_a_network_that_leans_to_neither_side_has_no_say():
    side = SideEstimate()
    side.update(0.5, right_advantage=0.02)
    assert {side.update(0.48) for _ in range(1000)} == {"right"}


def test_both_sides_are_read_until_the_answer_is_settled_and_now_and_then_afterwards():
    side, read = SideEstimate(), []
    for _ in range(30 + RECHECK_FRAMES):
        read.append(side.sides_to_read())
        side.update(0.95)
    assert set(read[:FIRST_FRAMES]) == {BOTH}
    assert set(read[-RECHECK_FRAMES:]) == {BOTH, ("right",)}
    assert read[-RECHECK_FRAMES:].count(BOTH) == 1
    assert side.sides_to_read(new_hand=True) == BOTH


def test_a_fixed_side_is_never_doubted():
    side = SideEstimate("left")
    assert side.update(0.99, 0.9) == "left"
    assert side.sides_to_read(new_hand=True) == ("left",)


def test_reset_forgets():
    side = settled(0.95)
    side.reset()
    assert side.update(0.05) == "left"
