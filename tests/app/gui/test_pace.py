"""Poses come before pictures: how often the 3D view may draw."""

from app.gui.pace import FREELY, LOOKS, MOST_DROPPED, SPARINGLY, Pace


def test_pictures_give_way_while_tracking_skips_frames_and_come_back_after():
    pace = Pace()
    pace.look(0)
    assert pace.share == FREELY
    pace.look(MOST_DROPPED)
    assert pace.share == FREELY
    pace.look(MOST_DROPPED + 5)
    assert pace.share == SPARINGLY
    for _ in range(LOOKS):
        pace.look(MOST_DROPPED + 5)
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
