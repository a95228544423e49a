"""The fitted hand is the rig's, and its slopes are those of finite differences."""

from __future__ import annotations

import numpy as np
import pytest

from app.tracking.fit.kinematics import slope, turned
from app.tracking.fit.model import (
    COMPONENTS,
    MEAN_FOREARM,
    MEAN_THICKNESS,
    POSE,
    SHAPE,
    SHAPE_SD,
    FitModel,
    default_model,
)
from app.tracking.fit.solver import Body, PoseState
from app.tracking.fit.steps import step_on
from models.data.synthetic.poses import sample_angles
from models.rendering.rig import REFERENCE_LENGTH_M, default_rig

STEP = 1e-6


@pytest.fixture(scope="module")
def model() -> FitModel:
    return default_model()


def posed(seed: int, model: FitModel) -> tuple[Body, PoseState]:
    """A hand of a random shape in a random pose."""
    rng = np.random.default_rng(seed)
    body = Body(model)
    body.set_shape(rng.normal(0, 1, SHAPE) * SHAPE_SD)
    state = PoseState(turned(np.eye(3), rng.normal(0, 1, 3)), rng.normal(0, 0.1, 3) + [0, 0, 0.5], sample_angles(rng))
    body.pose(state, whole=True, with_shape=True)
    return body, state


def test_the_mean_hand_is_the_rigs_in_any_pose(model: FitModel):
    rng = np.random.default_rng(4)
    angles = sample_angles(rng)
    body = Body(model)
    body.pose(PoseState(place=body.rest.heads[2].copy(), angles=angles), whole=True)
    hand = default_rig().hand(np.zeros(COMPONENTS), REFERENCE_LENGTH_M, MEAN_THICKNESS, None, MEAN_FOREARM)
    wanted = hand.pose(angles)
    assert np.allclose(body.vertices, wanted.vertices_hand_m, atol=1e-9)
    assert np.allclose(body.joints, wanted.joints_hand_m, atol=1e-9)


def test_another_shape_is_nearly_the_rigs(model: FitModel):
    """The shape is linear here and not in the rig, and joints keep the mean hand's axes: that costs a millimetre."""
    rng = np.random.default_rng(5)
    shape = rng.normal(0, 0.7, SHAPE) * SHAPE_SD
    shape[0] = 0
    phalanges, thickness = 1 + shape[13:28].reshape(5, 3), MEAN_THICKNESS + shape[28:33]
    hand = default_rig().hand(shape[1:13], REFERENCE_LENGTH_M, thickness, phalanges, MEAN_FOREARM + shape[33])
    body = Body(model)
    body.set_shape(shape)
    vertices, heads, _ = hand.at_rest_m
    gaps_m = np.linalg.norm(body.rest.points[: model.vertex_count] - vertices, axis=1)
    assert gaps_m.mean() < 0.001
    assert np.linalg.norm(body.rest.heads - heads[model.bone_heads], axis=1).max() < 0.002


@pytest.mark.parametrize("seed", [1, 2])
def test_slopes_are_those_of_finite_differences(seed: int, model: FitModel):
    body, state = posed(seed, model)
    count = model.vertex_count
    points = [*range(0, count, 173), *range(count, count + 21)]
    exact, row = np.empty((len(points), 3, POSE + SHAPE)), np.empty(POSE + SHAPE)
    for place, point in enumerate(points):
        for axis, n in enumerate(np.eye(3)):
            slope(point, *n, body.rest, body.posed, row)
            exact[place, axis] = row

    def moved(number: int, by: float) -> np.ndarray:
        step = np.zeros(POSE + SHAPE)
        step[number] = by
        other = Body(model)
        other.set_shape(body.shape + step[POSE:])
        ahead = state.copy()
        step_on(ahead.turn, ahead.place, ahead.angles, step)
        other.pose(ahead, whole=True)
        return other.posed.places[points].copy()

    for number in range(POSE + SHAPE):
        measured = (moved(number, STEP) - moved(number, -STEP)) / (2 * STEP)
        assert np.allclose(exact[:, :, number], measured, atol=1e-6), f"number {number}"


def test_a_row_without_the_shape_is_the_start_of_the_whole_one(model: FitModel):
    body, _ = posed(3, model)
    short, whole = np.empty(POSE), np.empty(POSE + SHAPE)
    slope(100, 0.0, 0.6, 0.8, body.rest, body.posed, short)
    slope(100, 0.0, 0.6, 0.8, body.rest, body.posed, whole)
    assert np.array_equal(short, whole[:POSE])


def test_normals_point_out_of_the_skin(model: FitModel):
    body, _ = posed(6, model)
    swollen = body.vertices + 1e-4 * body.posed.normals

    def volume(vertices: np.ndarray) -> float:
        a, b, c = (vertices[model.faces[:, corner]] for corner in range(3))
        return float((a * np.cross(b, c)).sum() / 6)

    assert volume(swollen) > volume(body.vertices) > 0


def test_a_pose_does_not_change_the_shape_it_was_given(model: FitModel):
    shape = np.zeros(SHAPE)
    before = model.rest(shape)
    body = Body(model)
    body.set_shape(shape + 0.1 * SHAPE_SD)
    assert np.array_equal(model.rest(shape).points, before.points)
