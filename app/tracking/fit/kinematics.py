"""Where a pose takes the points of a hand, and how they move with it: linear blend skinning and its slopes.

A point is v = sum_b w_b T_b(rest). A joint that turns about axis a through o moves it by

    dv/dangle = a x sum_{b beyond the joint} w_b (T_b(rest) - o)

The shape moves it by dv/ds = sum_b w_b (dposition_b/ds + R_b (drest/ds - dhead_b/ds)).
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from app.tracking.fit.model import BONES, FIRST_DIGIT_BONE, PALM_BONE, POSE, SHAPE

_FAR, _NEAR = 0, 1
_THUMB_ANGLE, _WRIST_ANGLE = 16, 21


def _turned_by() -> tuple[np.ndarray, np.ndarray]:
    """Which of the 23 angles turn each bone: (18, 5) and how many, (18,)."""
    which = np.zeros((BONES, 5), dtype=np.int64)
    count = np.zeros(BONES, dtype=np.int64)

    def put(angle: int, bones: tuple[int, ...]) -> None:
        for bone in bones:
            which[bone, count[bone]] = angle
            count[bone] += 1

    put(_WRIST_ANGLE, (_FAR, _NEAR))
    put(_WRIST_ANGLE + 1, (_FAR, _NEAR))
    for part, bones in ((0, (0, 1, 2)), (1, (0, 1, 2)), (2, (0, 1, 2)), (3, (1, 2)), (4, (2,))):
        put(_THUMB_ANGLE + part, tuple(FIRST_DIGIT_BONE + bone for bone in bones))
    for finger in range(4):
        first = FIRST_DIGIT_BONE + 3 * (finger + 1)
        for part, bones in ((0, (0, 1, 2)), (1, (0, 1, 2)), (2, (1, 2)), (3, (2,))):
            put(4 * finger + part, tuple(first + bone for bone in bones))
    return which, count


TURNED_BY, TURNED_BY_COUNT = _turned_by()


class Posed(NamedTuple):
    """A hand in a pose, camera frame, metres: work space that the kernels write.

    r: (18, 3, 3) and p: (18, 3) of the bones; axes, origins: (23, 3) of the angles; moves: (18, SHAPE, 3) of the bones'
    places by the shape. places: (N, 3) of vertices and joints; normals: (V, 3). visible: (V,) which vertices the camera
    sees.
    """

    r: NDArray[np.float64]
    p: NDArray[np.float64]
    axes: NDArray[np.float64]
    origins: NDArray[np.float64]
    moves: NDArray[np.float64]
    places: NDArray[np.float64]
    normals: NDArray[np.float64]
    visible: NDArray[np.bool_]


def work_space(vertices: int, joints: int) -> Posed:
    """Arrays for a hand of so many vertices and joints."""
    return Posed(
        np.zeros((BONES, 3, 3)), np.zeros((BONES, 3)), np.zeros((POSE - 6, 3)), np.zeros((POSE - 6, 3)),
        np.zeros((BONES, SHAPE, 3)), np.zeros((vertices + joints, 3)), np.zeros((vertices, 3)),
        np.zeros(vertices, dtype=np.bool_),
    )  # fmt: skip


@numba.njit(cache=True, nogil=True, inline="always")
def _turn(x, y, z, angle, out):
    """Rotation about a unit axis, into out (3, 3)."""
    c, s = np.cos(angle), np.sin(angle)
    t = 1.0 - c
    out[0, 0], out[0, 1], out[0, 2] = c + x * x * t, x * y * t - z * s, x * z * t + y * s
    out[1, 0], out[1, 1], out[1, 2] = y * x * t + z * s, c + y * y * t, y * z * t - x * s
    out[2, 0], out[2, 1], out[2, 2] = z * x * t - y * s, z * y * t + x * s, c + z * z * t


@numba.njit(cache=True, nogil=True)
def _times(a, b, out):
    for i in range(3):
        for j in range(3):
            out[i, j] = a[i, 0] * b[0, j] + a[i, 1] * b[1, j] + a[i, 2] * b[2, j]


@numba.njit(cache=True, nogil=True)
def _apply(a, x, out):
    for i in range(3):
        out[i] = a[i, 0] * x[0] + a[i, 1] * x[1] + a[i, 2] * x[2]


@numba.njit(cache=True, nogil=True)
def turned(turn, by):
    """A rotation (3, 3) turned on about the axis and by the length of `by` (3,), radians."""
    angle = np.sqrt(by[0] ** 2 + by[1] ** 2 + by[2] ** 2)
    one, out = np.empty((3, 3)), np.empty((3, 3))
    if angle < 1e-12:
        out[:, :] = turn
        return out
    _turn(by[0] / angle, by[1] / angle, by[2] / angle, angle, one)
    _times(one, turn, out)
    return out


@numba.njit(cache=True, nogil=True)
def _hinge(parent, axis, angle, own, world, one, two):
    """One more turn: own (3, 3) becomes parent x turn(axis, angle), world the axis as the parent has turned it."""
    _apply(parent, axis, world)
    _turn(axis[0], axis[1], axis[2], angle, one)
    _times(parent, one, two)
    own[:, :] = two


@numba.njit(cache=True, nogil=True)
def forward(turn, place, angles, hand, posed):
    """Poses the bones of a `RestHand`: r, p, axes and origins of a `Posed`, all written.

    turn: (3, 3) and place: (3,) of the wrist in the camera frame. angles: (24,), radians.
    """
    one, two, offset, moved = np.empty((3, 3)), np.empty((3, 3)), np.empty(3), np.empty(3)
    r, p, axes, origins, heads, curl = posed.r, posed.p, posed.axes, posed.origins, hand.heads, hand.curl
    x_axis, z_axis = np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0])
    r[PALM_BONE, :, :] = turn
    p[PALM_BONE, :] = place
    wrist = heads[PALM_BONE]
    for digit in range(5):
        first = FIRST_DIGIT_BONE + 3 * digit
        offset[:] = heads[first] - wrist
        _apply(turn, offset, moved)
        p[first, :] = place + moved
        if digit == 0:
            a = _THUMB_ANGLE
            _hinge(turn, hand.thumb[2], angles[a + 2], r[first], axes[a + 2], one, two)
            _hinge(r[first], hand.thumb[1], angles[a + 1], r[first], axes[a + 1], one, two)
            _hinge(r[first], hand.thumb[0], angles[a], r[first], axes[a], one, two)
            for k in range(3):
                origins[a + k, :] = p[first]
            second, third = a + 3, a + 4
        else:
            f = digit - 1
            a = 4 * f
            _hinge(turn, z_axis, -angles[a + 1], r[first], axes[a + 1], one, two)
            axes[a + 1, :] = -axes[a + 1]
            _hinge(r[first], x_axis, angles[a], r[first], axes[a], one, two)
            _hinge(r[first], z_axis, hand.rest_abduction[f], r[first], moved, one, two)
            _times(r[first], hand.flatten[f], two)
            r[first, :, :] = two
            origins[a, :] = p[first]
            origins[a + 1, :] = p[first]
            second, third = a + 2, a + 3
        for k in range(2):
            bone = first + 1 + k
            angle = second if k == 0 else third
            offset[:] = heads[bone] - heads[bone - 1]
            _apply(r[bone - 1], offset, moved)
            p[bone, :] = p[bone - 1] + moved
            _hinge(r[bone - 1], curl[digit], angles[angle] - hand.rest_bend[digit, k], r[bone], axes[angle], one, two)
            origins[angle, :] = p[bone]
    _forearm(turn, place, angles, heads, r, p, axes, origins)


@numba.njit(cache=True, nogil=True)
def _forearm(turn, place, angles, heads, r, p, axes, origins):
    """The forearm's two bones, which the hand carries."""
    one, two, offset, moved, bent = np.empty((3, 3)), np.empty((3, 3)), np.empty(3), np.empty(3), np.empty((3, 3))
    x_axis, y_axis, z_axis = np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0])
    w = _WRIST_ANGLE
    _hinge(turn, x_axis, -angles[w], bent, axes[w], one, two)
    axes[w, :] = -axes[w]
    _hinge(bent, z_axis, angles[w + 1], bent, axes[w + 1], one, two)
    origins[w, :] = place
    origins[w + 1, :] = place
    child = PALM_BONE
    for bone, share in ((_NEAR, 0.5), (_FAR, 1.0)):
        _hinge(bent, y_axis, share * angles[w + 2], r[bone], moved, one, two)
        offset[:] = heads[bone] - heads[child]
        _apply(r[bone], offset, moved)
        p[bone, :] = p[child] + moved
        child = bone


@numba.njit(cache=True, nogil=True)
def head_motion(turn, hand, posed):
    """How the bones' places move with the shape: `moves` of a `Posed`, written."""
    posed.moves[PALM_BONE, :, :] = 0.0
    for digit in range(5):
        first = FIRST_DIGIT_BONE + 3 * digit
        _carried(first, PALM_BONE, turn, hand, posed)
        _carried(first + 1, first, posed.r[first], hand, posed)
        _carried(first + 2, first + 1, posed.r[first + 1], hand, posed)
    _carried(_NEAR, PALM_BONE, posed.r[_NEAR], hand, posed)
    _carried(_FAR, _NEAR, posed.r[_FAR], hand, posed)


@numba.njit(cache=True, nogil=True)
def _carried(bone, parent, turn, hand, posed):
    """The moves of one bone: its parent's, and those of the way between both as it is turned."""
    offset, moved = np.empty(3), np.empty(3)
    for k in range(posed.moves.shape[1]):
        for axis in range(3):
            if k == 0:  # the size
                offset[axis] = hand.heads[bone, axis] - hand.heads[parent, axis]
            else:
                offset[axis] = hand.scale * (hand.head_slopes[bone, k, axis] - hand.head_slopes[parent, k, axis])
        _apply(turn, offset, moved)
        for axis in range(3):
            posed.moves[bone, k, axis] = posed.moves[parent, k, axis] + moved[axis]


@numba.njit(cache=True, nogil=True)
def skin(hand, posed, which, with_normals):
    """Places of the points `which`, and the unit normals of those that are vertices: of a `Posed`, written."""
    points, heads, normals, r, p = hand.points, hand.heads, hand.normals, posed.r, posed.p
    for i in which:
        x = y = z = nx = ny = nz = 0.0
        turns = with_normals and i < normals.shape[0]
        for k in range(hand.counts[i]):
            b, w = hand.bones[i, k], hand.weights[i, k]
            dx, dy, dz = points[i, 0] - heads[b, 0], points[i, 1] - heads[b, 1], points[i, 2] - heads[b, 2]
            x += w * (p[b, 0] + r[b, 0, 0] * dx + r[b, 0, 1] * dy + r[b, 0, 2] * dz)
            y += w * (p[b, 1] + r[b, 1, 0] * dx + r[b, 1, 1] * dy + r[b, 1, 2] * dz)
            z += w * (p[b, 2] + r[b, 2, 0] * dx + r[b, 2, 1] * dy + r[b, 2, 2] * dz)
            if turns:
                dx, dy, dz = normals[i, 0], normals[i, 1], normals[i, 2]
                nx += w * (r[b, 0, 0] * dx + r[b, 0, 1] * dy + r[b, 0, 2] * dz)
                ny += w * (r[b, 1, 0] * dx + r[b, 1, 1] * dy + r[b, 1, 2] * dz)
                nz += w * (r[b, 2, 0] * dx + r[b, 2, 1] * dy + r[b, 2, 2] * dz)
        posed.places[i, 0], posed.places[i, 1], posed.places[i, 2] = x, y, z
        if turns:
            length = np.sqrt(nx * nx + ny * ny + nz * nz) + 1e-12
            posed.normals[i, 0], posed.normals[i, 1], posed.normals[i, 2] = nx / length, ny / length, nz / length


@numba.njit(cache=True, nogil=True)
def slope(i, nx, ny, nz, hand, posed, row):
    """How far point `i` moves along (nx, ny, nz) with each number of pose and shape: into row (POSE or POSE + SHAPE,).

    The shape is left out where the row is too short for it.
    """
    points, heads, r, p, axes, origins = hand.points, hand.heads, posed.r, posed.p, posed.axes, posed.origins
    pose = 29
    row[:] = 0.0
    row[3], row[4], row[5] = nx, ny, nz
    wx, wy, wz = p[PALM_BONE, 0], p[PALM_BONE, 1], p[PALM_BONE, 2]
    for k in range(hand.counts[i]):
        b, w = hand.bones[i, k], hand.weights[i, k]
        dx, dy, dz = points[i, 0] - heads[b, 0], points[i, 1] - heads[b, 1], points[i, 2] - heads[b, 2]
        x = p[b, 0] + r[b, 0, 0] * dx + r[b, 0, 1] * dy + r[b, 0, 2] * dz
        y = p[b, 1] + r[b, 1, 0] * dx + r[b, 1, 1] * dy + r[b, 1, 2] * dz
        z = p[b, 2] + r[b, 2, 0] * dx + r[b, 2, 1] * dy + r[b, 2, 2] * dz
        # n . (a x m) = a . (m x n)
        mx, my, mz = x - wx, y - wy, z - wz
        row[0] += w * (my * nz - mz * ny)
        row[1] += w * (mz * nx - mx * nz)
        row[2] += w * (mx * ny - my * nx)
        for q in range(TURNED_BY_COUNT[b]):
            a = TURNED_BY[b, q]
            mx, my, mz = x - origins[a, 0], y - origins[a, 1], z - origins[a, 2]
            row[6 + a] += w * (
                axes[a, 0] * (my * nz - mz * ny) + axes[a, 1] * (mz * nx - mx * nz) + axes[a, 2] * (mx * ny - my * nx)
            )
        if len(row) > pose:
            _shape_slope(i, b, w, nx, ny, nz, hand, posed, row)


@numba.njit(cache=True, nogil=True, fastmath=True)
def _shape_slope(i, b, w, nx, ny, nz, hand, posed, row):
    """What one bone adds to the slopes by the shape."""
    points, heads, r = hand.points, hand.heads, posed.r
    slopes, head_slopes, moves = hand.slopes[i], hand.head_slopes[b], posed.moves[b]
    pose = 29
    lx = w * (r[b, 0, 0] * nx + r[b, 1, 0] * ny + r[b, 2, 0] * nz)
    ly = w * (r[b, 0, 1] * nx + r[b, 1, 1] * ny + r[b, 2, 1] * nz)
    lz = w * (r[b, 0, 2] * nx + r[b, 1, 2] * ny + r[b, 2, 2] * nz)
    wx, wy, wz = w * nx, w * ny, w * nz
    dx, dy, dz = points[i, 0] - heads[b, 0], points[i, 1] - heads[b, 1], points[i, 2] - heads[b, 2]
    row[pose] += lx * dx + ly * dy + lz * dz + wx * moves[0, 0] + wy * moves[0, 1] + wz * moves[0, 2]
    lx, ly, lz = hand.scale * lx, hand.scale * ly, hand.scale * lz
    for s in range(1, slopes.shape[0]):
        row[pose + s] += (
            lx * (slopes[s, 0] - head_slopes[s, 0])
            + ly * (slopes[s, 1] - head_slopes[s, 1])
            + lz * (slopes[s, 2] - head_slopes[s, 2])
            + (wx * moves[s, 0] + wy * moves[s, 1] + wz * moves[s, 2])
        )
