"""Two hands of a person have two sides, unless both clearly are of one."""

from __future__ import annotations

import pytest

from app.tracking.side import BOTH, MOST_A_FRAME
from app.tracking.side_pair import TWO_PEOPLE, PairedSide


def pair(fixed=None) -> tuple[PairedSide, PairedSide]:
    one, other = PairedSide(fixed), PairedSide(fixed)
    one.partner, other.partner = other, one
    return one, other


def seen(side: PairedSide, log_odds: float, frames: int) -> str:
    answer = ""
    for _ in range(frames):
        answer = side.update(log_odds)
    return answer


def test_alone_a_hand_has_the_side_that_it_shows():
    assert seen(PairedSide(), 1.0, 3) == "right"
    assert seen(PairedSide(), -1.0, 3) == "left"


@pytest.mark.parametrize(("shown", "sides"), [(1.0, ("right", "left")), (-1.0, ("left", "right"))])
def test_the_second_hand_of_a_person_has_the_other_side_from_the_first_frame_on(shown, sides):
    one, other = pair()
    assert seen(one, shown, 20) == sides[0]
    assert other.update(None) == sides[1]
    assert other.is_settled
    # A frame or two that look like the other hand do not change that.
    assert other.update(2 * shown) == sides[1]


def test_a_hand_that_was_hidden_gets_its_side_back():
    one, other = pair()
    for _ in range(30):
        one.update(1.5)
        other.update(-1.5)
    other.reset()
    assert (other.update(1.0), one.update(1.5)) == ("left", "right")


def test_two_hands_that_both_clearly_are_of_one_side_belong_to_two_people():
    one, other = pair()
    frames = int(TWO_PEOPLE / MOST_A_FRAME) + 1
    assert (seen(one, 5.0, frames), seen(other, 5.0, frames)) == ("right", "right")


def test_a_side_that_was_chosen_holds_for_both():
    one, other = pair("left")
    assert (seen(one, 3.0, 9), seen(other, 3.0, 9)) == ("left", "left")


@pytest.mark.parametrize(("shown", "side"), [(1.0, "left"), (-1.0, "right")])
def test_a_new_hand_beside_one_whose_side_is_settled_is_read_for_the_other_side_only(shown, side):
    one, other = pair()
    assert other.sides_to_read(new_hand=True) == BOTH
    seen(one, shown, 20)
    assert other.sides_to_read(new_hand=True) == (side,)
    other.partner = None
    assert other.sides_to_read(new_hand=True) == BOTH


def test_while_it_is_held_what_the_partner_shows_does_not_count():
    one, other = PairedSide(), PairedSide()
    one.partner, other.partner = other, one
    for _ in range(5):
        one.update(2.0)
    before = one.evidence
    with one.held():
        other.update(-2.0)
        assert one.evidence == before
    assert one.evidence > before
