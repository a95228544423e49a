"""Things on a table: they stand on it, have the sizes that were asked for, and fill the circle that they say."""

from __future__ import annotations

import numpy as np
import pytest

from models.data.synthetic.tableware import ball, bottle, can, carton, mug, plate, random_thing


@pytest.mark.parametrize(
    "parts",
    [[can(0.03, 0.1)], [bottle(0.03, 0.25)], mug(0.04, 0.1), [plate(0.1)], [carton(np.array([0.1, 0.2, 0.05]))]],
    ids=["can", "bottle", "mug", "plate", "carton"],
)
def test_things_stand_on_the_origin(parts):
    assert min(part.vertices[:, 1].min() for part in parts) == pytest.approx(0)


def test_a_can_has_its_radius_and_height():
    vertices = can(0.035, 0.12).vertices
    assert np.hypot(vertices[:, 0], vertices[:, 2]).max() == pytest.approx(0.035)
    assert vertices[:, 1].max() == pytest.approx(0.12)


def test_a_ball_is_round():
    np.testing.assert_allclose(np.linalg.norm(ball(0.05).vertices - [0, 0.05, 0], axis=1), 0.05)


def test_random_things_stay_within_their_circle():
    rng = np.random.default_rng(0)
    for _ in range(60):
        parts, radius = random_thing(rng)
        for part in parts:
            assert np.hypot(part.vertices[:, 0], part.vertices[:, 2]).max() <= radius + 0.006
