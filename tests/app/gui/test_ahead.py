"""What a start needs first is loaded once, beside the window; anything else is loaded when it is asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.errors import ModelError, SourceError
from app.gui.ahead import LoadedAhead
from app.settings import Options
from app.sources.base import Source
from tests.app.fakes import FakePoseNet, FakeReferenceNet, FakeSource


class Prepared(FakeSource):
    def __init__(self, name: str | None) -> None:
        super().__init__([])
        self.name, self.told = name, []

    def prepare(self) -> None:
        self.told.append("prepare")

    def set_loop(self, loop: bool) -> None:
        self.told.append(f"loop {loop}")

    def set_speed(self, speed: float) -> None:
        self.told.append(f"speed {speed}")


@pytest.fixture
def asked(monkeypatch) -> list[str]:
    """Each network and each source that is made."""
    from app.tracking.build import make_tracker

    made: list[str] = []

    def build_tracker(settings, model, device, precision):
        made.append(f"{model} on {device}")
        assert not settings.fit, "the start does not wait for the model of the hand"
        if model == "broken":
            raise ModelError("model broken: is broken")
        return make_tracker(FakePoseNet(), FakeReferenceNet(), settings)

    def make_source(name: str | None, realtime: bool, speed: float) -> Source:
        made.append(f"source {name}")
        if name == "missing":
            raise SourceError("missing: does not exist")
        return Prepared(name)

    monkeypatch.setattr("app.tracking.build.build_tracker", build_tracker)
    monkeypatch.setattr("app.sources.make_source", make_source)
    return made


@pytest.mark.parametrize("options", [Options(), Options(model="compact")])
def test_the_model_of_the_hand_is_loaded_beside_the_tracker(asked, monkeypatch, options):
    monkeypatch.setattr("app.tracking.fit.follow.warm_up", lambda: None)
    tracker = LoadedAhead(Options(fit=True)).tracker(replace(options, fit=True, hands=1))
    assert tracker._model_of_hand is not None


def test_the_first_tracker_has_the_networks_that_were_loaded_and_the_options_of_now(asked):
    ahead = LoadedAhead(Options(hands=1))
    tracker = ahead.tracker(Options(hands=2))
    assert type(tracker).__name__ == "TwoHandTracker"
    assert asked.count("auto on auto") == 1


def test_another_network_and_a_second_one_are_built_anew(asked):
    ahead = LoadedAhead(Options())
    ahead.tracker(Options(model="full"))
    ahead.tracker(Options())
    assert sorted(entry for entry in asked if " on " in entry) == ["auto on auto", "auto on auto", "full on auto"]


def test_a_network_that_cannot_be_loaded_is_said_where_it_is_asked_for(asked):
    ahead = LoadedAhead(Options(model="broken"))
    with pytest.raises(ModelError, match="is broken"):
        ahead.tracker(Options(model="broken"))


def test_the_source_is_prepared_and_handed_out_once(asked):
    ahead = LoadedAhead(Options(source="film.bag"))
    source = ahead.source("film.bag", True, 0.5)
    assert isinstance(source, Prepared)
    assert (source.name, source.told) == ("film.bag", ["prepare", "loop True", "speed 0.5"])
    assert ahead.source("film.bag", True, 0.5) is None


@pytest.mark.parametrize(("first", "then"), [("film.bag", "other.bag"), ("missing", "missing")])
def test_others_are_none_of_its_business(asked, first, then):
    ahead = LoadedAhead(replace(Options(), source=first))
    assert ahead.source(then, False, 1.0) is None
