"""Fingers keep out of one another."""

from __future__ import annotations

import numpy as np
import pytest

from app.measure.inside import FLESH_MM, deepest_mm
from app.tracking.fit.apart import PAIRS, add_apart, nearest
from app.tracking.fit.model import ENDS, PHALANGES, POSE, SHAPE, default_model
from app.tracking.fit.solver import Body, Measured, PoseState, Weights
from app.tracking.fit.steps import step_on
from models.core.camera import MIRROR
from models.rendering.gestures import GESTURES
from models.rendering.rig import ANGLE

ANGLES = POSE - 6
LOOSE = Weights(firm=0.0, firm_palm=0.0)


def crossed(by_deg: float) -> PoseState:
    """An open hand whose index finger leans into the middle finger."""
    angles = GESTURES["open"].copy()
    angles[ANGLE["index_mcp_abduct"]] -= np.radians(by_deg)
    return PoseState(place=np.array([0.0, 0.05, 0.4]), angles=angles)


def inside_mm(body: Body) -> float:
    return deepest_mm(body.vertices, body.model.faces)


def overlap(body: Body) -> float:
    """What the term makes small: tail / 2 times the sum of log(1 + gap^2 / (tail variance))."""
    weights, joints, total = body.weights, body.joints, 0.0
    tail = weights.apart_tail
    for one, two in PAIRS:
        (a, b), (c, d) = ENDS[one], ENDS[two]
        s, t = nearest(joints, a, b, c, d)
        far = np.linalg.norm(joints[a] + s * (joints[b] - joints[a]) - joints[c] - t * (joints[d] - joints[c]))
        firm = weights.firm if two < PHALANGES else weights.firm_palm
        gap = max(firm * (body.rest.radii[one] + body.rest.radii[two]) - far, 0.0)
        total += tail / 2 * np.log1p(gap**2 / (tail * weights.apart_sd_m**2))
    return total


def test_the_slope_is_that_of_finite_differences():
    body, state = Body(default_model()), crossed(12.0)
    body.pose(state, whole=True)
    h, g = np.zeros((POSE + SHAPE, POSE + SHAPE)), np.zeros(POSE + SHAPE)
    add_apart(h, g, body.rest, body.posed, body.weights)

    def moved(number: int, by: float) -> float:
        other = state.copy()
        step_on(other.turn, other.place, other.angles, by * np.eye(POSE)[number])
        body.pose(other, whole=False)
        return overlap(body)

    found = [-(moved(number, 1e-6) - moved(number, -1e-6)) / 2e-6 for number in range(POSE)]
    assert np.abs(found).max() > 1
    np.testing.assert_allclose(g[:POSE], found, atol=1e-3 * np.abs(found).max())
    assert not g[POSE:].any()


def test_a_finger_that_is_read_in_another_one_is_moved_out_of_it():
    model, state = default_model(), crossed(12.0)
    depths = []
    for weights in (LOOSE, Weights()):
        body, own = Body(model, weights), state.copy()
        body.pose(own, whole=True)
        unknown = np.full(ANGLES, 1e6)
        measured = Measured(body.joints.copy(), np.full(21, 0.008), np.zeros(ANGLES), unknown)
        body.approach(own, measured, 6, with_image=False)
        body.pose(own, whole=True)
        depths.append(inside_mm(body))
    assert depths[0] > 2 * FLESH_MM
    assert depths[1] < depths[0] / 2


@pytest.mark.parametrize("name", ["open", "relaxed"])
def test_hands_that_are_in_no_other_part_are_left_alone(name: str):
    body = Body(default_model())
    body.pose(PoseState(angles=GESTURES[name].copy()), whole=True)
    h, g = np.zeros((POSE, POSE)), np.zeros(POSE)
    add_apart(h, g, body.rest, body.posed, body.weights)
    assert np.abs(g).max() == 0


def test_depth_in_one_another_is_the_same_in_the_mirror_and_grows_as_fingers_cross():
    body, depths = Body(default_model()), []
    for by_deg in (0.0, 6.0, 12.0):
        body.pose(crossed(by_deg), whole=True)
        depths.append(inside_mm(body))
    assert depths[0] == 0
    assert FLESH_MM / 2 < depths[1] < depths[2]
    assert deepest_mm(body.vertices * MIRROR, body.model.faces[:, ::-1]) == pytest.approx(depths[2])
