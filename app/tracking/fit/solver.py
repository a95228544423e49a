"""One hand's pose and shape brought to measurements by damped Gauss-Newton steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.tracking.fit import kinematics, priors, terms
from app.tracking.fit.model import BONES, POSE, SHAPE, SIZE, FitModel, RestHand
from app.tracking.fit.seen import Seen
from models.core.skeleton import HAND, palm_axes
from models.rendering.render import empty_depth, rasterize

JOINTS = len(HAND.joints)
RIGID = (0, 1, 5, 9, 13)
"""Wrist and knuckles."""
_LEAST_PALM_M2 = 1e-4
"""Product of a palm's length and width; a usual one's is fifty times as much."""
OPEN_HAND_M2 = 0.0137
"""The picture of the mean hand, open, that faces the camera."""
CLAMP_M = 0.03
"""A pixel of the residual counts no more than this, and a pixel that only image or model shows as much."""
_LONGEST_STEP = np.concatenate([np.full(3, 0.5), np.full(3, 0.05), np.full(POSE - 6, 0.5)])


@dataclass(slots=True)
class Weights:
    """What the terms count. Chosen on films (docs/experiments.md)."""

    joint_tail: float = 4.0
    joint_sd_scale: float = 1.5
    cloud_sd_m: float = 0.004
    cloud_share: float = 0.5
    reach_m: float = 0.02
    silhouette_sd_m: float = 0.006
    silhouette_share: float = 0.25
    every: int = 2
    edge_share: float = 0.5
    blur_m: float = 0.003
    arm_share: float = 0.5
    margin_m: float = 0.012
    last_sd: float = np.radians(20.0)


@dataclass(slots=True)
class PoseState:
    """Turn (3, 3) and place (3,) of the wrist in the camera frame, and angles (24,), radians."""

    turn: NDArray[np.float64] = field(default_factory=lambda: np.eye(3))
    place: NDArray[np.float64] = field(default_factory=lambda: np.zeros(3))
    angles: NDArray[np.float64] = field(default_factory=lambda: np.zeros(24))

    def copy(self) -> PoseState:
        return PoseState(self.turn.copy(), self.place.copy(), self.angles.copy())


class Body:
    """A hand of one shape in a pose: work space of the kernels. Used by one thread at a time."""

    def __init__(self, model: FitModel) -> None:
        self.model = model
        self.r, self.p = np.zeros((BONES, 3, 3)), np.zeros((BONES, 3))
        self.axes, self.origins = np.zeros((POSE - 6, 3)), np.zeros((POSE - 6, 3))
        self.moves = np.zeros((SHAPE, BONES, 3))
        self.places = np.zeros((model.vertex_count + JOINTS, 3))
        self.normals = np.zeros((model.vertex_count, 3))
        self.drawn_m, self.shown = empty_depth(1, 1), 0.0
        self.visible = np.zeros(model.vertex_count, dtype=np.bool_)
        self.shape = np.zeros(SHAPE)
        self.rest: RestHand = model.rest(self.shape)

    def set_shape(self, shape: NDArray[np.float64]) -> None:
        self.shape = shape
        self.rest = self.model.rest(shape)

    @property
    def joints(self) -> NDArray[np.float64]:
        return self.places[self.model.vertex_count :]

    @property
    def vertices(self) -> NDArray[np.float64]:
        return self.places[: self.model.vertex_count]

    def pose(self, state: PoseState, whole: bool, with_shape: bool = False) -> None:
        """Take a pose: joints, and with `whole` the skin and its normals, too."""
        rest, model = self.rest, self.model
        kinematics.forward(
            state.turn, state.place, state.angles, rest.heads, rest.curl, rest.rest_bend, rest.flatten,
            rest.rest_abduction, rest.thumb, self.r, self.p, self.axes, self.origins,
        )  # fmt: skip
        if with_shape:
            kinematics.head_motion(state.turn, rest.heads, rest.scale, rest.head_slopes, self.r, self.moves)
        start = 0 if whole else model.vertex_count
        out = self.places if whole else self.joints
        kinematics.skin(
            rest.points, rest.heads, model.bones, model.weights, model.bone_count, self.r, self.p, start, out
        )
        if whole:
            kinematics.skin_normals(rest.normals, model.bones, model.weights, model.bone_count, self.r, self.normals)

    def drawn(self, seen: Seen) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Depth (h, w), metres, of the hand, and of it with the forearm; infinite where nothing is."""
        camera, vertices = seen.camera, self.vertices
        view = camera.fx, camera.fy, camera.ppx, camera.ppy
        hand_m = empty_depth(camera.height, camera.width)
        rasterize(vertices, self.model.hand_faces, *view, hand_m)
        whole_m = hand_m.copy()
        rasterize(vertices, self.model.arm_faces, *view, whole_m)
        return hand_m, whole_m

    def look(self, seen: Seen) -> float:
        """Find the vertices that the camera sees; returns how far the pose is off the image, metres."""
        camera, (hand_m, whole_m) = seen.camera, self.drawn(seen)
        self.drawn_m = whole_m
        area_m2 = np.count_nonzero(np.isfinite(hand_m)) * self.places[-1, 2] ** 2 / (camera.fx * camera.fy)
        self.shown = area_m2 / (OPEN_HAND_M2 * np.exp(2 * self.shape[SIZE]))
        terms.find_visible(
            self.vertices, self.normals, whole_m, camera.fx, camera.fy, camera.ppx, camera.ppy,
            self.visible,
        )  # fmt: skip
        return float(terms.off_image(hand_m, whole_m, seen.depth_m, seen.is_hand, seen.nearest, CLAMP_M))

    def arrays(self) -> tuple[tuple[Any, ...], tuple[NDArray[np.float64], ...]]:
        """What the terms need of the hand, and of its pose."""
        rest, model = self.rest, self.model
        body = (
            rest.points,
            rest.heads,
            model.bones,
            model.weights,
            model.bone_count,
            rest.scale,
            rest.slopes,
            rest.head_slopes,
        )
        return body, (self.r, self.p, self.axes, self.origins, self.moves, self.places)


@dataclass(slots=True)
class Measured:
    """What one frame has measured of a right hand, metres, and what was known before.

    joints: (21, 3), sd_m: (21,) theirs, times `joint_scale` where the image is there as well. expected: angles (23,),
    radians, with `expected_sd`. teaches: the shape may be learned from it.
    """

    joints: NDArray[np.float64]
    sd_m: NDArray[np.float64]
    seen: Seen | None = None
    expected: NDArray[np.float64] | None = None
    expected_sd: float = 0.0
    joint_scale: float = 1.0
    teaches: bool = False


def equations(
    body: Body, state: PoseState, measured: Measured, weights: Weights, with_shape: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Normal equations of what is measured, without priors: H lower triangle (K, K), g (K,)."""
    size = POSE + (SHAPE if with_shape else 0)
    h, g = np.zeros((size, size)), np.zeros(size)
    arrays, posed = body.arrays()
    sd = measured.sd_m * measured.joint_scale
    terms.add_joints(h, g, arrays, posed, measured.joints, sd, weights.joint_tail)
    seen = measured.seen
    if seen is not None:
        terms.add_cloud(
            h, g, arrays, posed, seen.cloud, seen.pixels, seen.hand_points, body.normals, body.visible, body.drawn_m,
            weights.reach_m, weights.cloud_sd_m, weights.cloud_share, weights.silhouette_sd_m, weights.edge_share,
            weights.blur_m, weights.arm_share,
        )  # fmt: skip
        camera = seen.camera
        terms.add_silhouette(
            h, g, arrays, posed, body.visible, body.model.arm_share, seen.depth_m, seen.nearest, camera.fx, camera.fy,
            camera.ppx, camera.ppy, weights.every, weights.margin_m, weights.silhouette_sd_m, weights.silhouette_share,
            weights.arm_share,
        )  # fmt: skip
    return h, g


def add_priors(h: NDArray[np.float64], g: NDArray[np.float64], state: PoseState, measured: Measured) -> None:
    angles = state.angles
    terms.add_angles(h, g, angles, priors.USUAL, priors.USUAL_SD)
    terms.add_limits(h, g, angles, priors.LOW, priors.HIGH, priors.LIMIT_SD)
    terms.add_couplings(h, g, angles, priors.FIRST, priors.SECOND, priors.RATIO, priors.COUPLING_SD)
    if measured.expected is not None:
        terms.add_angles(h, g, angles, measured.expected, np.full(priors.ANGLES, measured.expected_sd))


def stepped(state: PoseState, step: NDArray[np.float64]) -> PoseState:
    """The pose a step (POSE,) on, no number farther than `_LONGEST_STEP`."""
    step = np.clip(step, -_LONGEST_STEP, _LONGEST_STEP)
    turn = kinematics.turned(state.turn, step[:3])
    angles = state.angles.copy()
    angles[: priors.ANGLES] += step[6:POSE]
    return PoseState(turn, state.place + step[3:6], angles)


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
    turn = palm_axes(joints).T @ palm_axes(own)
    place = joints[list(RIGID)].mean(axis=0) - turn @ own[list(RIGID)].mean(axis=0)
    return PoseState(turn, place, angles)
