"""Films with truth are the same each time, show a whole hand, and say what hides it."""

from __future__ import annotations

import numpy as np
import pytest

from models.core.camera import project
from models.data.synthetic.films import KINDS, Film


@pytest.fixture(scope="module", params=[0, 1, 2])
def film(request: pytest.FixtureRequest) -> Film:
    return Film(request.param, seconds=0.2)


def test_a_film_is_a_function_of_its_seed(film: Film):
    first, again = (list(each.frames()) for each in (film, Film(film.seed, seconds=0.2)))
    assert len(first) == 6
    for one, other in zip(first, again):
        assert np.array_equal(one.frame.raw, other.frame.raw)
        assert np.array_equal(one.truth.joints_cam_m, other.truth.joints_cam_m)


def test_the_truth_lies_in_the_picture_behind_what_is_measured(film: Film):
    """A joint that nothing hides lies in the flesh: at most 3 cm behind the surface, where one is measured."""
    gaps_m = []
    for each in film.frames():
        joints, depth_m = each.truth.joints_cam_m, each.frame.depth_m()
        u, v = np.rint(project(joints, each.frame.camera)).astype(int).T
        assert ((u >= 0) & (u < each.frame.camera.width) & (v >= 0) & (v < each.frame.camera.height)).all()
        there = each.seen & (depth_m[v, u] > 0)
        gaps_m.append((joints[:, 2] - depth_m[v, u])[there])
    gaps = np.concatenate(gaps_m)
    assert len(gaps) > 20
    assert -0.005 < np.median(gaps) < 0.03


def test_kinds_and_sides_come_in_turn():
    films = [Film(seed, seconds=0.1) for seed in range(4)]
    assert [film.kind for film in films] == [*KINDS, KINDS[0]]
    assert [film.is_left for film in films] == [False, True, False, True]
    truths = [next(film.frames()).truth.hand for film in films[:2]]
    assert truths == ["right", "left"]


def test_a_hand_moves_smoothly_and_keeps_its_bones(film: Film):
    joints = np.stack([each.truth.joints_cam_m for each in film.frames()])
    steps_m = np.linalg.norm(np.diff(joints, axis=0), axis=2)
    assert 0 < steps_m.mean() < 0.03
    lengths = np.linalg.norm(joints[:, 2] - joints[:, 1], axis=1)
    assert np.ptp(lengths) < 1e-9


@pytest.mark.parametrize(("seed", "seconds"), [(-1, 1.0), (0, 0.0)])
def test_impossible_films_are_refused(seed: int, seconds: float):
    with pytest.raises(ValueError, match="film"):
        Film(seed, seconds)
