"""How deep fingers of a mesh lie inside one another or in the palm: what nobody's fingers do."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from app.tracking.fit.model import FIRST_DIGIT_BONE, PALM_BONE, default_model, vertex_normals

FLESH_MM = 2.0
"""Flesh gives way by so much where fingers touch."""
_FARTHEST_M = 0.02
"""Skin that is farther from a vertex says nothing of it."""
_OFF_M = 0.0005
"""A vertex is looked at from so far off its skin."""
_PALM, _FOREARM = -1, -2


def deepest_mm(vertices_m: NDArray[np.floating], faces: NDArray[np.int32]) -> float:
    """How deep the skin of a finger lies in that of another part of the hand at most, millimetres; 0 where none does.

    vertices_m: (V, 3) of the model of the hand (`HandFit`), any frame; faces: (F, 3), outsides anticlockwise. The first
    bone of each digit is joined to what is beside it and does not count, nor does the thumb's second beside the palm.
    """
    vertices, faces = np.array(vertices_m, dtype=np.float64), np.ascontiguousarray(faces)
    normals = np.empty_like(vertices)
    vertex_normals(vertices, faces, normals)
    model = default_model()
    bones = model.first_bones
    digits = np.where(bones == PALM_BONE, _PALM, np.where(bones < PALM_BONE, _FOREARM, (bones - FIRST_DIGIT_BONE) // 3))
    is_outer = (digits >= 0) & ((bones - FIRST_DIGIT_BONE) % 3 > 0)
    return 1000 * float(_deepest_m(vertices, normals, faces, digits, is_outer, bones == FIRST_DIGIT_BONE + 1))


@numba.njit(cache=True, nogil=True)
def _deepest_m(
    vertices: NDArray[np.float64],
    normals: NDArray[np.float64],
    faces: NDArray[np.int32],
    digits: NDArray[np.int64],
    is_outer: NDArray[np.bool_],
    is_web: NDArray[np.bool_],
) -> float:
    """By the normal of the nearest vertex of another part, for those that the whole mesh goes round."""
    worst = 0.0
    for v in range(len(digits)):
        if not is_outer[v]:
            continue
        x, y, z = vertices[v, 0], vertices[v, 1], vertices[v, 2]
        best, which = _FARTHEST_M**2, -1
        for w in range(len(digits)):
            if digits[w] == digits[v] or digits[w] == _FOREARM:
                continue
            dx, dy, dz = x - vertices[w, 0], y - vertices[w, 1], z - vertices[w, 2]
            squared = dx * dx + dy * dy + dz * dz
            if squared < best:
                best, which = squared, w
        if which < 0 or (digits[which] == _PALM and is_web[v]):
            continue
        deep = 0.0
        for k in range(3):
            deep -= (vertices[v, k] - vertices[which, k]) * normals[which, k]
        if deep > worst and _is_inside(vertices[v] + _OFF_M * normals[v], vertices, faces):
            worst = deep
    return worst


@numba.njit(cache=True, nogil=True)
def _is_inside(point: NDArray[np.float64], vertices: NDArray[np.float64], faces: NDArray[np.int32]) -> bool:
    """Whether a closed mesh goes round a point: more of its triangles are left than entered along +x."""
    x, y, z = point
    count = 0
    for t in range(faces.shape[0]):
        a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
        ay, az = vertices[a, 1] - y, vertices[a, 2] - z
        by, bz = vertices[b, 1] - y, vertices[b, 2] - z
        cy, cz = vertices[c, 1] - y, vertices[c, 2] - z
        wa, wb, wc = by * cz - bz * cy, cy * az - cz * ay, ay * bz - az * by
        if (wa > 0 and wb > 0 and wc > 0) or (wa < 0 and wb < 0 and wc < 0):
            total = wa + wb + wc
            if (wa * vertices[a, 0] + wb * vertices[b, 0] + wc * vertices[c, 0]) / total > x:
                count += 1 if total > 0 else -1
    return count > 0
