"""A source opens beside the start of the program, once, and says at `open` how that went."""

from __future__ import annotations

import threading

import pytest

from app.errors import SourceError
from app.run.ahead import OpenedAhead
from app.sources.base import SourceInfo
from tests.app.fakes import FakeSource, hand_frame


class Waiting(FakeSource):
    """Opens when it may."""

    def __init__(self) -> None:
        super().__init__([hand_frame(frame_id=1)])
        self.begun, self.may_open, self.times = threading.Event(), threading.Event(), 0

    def open(self) -> SourceInfo:
        self.begun.set()
        assert self.may_open.wait(10)
        self.times += 1
        return super().open()


def test_it_opens_by_itself_and_once():
    made = Waiting()
    source = OpenedAhead(made)
    assert made.begun.wait(10)
    made.may_open.set()
    info = source.open()
    assert (info.label, made.times) == ("a fake", 1)
    frame = source.read()
    assert frame is not None
    assert frame.frame_id == 1
    source.close()
    assert made.closed


def test_a_camera_that_was_lost_is_opened_again():
    made = Waiting()
    made.may_open.set()
    source = OpenedAhead(made)
    source.open()
    source.open()
    assert made.times == 2


def test_an_error_comes_where_the_source_is_opened():
    class Broken(FakeSource):
        def open(self) -> SourceInfo:
            raise SourceError("film.bag: is damaged")

    source = OpenedAhead(Broken([]))
    with pytest.raises(SourceError, match="film.bag: is damaged"):
        source.open()


def test_one_that_is_never_used_can_be_closed():
    made = Waiting()
    source = OpenedAhead(made)
    source.close()
    made.may_open.set()
    assert made.closed
