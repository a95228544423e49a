"""The hand that is fitted: the project's rig with a shape that is linear in a few numbers, as arrays for the kernels.

    rest points = e^size (mean + sum of shape numbers x directions)

The directions are slopes of the rig's own shape (`HandRig.hand`): 12 components, 15 lengths of phalanges, the thickness
of 5 digits and of the forearm. All of it is of a right hand; left ones are fitted in the mirror image.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from models.rendering.rig import REFERENCE_LENGTH_M, HandRig, default_rig

COMPONENTS, PHALANGES, DIGITS = 12, 15, 5
SIZE = 0
_PHALANX, _THICKNESS, _FOREARM = (1 + COMPONENTS, 1 + COMPONENTS + PHALANGES, 1 + COMPONENTS + PHALANGES + DIGITS)
SHAPE = _FOREARM + 1
"""Numbers of a shape: logarithm of the size, components, phalanges, thickness, forearm."""
POSE = 6 + 23
"""Numbers of a pose: turn and place of the wrist, and the angles but the forearm's twist, which a round arm hides."""
BONES = 18
"""Forearm twice, the palm in one, and three of each digit, thumb first."""
PALM_BONE, FIRST_DIGIT_BONE = 2, 3

MEAN_THICKNESS = np.array([1.15, 1.1, 1.1, 1.1, 1.1])
"""Of thumb and fingers beside the rig's, the middle of what networks learn from; so is the forearm's."""
MEAN_FOREARM = 1.1
SHAPE_SD = np.concatenate([[0.08], np.full(COMPONENTS, 1.0), np.full(PHALANGES, 0.09), np.full(DIGITS, 0.1), [0.08]])
"""How people differ, standard deviations: those of the hands that networks learn from."""
BALL_TRUST = 0.05
"""Of the thumb's ball, which bulges in real hands and is stiff in the rig: what is seen there moved the thumb's base to
the edge of the wrist (docs/experiments.md)."""
_STEP = 0.05
PARTS = PHALANGES // DIGITS
_FIRST_JOINTS = (17, 1, 5, 9, 13)
ENDS = np.array(
    [(first + part, first + part + 1) for first in _FIRST_JOINTS for part in range(PARTS)]
    + [(0, first) for first in _FIRST_JOINTS[1:]]
)
"""Joints (19, 2) at the ends of capsules: the phalanges, thumb first (its first is the metacarpal), and the fingers'
metacarpals."""
_PALM_FROM = 0.4
"""Share of a metacarpal from which on the palm is flat."""


class RestHand(NamedTuple):
    """A shape's hand at rest, in the hand frame, metres; what the kernels know of a hand.

    points: (N, 3) vertices and then the 21 joints; normals: (V, 3). heads: (18, 3) of the bones. scale: e^size.
    slopes: (N, SHAPE, 3) of the points by the shape at scale 1, without the size's own; head_slopes: (18, SHAPE, 3).
    bones, weights: (N, K) what moves each point, largest first, and counts: (N,) how many do; arm_share: (V,) how far
    the forearm does; trust: (V,) how far the skin there is like a real hand's. radii: (19,) of the capsules in
    `app/tracking/fit/apart.py`. faces: (F, 3), the first `hand_faces` of
    them the hand's, the others the forearm's.
    The rest: `models.rendering.rig.Hinges`, those of the mean hand.
    """

    points: NDArray[np.float64]
    normals: NDArray[np.float64]
    heads: NDArray[np.float64]
    scale: float
    slopes: NDArray[np.float32]
    head_slopes: NDArray[np.float32]
    bones: NDArray[np.int64]
    weights: NDArray[np.float64]
    counts: NDArray[np.int64]
    arm_share: NDArray[np.float64]
    trust: NDArray[np.float64]
    radii: NDArray[np.float64]
    faces: NDArray[np.int32]
    hand_faces: int
    curl: NDArray[np.float64]
    rest_bend: NDArray[np.float64]
    flatten: NDArray[np.float64]
    rest_abduction: NDArray[np.float64]
    thumb: NDArray[np.float64]


class FitModel:
    """What all hands have in common. Read-only after it is made; takes a tenth of a second."""

    def __init__(self, rig: HandRig) -> None:
        self.rig = rig
        self.vertex_count = len(rig.skin)
        self.bone_heads = [rig.bone["lowerarm01"], rig.bone["lowerarm02"], rig.bone["wrist"]]
        self.bone_heads += [rig.bone[f"finger{digit}-{part}"] for digit in range(1, 6) for part in (1, 2, 3)]
        mean, slopes = _shape_space(rig)
        points = np.concatenate([np.arange(self.vertex_count), self._joint_rows()])
        heads = self.vertex_count + np.array(self.bone_heads)
        self._points, self._slopes = mean[points], _by_point(slopes[:, points])
        self._heads, self._head_slopes = mean[heads], _by_point(slopes[:, heads])
        self._hinges = rig.hand(np.zeros(COMPONENTS), REFERENCE_LENGTH_M).hinges
        self._bones, self._weights = self._sparse_skin()
        self._counts = (self._weights > 0).sum(axis=1).astype(np.int64)
        is_arm = (self._bones[: self.vertex_count] < PALM_BONE) * self._weights[: self.vertex_count]
        self._arm_share = is_arm.sum(axis=1)
        is_ball = (self._bones[: self.vertex_count] == FIRST_DIGIT_BONE) & (self._weights[: self.vertex_count] > 0.05)
        self.trust = np.where(is_ball.any(axis=1), BALL_TRUST, 1.0)
        is_arm_face = self._arm_share[rig.triangles].mean(axis=1) > 0.5
        self.hand_faces = np.ascontiguousarray(rig.triangles[~is_arm_face])
        self.arm_faces = np.ascontiguousarray(rig.triangles[is_arm_face])
        self.faces = np.concatenate([self.hand_faces, self.arm_faces])
        self._mean_radii = self._measured_radii()

    def rest(self, shape: NDArray[np.float64]) -> RestHand:
        """The hand of a shape (SHAPE,)."""
        points, heads = np.empty_like(self._points), np.empty_like(self._heads)
        _shaped(shape, self._points, self._slopes, points)
        _shaped(shape, self._heads, self._head_slopes, heads)
        normals = np.empty((self.vertex_count, 3))
        vertex_normals(points, self.faces, normals)
        hinges = self._hinges
        return RestHand(
            points, normals, heads, float(np.exp(shape[SIZE])), self._slopes, self._head_slopes, self._bones,
            self._weights, self._counts, self._arm_share, self.trust, self._radii(shape), self.faces,
            len(self.hand_faces), hinges.curl, hinges.rest_bend, hinges.flatten, hinges.rest_abduction, hinges.thumb,
        )  # fmt: skip

    @property
    def first_bones(self) -> NDArray[np.int64]:
        """The bone (V,) that moves each vertex most."""
        return self._bones[: self.vertex_count, 0]

    def _measured_radii(self) -> NDArray[np.float64]:
        """Radii (19,) of the mean hand's capsules: how far the skin is off each bone, of metacarpals in the palm."""
        joints, owner = self._points[self.vertex_count :], self.first_bones
        skin, radii = self._points[: self.vertex_count], []
        for capsule, (start, end) in enumerate(joints[ENDS]):
            is_palm = capsule >= PHALANGES
            along = (skin - start) @ (end - start) / ((end - start) ** 2).sum()
            off = skin - start - along[:, None] * (end - start)
            own = owner == (PALM_BONE if is_palm else FIRST_DIGIT_BONE + capsule)
            own &= (along > (_PALM_FROM if is_palm else 0.0)) & (along < 1)
            if is_palm:
                own &= off[:, 2] > np.linalg.norm(off[:, :2], axis=1)
            radii.append(np.linalg.norm(off[own], axis=1).mean())
        return np.array(radii)

    def _radii(self, shape: NDArray[np.float64]) -> NDArray[np.float64]:
        """Radii (19,) of a shape's capsules."""
        thickness = np.concatenate([np.repeat(thickness_of(shape), PARTS), np.ones(DIGITS - 1)])
        radii: NDArray[np.float64] = np.exp(shape[SIZE]) * thickness * self._mean_radii
        return radii

    def _joint_rows(self) -> list[int]:
        """Where each of the 21 joints is among vertices, heads and tips."""
        rows = [self.vertex_count + self.rig.bone["wrist"]]
        for digit in (2, 3, 4, 5, 1):
            rows += [self.vertex_count + self.rig.bone[f"finger{digit}-{part}"] for part in (1, 2, 3)]
            rows.append(self.vertex_count + len(self.rig.bones) + digit - 1)
        return rows

    def _sparse_skin(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Bones (N, K) that move each point and their weights, largest first; joints hang on the bone before them."""
        skin = np.zeros((self.vertex_count + 21, BONES))
        into = {bone: own for own, bone in enumerate(self.bone_heads)}
        for bone in range(len(self.rig.bones)):
            skin[: self.vertex_count, into.get(bone, PALM_BONE)] += self.rig.skin[:, bone]
        skin[self.vertex_count, PALM_BONE] = 1
        for place, digit in enumerate((2, 3, 4, 5, 1)):
            first = FIRST_DIGIT_BONE + 3 * (digit - 1)
            for part, bone in enumerate((PALM_BONE, first, first + 1, first + 2)):
                skin[self.vertex_count + 1 + 4 * place + part, bone] = 1
        most = int((skin > 0).sum(axis=1).max())
        bones = np.argsort(-skin, axis=1, kind="stable")[:, :most]
        return bones.astype(np.int64), np.take_along_axis(skin, bones, axis=1)


@lru_cache(maxsize=1)
def default_model() -> FitModel:
    """The model of the rig in assets, made at the first use."""
    return FitModel(default_rig())


def _by_point(slopes: NDArray[np.float64]) -> NDArray[np.float32]:
    """(SHAPE, N, 3) to (N, SHAPE, 3): the kernels read them point by point."""
    return np.ascontiguousarray(slopes.transpose(1, 0, 2), dtype=np.float32)


@numba.njit(cache=True, nogil=True, fastmath=True)
def _shaped(shape, mean, slopes, out):
    """Points (N, 3) of a shape."""
    scale = np.exp(shape[0])
    for i in range(mean.shape[0]):
        x, y, z = mean[i, 0], mean[i, 1], mean[i, 2]
        for s in range(1, slopes.shape[1]):
            x += shape[s] * slopes[i, s, 0]
            y += shape[s] * slopes[i, s, 1]
            z += shape[s] * slopes[i, s, 2]
        out[i, 0], out[i, 1], out[i, 2] = scale * x, scale * y, scale * z


@numba.njit(cache=True, nogil=True)
def vertex_normals(points, faces, out):
    """Outward unit normals (V, 3) of a mesh, the mean of those of its triangles, by their areas."""
    out[:] = 0.0
    for t in range(faces.shape[0]):
        a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
        ux, uy, uz = points[b, 0] - points[a, 0], points[b, 1] - points[a, 1], points[b, 2] - points[a, 2]
        vx, vy, vz = points[c, 0] - points[a, 0], points[c, 1] - points[a, 1], points[c, 2] - points[a, 2]
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for corner in (a, b, c):
            out[corner, 0] += nx
            out[corner, 1] += ny
            out[corner, 2] += nz
    for i in range(out.shape[0]):
        length = np.sqrt(out[i, 0] ** 2 + out[i, 1] ** 2 + out[i, 2] ** 2) + 1e-15
        for axis in range(3):
            out[i, axis] /= length


def _shape_space(rig: HandRig) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rest points of the mean hand, vertices, heads and tips in rows, and their slopes (SHAPE, rows, 3)."""

    def rows(shape: NDArray[np.float64]) -> NDArray[np.float64]:
        components, phalanges = shape[1:_PHALANX], 1 + shape[_PHALANX:_THICKNESS].reshape(5, 3)
        thickness = MEAN_THICKNESS + shape[_THICKNESS:_FOREARM]
        hand = rig.hand(components, REFERENCE_LENGTH_M, thickness, phalanges, MEAN_FOREARM + shape[_FOREARM])
        return np.concatenate(hand.at_rest_m)

    mean = rows(np.zeros(SHAPE))
    slopes = np.stack(
        [
            (rows(step) - rows(-step)) / (2 * _STEP) if number else mean
            for number, step in enumerate(_STEP * np.eye(SHAPE))
        ]
    )
    return mean, slopes


def phalanges_of(shape: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lengths (5, 3) beside the mean hand's of the same size."""
    lengths: NDArray[np.float64] = 1 + shape[_PHALANX:_THICKNESS].reshape(5, 3)
    return lengths


def thickness_of(shape: NDArray[np.float64]) -> NDArray[np.float64]:
    """Thickness (5,) of the digits beside the mean hand's."""
    thickness: NDArray[np.float64] = (MEAN_THICKNESS + shape[_THICKNESS:_FOREARM]) / MEAN_THICKNESS
    return thickness
