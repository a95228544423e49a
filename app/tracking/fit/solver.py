"""One hand's pose and shape brought to measurements by damped Gauss-Newton steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from app.tracking.fit import drawing, kinematics, priors, steps, terms
from app.tracking.fit.model import POSE, SHAPE, SIZE, FitModel, RestHand
from app.tracking.fit.seen import NOTHING, Image
from app.tracking.fit.shape import ShapeMemory
from models.core.skeleton import HAND, palm_axes

JOINTS = len(HAND.joints)
RIGID = (0, 1, 5, 9, 13)
"""Wrist and knuckles."""
_LEAST_PALM_M2 = 1e-4
"""Product of a palm's length and width; a usual one's is fifty times as much."""
OPEN_HAND_M2 = 0.0137
"""The picture of the mean hand, open, that faces the camera."""
CLAMP_M = 0.03
"""A pixel of the residual counts no more than this, and a pixel that only image or model shows as much."""
UNKNOWN_SD = 1e6
"""Radians, of an angle that no frame before has shown."""
_NOTHING_DRAWN = np.zeros((1, 1), dtype=np.float32)


class Weights(NamedTuple):
    """What the terms count. Chosen on films (docs/experiments.md)."""

    joint_tail: float = 4.0
    joint_sd_scale: float = 1.5
    cloud_sd_m: float = 0.004
    cloud_share: float = 1.0
    reach_m: float = 0.02
    silhouette_sd_m: float = 0.006
    silhouette_share: float = 0.25
    every: int = 2
    edge_share: float = 0.5
    blur_m: float = 0.003
    arm_share: float = 0.5
    margin_m: float = 0.012
    apart_sd_m: float = 0.003
    apart_tail: float = 4.0
    firm: float = 0.95
    firm_palm: float = 0.9
    last_sd: float = float(np.radians(10.0))


@dataclass(slots=True)
class PoseState:
    """Turn (3, 3) and place (3,) of the wrist in the camera frame, and angles (24,), radians."""

    turn: NDArray[np.float64] = field(default_factory=lambda: np.eye(3))
    place: NDArray[np.float64] = field(default_factory=lambda: np.zeros(3))
    angles: NDArray[np.float64] = field(default_factory=lambda: np.zeros(24))

    def copy(self) -> PoseState:
        return PoseState(self.turn.copy(), self.place.copy(), self.angles.copy())


class Measured(NamedTuple):
    """What one frame has measured of a right hand, metres, and what was known before.

    joints: (21, 3), sd_m: (21,) theirs. expected: angles (23,), radians, with expected_sd (23,).
    """

    joints: NDArray[np.float64]
    sd_m: NDArray[np.float64]
    expected: NDArray[np.float64]
    expected_sd: NDArray[np.float64]


class Body:
    """A hand of one shape in a pose, before an image or not. Used by one thread at a time."""

    def __init__(self, model: FitModel, weights: Weights | None = None) -> None:
        self.model, self.weights = model, weights or Weights()
        self.posed = kinematics.work_space(model.vertex_count, JOINTS)
        self._all = np.arange(model.vertex_count + JOINTS)
        self._joints = self._all[model.vertex_count :]
        self.shape = np.zeros(SHAPE)
        self.rest: RestHand = model.rest(self.shape)
        self._image, self._drawn, self.shown = NOTHING, _NOTHING_DRAWN, 0.0

    def set_shape(self, shape: NDArray[np.float64]) -> None:
        self.shape = shape
        self.rest = self.model.rest(shape)

    @property
    def joints(self) -> NDArray[np.float64]:
        return self.posed.places[self.model.vertex_count :]

    @property
    def vertices(self) -> NDArray[np.float64]:
        return self.posed.places[: self.model.vertex_count]

    def pose(self, state: PoseState, whole: bool, with_shape: bool = False) -> None:
        """Take a pose: joints, and with `whole` the skin and its normals, too."""
        which = self._all if whole else self._joints
        steps.take_pose(state.turn, state.place, state.angles, self.rest, self.posed, which, whole)
        if with_shape:
            kinematics.head_motion(state.turn, self.rest, self.posed)

    def look(self, image: Image) -> float:
        """Find the vertices that the camera sees; returns how far the pose is off the image, metres."""
        self._image = image
        self._drawn, covered, off_m = drawing.look(self.rest, self.posed, image, CLAMP_M)
        area_m2 = covered * self.posed.places[-1, 2] ** 2 / (image.lens[0] * image.lens[1])
        self.shown = area_m2 / (OPEN_HAND_M2 * np.exp(2 * self.shape[SIZE]))
        return float(off_m)

    def approach(self, state: PoseState, measured: Measured, count: int, with_image: bool) -> None:
        """Change a pose by so many steps; with an image it has to be the one that `look` saw."""
        steps.brought(
            state.turn, state.place, state.angles, self.rest, self.posed, measured,
            self._image if with_image else NOTHING, self._drawn if with_image else _NOTHING_DRAWN, with_image,
            self.weights, priors.PRIORS, count,
        )  # fmt: skip

    def learn(self, state: PoseState, measured: Measured, memory: ShapeMemory) -> None:
        """One step of pose and shape, of which `memory` then knows more; the skin that is seen has to be posed."""
        kinematics.head_motion(state.turn, self.rest, self.posed)
        h, g = np.zeros((POSE + SHAPE, POSE + SHAPE)), np.zeros(POSE + SHAPE)
        ids = np.flatnonzero(self.posed.visible)
        steps.equations(h, g, self.rest, self.posed, measured, self._image, self._drawn, ids, self.weights)
        steps.add_priors(h, g, state.angles, measured, priors.PRIORS)
        of_frame = h.copy()
        memory.add_prior(h, g, self.shape)
        step = terms.solved(h, g, steps.DAMPING)
        steps.step_on(state.turn, state.place, state.angles, step)
        self.set_shape(self.shape + step[POSE:])
        memory.learn(of_frame, self.shape, self.shown)


def between(one: PoseState, other: PoseState) -> PoseState:
    """The pose half way between two that are less than half a turn apart."""
    by = 0.5 * cv2.Rodrigues(other.turn @ one.turn.T)[0].reshape(3)
    turn = kinematics.turned(one.turn, by)
    return PoseState(turn, (one.place + other.place) / 2, (one.angles + other.angles) / 2)


def first_guess(body: Body, joints: NDArray[np.float64]) -> PoseState | None:
    """A usual hand, its palm on that of joints (21, 3) of a right hand; None where their palm is flattened to nothing.

    A palm of knuckles and wrist in one place or on one line points nowhere.
    """
    wrist, knuckles = joints[RIGID[0]], joints[list(RIGID[1:])]
    along, across = knuckles.mean(axis=0) - wrist, knuckles[0] - knuckles[-1]
    if np.linalg.norm(np.cross(along, across)) < _LEAST_PALM_M2:
        return None
    angles = np.zeros(24)
    angles[: priors.ANGLES] = priors.USUAL
    body.pose(PoseState(angles=angles), whole=False)
    own = body.joints
    turn = np.ascontiguousarray(palm_axes(joints).T @ palm_axes(own))
    place = joints[list(RIGID)].mean(axis=0) - turn @ own[list(RIGID)].mean(axis=0)
    return PoseState(turn, place, angles)
