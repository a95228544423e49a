"""The model beside a track is loaded beside it, too."""

from __future__ import annotations

import gc
import importlib
import threading
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from numba.core.dispatcher import Dispatcher

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


def test_what_was_compiled_is_not_searched_for_garbage(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(follow, "_loaded", threading.Event())
    gc.unfreeze()
    warm_up()
    assert gc.get_freeze_count() > 10_000


def test_loading_twice_is_loading_once():
    warm_up()
    before = follow._loaded
    warm_up()
    assert follow._loaded is before
    assert before.is_set()


def kernels() -> dict[str, int]:
    """How many times each compiled function of the fit was compiled or loaded."""
    names = ("drawing", "kinematics", "model", "seen", "steps", "terms")
    modules = [importlib.import_module(f"app.tracking.fit.{name}") for name in names]
    return {
        f"{module.__name__}.{name}": len(function.signatures)
        for module in modules
        for name, function in vars(module).items()
        if isinstance(function, Dispatcher)
    }


@pytest.mark.parametrize("is_left", [False, True])
def test_nothing_is_compiled_after_the_start(is_left: bool):
    """A hand of either side, in frames of a camera's kind, with an image or without, meets only what is loaded."""
    warm_up()
    before = kernels()
    model = ModelOfHand()
    for each in islice(Film(int(is_left), seconds=0.2).frames(), 3):
        assert model.fit(each.frame, each.truth) is not None
    blind = replace(each.frame, raw=np.zeros_like(each.frame.raw))
    assert model.fit(blind, replace(each.truth, joint_sd_mm=None)) is not None
    assert sum(before.values()) > 10
    assert kernels() == before
