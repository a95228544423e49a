"""The selection of the best and the worst: what sorting everything would give, without keeping everything."""

from __future__ import annotations

import weakref

import numpy as np
import pytest

from models.evaluate.extremes import Extremes


def chosen(errors: list[float], best: int = 4, worst: int = 8) -> tuple[list[int], list[int]]:
    """The indices of the best and of the worst of some errors."""
    extremes: Extremes[str] = Extremes(best, worst)
    for index, error in enumerate(errors):
        extremes.add(error, index, f"item {index}")
    for ranked in (*extremes.best(), *extremes.worst()):
        assert ranked.item == f"item {ranked.index}"
        assert ranked.error_mm == errors[ranked.index] or np.isnan(ranked.error_mm)
    return [r.index for r in extremes.best()], [r.index for r in extremes.worst()]


@pytest.mark.parametrize("count", [12, 13, 50, 500])
@pytest.mark.parametrize("levels", [3, 20, 10**6])
def test_it_chooses_what_sorting_would_and_the_earlier_of_equals(count, levels):
    for seed in range(5):
        errors = np.random.default_rng(seed).integers(0, levels, count).astype(float).tolist()
        order = list(range(count))
        ascending = sorted(order, key=lambda i: (errors[i], i))
        descending = sorted(order, key=lambda i: (-errors[i], i))
        best, worst = chosen(errors)
        assert best == ascending[:4]
        if levels > 3:  # with many equal ones the same could stand in both
            assert worst == descending[:8]
        assert errors[worst[0]] == max(errors) and errors[best[0]] == min(errors)


@pytest.mark.parametrize("count", range(13))
def test_a_few_frames_are_each_in_one_list(count):
    errors = np.random.default_rng(count).permutation(count).astype(float).tolist()
    best, worst = chosen(errors)
    assert sorted(best + worst) == list(range(count))
    assert len(best) == min(4, count // 2)
    if count:
        assert errors[worst[0]] == max(errors)
        assert sorted(errors[i] for i in best) == sorted(errors)[: len(best)]


def test_what_is_no_number_is_the_worst():
    best, worst = chosen([1.0, float("nan"), 2.0, 3.0, 1000.0], best=2, worst=2)
    assert (best, worst) == ([0, 2], [1, 4])


def test_only_what_may_be_shown_is_kept():
    class Item:
        pass

    alive: weakref.WeakSet[Item] = weakref.WeakSet()
    extremes: Extremes[Item] = Extremes()
    for index, error in enumerate(np.random.default_rng(0).uniform(0, 100, 1000)):
        item = Item()
        alive.add(item)
        extremes.add(float(error), index, item)
        del item
        assert len(alive) <= 4 + 8


def test_sizes_below_one_are_refused():
    with pytest.raises(ValueError, match="one or more"):
        Extremes(0, 8)
