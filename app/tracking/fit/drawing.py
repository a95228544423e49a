"""The posed hand drawn into a small depth image, and compared with what is there.

Drawings hold 1 / depth (h, w) float32, 0 where nothing is: that is linear in the image, so no pixel needs a division.
"""

from __future__ import annotations

import numba
import numpy as np


@numba.njit(cache=True, nogil=True, error_model="numpy")
def draw(places, faces, first, last, view, inverse):
    """Faces `first` up to `last` that look at the camera, into a drawing, where they are nearer than what is there.

    places: (N, 3), camera frame, metres. view: fx, fy, ppx, ppy. A hand that reaches nearer than 5 cm is left out.
    """
    fx, fy, ppx, ppy = view
    height, width = inverse.shape
    for t in range(first, last):
        a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
        if min(places[a, 2], places[b, 2], places[c, 2]) <= 0.05:
            continue
        ia, ib, ic = 1.0 / places[a, 2], 1.0 / places[b, 2], 1.0 / places[c, 2]
        ua, va = fx * places[a, 0] * ia + ppx, fy * places[a, 1] * ia + ppy
        ub, vb = fx * places[b, 0] * ib + ppx, fy * places[b, 1] * ib + ppy
        uc, vc = fx * places[c, 0] * ic + ppx, fy * places[c, 1] * ic + ppy
        area = (ub - ua) * (vc - va) - (uc - ua) * (vb - va)
        if area > -1e-12:
            continue
        left, right = max(0, int(np.ceil(min(ua, ub, uc)))), min(width - 1, int(np.floor(max(ua, ub, uc))))
        top, bottom = max(0, int(np.ceil(min(va, vb, vc)))), min(height - 1, int(np.floor(max(va, vb, vc))))
        scale = 1.0 / area
        for y in range(top, bottom + 1):
            for x in range(left, right + 1):
                wb = ((x - ua) * (vc - va) - (uc - ua) * (y - va)) * scale
                wc = ((ub - ua) * (y - va) - (x - ua) * (vb - va)) * scale
                wa = 1.0 - wb - wc
                if wa >= 0.0 and wb >= 0.0 and wc >= 0.0:
                    value = wa * ia + wb * ib + wc * ic
                    if value > inverse[y, x]:
                        inverse[y, x] = value


@numba.njit(cache=True, nogil=True)
def look(hand, posed, image, clamp_m):
    """Find the vertices that the camera sees, `visible` of a `Posed`.

    Returns the drawing (h, w) of the hand with its forearm, the pixels that the hand alone covers, and how far the pose
    is off the image, metres (`off_image`).
    """
    shape = image.depth_m.shape
    own = np.zeros(shape, dtype=np.float32)
    draw(posed.places, hand.faces, 0, hand.hand_faces, image.lens, own)
    whole = own.copy()
    draw(posed.places, hand.faces, hand.hand_faces, hand.faces.shape[0], image.lens, whole)
    _find_visible(posed, whole, image.lens)
    covered = 0
    for y in range(shape[0]):
        for x in range(shape[1]):
            covered += own[y, x] > 0.0
    return whole, covered, off_image(own, whole, image, clamp_m)


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _find_visible(posed, whole, view):
    """Vertices that face the camera and lie in or before the drawing's surface."""
    fx, fy, ppx, ppy = view
    height, width = whole.shape
    places, normals, visible = posed.places, posed.normals, posed.visible
    for v in range(len(visible)):
        x, y, z = places[v, 0], places[v, 1], places[v, 2]
        visible[v] = False
        if z <= 0.05:
            continue
        if normals[v, 0] * x + normals[v, 1] * y + normals[v, 2] * z > -0.1 * z:
            continue
        column, line = int(np.round(fx * x / z + ppx)), int(np.round(fy * y / z + ppy))
        if 0 <= column < width and 0 <= line < height:
            visible[v] = (z - 0.006) * whole[line, column] < 1.0


@numba.njit(cache=True, nogil=True, error_model="numpy")
def off_image(own, whole, image, clamp_m):
    """Mean clamped difference (metres) of model and image where one of them shows the hand; -1 where none does.

    own, whole: drawings of the hand and of it with the forearm. What hides the hand does not count (a pixel before
    the drawing that is not the hand's), nor do pixels lost in the midst of what is measured.
    """
    total, count = 0.0, 0
    for y in range(own.shape[0]):
        for x in range(own.shape[1]):
            shown, z = image.is_hand[y, x], image.depth_m[y, x]
            drawn = whole[y, x] > 0.0
            if not shown and not (drawn and own[y, x] >= whole[y, x]):
                continue
            there_m = 1.0 / whole[y, x] if drawn else 0.0
            if drawn and z > 0.0 and not shown and z < there_m - clamp_m:
                continue
            if z == 0.0 and image.is_shown[y, x]:
                continue
            gap = clamp_m
            if drawn and z > 0.0:
                gap = min(abs(there_m - z), clamp_m)
            total += gap
            count += 1
    return total / count if count else -1.0
