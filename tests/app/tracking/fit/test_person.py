"""The shape of a person's hand is kept under a name, and taken from the start the next time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.settings import Options
from app.tracking.fit import shape as learning
from app.tracking.fit.follow import ModelOfHand, warm_up
from app.tracking.fit.model import SHAPE, SHAPE_SD
from app.tracking.fit.person import SHAPES, keep_shape, known_people, known_shape
from models.data.synthetic.films import Film
from models.kept import keep


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    return tmp_path


def test_a_shape_comes_back_under_its_name_only():
    shape = np.random.default_rng(1).normal(0, 1, SHAPE) * SHAPE_SD
    keep_shape("anna", shape)
    found = known_shape("anna")
    assert found is not None
    assert np.array_equal(found, shape)
    assert known_shape("otto") is None
    assert known_shape("") is None


@pytest.mark.parametrize("value", [np.nan, np.inf, 9.0])
def test_what_is_no_hands_shape_is_not_taken(value: float):
    keep_shape("anna", np.full(SHAPE, value))
    assert known_shape("anna") is None


def test_a_damaged_file_is_as_good_as_none(folder: Path):
    keep_shape("anna", np.zeros(SHAPE))
    (path,) = folder.rglob("hand-anna.shape")
    path.write_bytes(path.read_bytes()[:-3])
    assert known_shape("anna") is None


def test_what_was_learned_is_held_from_the_first_frame_of_the_next_track(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(learning, "LEARN_FRAMES", 2)
    monkeypatch.setattr(learning, "MOST_FRAMES", 4)
    warm_up()
    frames = list(Film(3, seconds=0.3).frames())
    model = ModelOfHand("anna")
    fits = [model.fit(each.frame, each.truth) for each in frames]
    assert fits[0] is not None
    assert fits[-1] is not None
    assert (fits[0].shape.is_held, fits[-1].shape.is_held) == (False, True)
    kept = known_shape("anna")
    assert kept is not None
    model.reset()
    for again in (model, ModelOfHand("anna")):
        fit = again.fit(frames[0].frame, frames[0].truth)
        assert fit is not None
        assert fit.shape.is_held
        assert fit.shape.size == pytest.approx(np.exp(kept[0]))


def test_the_people_with_a_shape_are_known():
    for name in ("bert", "anna"):
        keep_shape(name, np.zeros(34))
    keep("hand-cut.shape", SHAPES, b"short")
    keep("hand-of nobody.shape", SHAPES, np.zeros(34).tobytes())
    keep("other.code", SHAPES, b"")
    assert known_people() == ["anna", "bert"]


@pytest.mark.parametrize("name", ["../anna", "anna berg", "a" * 41, "ä"])
def test_names_that_are_no_file_names_are_refused(name: str):
    with pytest.raises(ValueError, match="person"):
        Options(person=name)
