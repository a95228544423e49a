"""Gauss-Newton steps of one hand, in one compiled call: pose, equations, solution, pose again."""

from __future__ import annotations

import numba
import numpy as np

from app.tracking.fit.apart import add_apart
from app.tracking.fit.kinematics import forward, skin, turned
from app.tracking.fit.terms import (
    add_angles,
    add_cloud,
    add_couplings,
    add_joints,
    add_limits,
    add_silhouette,
    solved,
)

DAMPING = 1e-3
_TURN_STEP, _PLACE_STEP, _ANGLE_STEP = 0.5, 0.05, 0.5
"""Longest step of the wrist, radians and metres, and of an angle, radians."""
_POSE, _ANGLES = 29, 23


@numba.njit(cache=True, nogil=True)
def take_pose(turn, place, angles, hand, posed, which, with_normals):
    """Pose the bones, and of the skin the points `which`."""
    forward(turn, place, angles, hand, posed)
    skin(hand, posed, which, with_normals)


@numba.njit(cache=True, nogil=True)
def equations(h, g, hand, posed, measured, image, drawn, ids, weights):
    """What is measured, without priors: H (lower triangle) and g, added up; ids: the vertices that are seen."""
    add_joints(h, g, hand, posed, measured.joints, measured.sd_m, weights.joint_tail)
    add_apart(h, g, hand, posed, weights)
    if len(ids):
        add_cloud(h, g, hand, posed, image, drawn, ids, weights)
        add_silhouette(h, g, hand, posed, image, ids, weights)


@numba.njit(cache=True, nogil=True)
def add_priors(h, g, angles, measured, priors):
    """What is known of angles without an image, and what the last frame has shown of them."""
    add_angles(h, g, angles, priors.usual, priors.usual_sd)
    add_limits(h, g, angles, priors.low, priors.high, priors.limit_sd)
    add_couplings(h, g, angles, priors.first, priors.second, priors.ratio, priors.coupling_sd)
    add_angles(h, g, angles, measured.expected, measured.expected_sd)


@numba.njit(cache=True, nogil=True)
def step_on(turn, place, angles, step):
    """The pose a step (29,) on, no number farther than is allowed: written into its arrays."""
    turn[:, :] = turned(turn, np.minimum(np.maximum(step[:3], -_TURN_STEP), _TURN_STEP))
    for k in range(3):
        place[k] += min(max(step[3 + k], -_PLACE_STEP), _PLACE_STEP)
    for k in range(_ANGLES):
        angles[k] += min(max(step[6 + k], -_ANGLE_STEP), _ANGLE_STEP)


@numba.njit(cache=True, nogil=True)
def brought(turn, place, angles, hand, posed, measured, image, drawn, with_image, weights, priors, count):
    """So many steps on from a pose, which is written; the hand's shape stays.

    With an image `posed` has to be in that pose when it comes, seen by the camera (`drawing.look`). It is left in the
    last pose, of the skin only joints and what is seen.
    """
    ids = np.flatnonzero(posed.visible) if with_image else np.empty(0, dtype=np.int64)
    vertices = len(posed.visible)
    which = np.concatenate((ids, np.arange(vertices, posed.places.shape[0])))
    for number in range(count):
        if number or not with_image:
            take_pose(turn, place, angles, hand, posed, which, True)
        h, g = np.zeros((_POSE, _POSE)), np.zeros(_POSE)
        equations(h, g, hand, posed, measured, image, drawn, ids, weights)
        add_priors(h, g, angles, measured, priors)
        step_on(turn, place, angles, solved(h, g, DAMPING))
    take_pose(turn, place, angles, hand, posed, which, True)
