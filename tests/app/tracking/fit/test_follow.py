"""The model beside a track is loaded beside it, too."""

from __future__ import annotations

import threading

import pytest

from app.tracking.fit import follow
from app.tracking.fit.follow import ModelOfHand, warm_up
from models.data.synthetic.films import Film


def test_there_is_no_model_until_its_kernels_are_loaded(monkeypatch: pytest.MonkeyPatch):
    each = next(Film(3, seconds=0.05).frames())
    with monkeypatch.context() as patch:
        patch.setattr(follow, "_loaded", threading.Event())
        patch.setattr(follow, "warm_up", lambda: None)
        assert ModelOfHand().fit(each.frame, each.truth) is None
    warm_up()
    model = ModelOfHand()
    fit = model.fit(each.frame, each.truth)
    assert fit is not None
    assert fit.residual_mm is not None
    model.reset()


def test_loading_twice_is_loading_once():
    warm_up()
    before = follow._loaded
    warm_up()
    assert follow._loaded is before
    assert before.is_set()
