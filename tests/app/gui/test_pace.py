"""Poses come before pictures: how often the 3D view may draw."""

from app.gui.pace import FEW_DROPPED, FREELY, LOOKS, MANY_DROPPED, SPARINGLY, Pace


def share_after(dropped: int) -> float:
    pace = Pace()
    pace.look(0)
    pace.look(dropped)
    return pace.share


def test_pictures_give_way_by_as_much_as_tracking_is_behind():
    shares = [share_after(dropped) for dropped in range(MANY_DROPPED + 20)]
    assert set(shares[: FEW_DROPPED + 1]) == {FREELY}
    assert shares == sorted(shares, reverse=True)
    assert all(SPARINGLY < share < FREELY for share in shares[FEW_DROPPED + 1 : MANY_DROPPED])
    assert {round(share, 9) for share in shares[MANY_DROPPED:]} == {SPARINGLY}


def test_pictures_come_back_once_tracking_keeps_up():
    pace = Pace()
    pace.look(0)
    for _ in range(LOOKS + 1):
        pace.look(MANY_DROPPED)
    assert pace.share == FREELY


def test_another_source_starts_anew():
    pace = Pace()
    for dropped in (0, 100, 0):
        pace.look(dropped)
    assert pace.share == FREELY


def test_the_next_picture_is_due_after_its_share_of_the_time():
    pace = Pace()
    pace.took(10.0, 10.0 + SPARINGLY)
    assert not pace.is_due(10.0 + SPARINGLY)
    assert pace.is_due(10.0 + SPARINGLY / FREELY)
