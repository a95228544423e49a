"""Triangle meshes to depth: a z-buffer in numba. Pixel centres lie at integer coordinates."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

NEAR_M = 0.05
EMPTY = np.float32(np.inf)


@numba.njit(cache=True, nogil=True, error_model="numpy")
def rasterize(vertices, triangles, fx, fy, ppx, ppy, depth):
    """Draws a mesh into a depth buffer, in place, where it is nearer than what is there.

    vertices: (V, 3) float64, camera frame, metres. triangles: (T, 3) int32, either winding. depth: (H, W) float32,
    metres, pre-filled with infinity or other surfaces. fx, fy, ppx, ppy in pixels; shift ppx and ppy to draw a window
    of a larger image. Triangles that reach nearer than 5 cm are left out.
    """
    height, width = depth.shape
    count = vertices.shape[0]
    u = np.empty(count)
    v = np.empty(count)
    inverse = np.empty(count)
    for i in range(count):
        z = vertices[i, 2]
        if z > NEAR_M:
            inverse[i] = 1.0 / z
            u[i] = fx * vertices[i, 0] * inverse[i] + ppx
            v[i] = fy * vertices[i, 1] * inverse[i] + ppy
        else:
            inverse[i] = 0.0
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        if inverse[a] == 0.0 or inverse[b] == 0.0 or inverse[c] == 0.0:
            continue
        ua, va, ub, vb, uc, vc = u[a], v[a], u[b], v[b], u[c], v[c]
        area = (ub - ua) * (vc - va) - (uc - ua) * (vb - va)
        if abs(area) < 1e-12:
            continue
        left = max(0, int(np.ceil(min(ua, ub, uc))))
        right = min(width - 1, int(np.floor(max(ua, ub, uc))))
        top = max(0, int(np.ceil(min(va, vb, vc))))
        bottom = min(height - 1, int(np.floor(max(va, vb, vc))))
        for y in range(top, bottom + 1):
            for x in range(left, right + 1):
                wb = ((x - ua) * (vc - va) - (uc - ua) * (y - va)) / area
                wc = ((ub - ua) * (y - va) - (x - ua) * (vb - va)) / area
                wa = 1.0 - wb - wc
                if wa >= 0.0 and wb >= 0.0 and wc >= 0.0:
                    # 1/z is linear in the image, z is not
                    z = 1.0 / (wa * inverse[a] + wb * inverse[b] + wc * inverse[c])
                    if z < depth[y, x]:
                        depth[y, x] = z


def empty_depth(height: int, width: int) -> NDArray[np.float32]:
    """A depth buffer (H, W) float32 in metres with nothing in it: infinity everywhere."""
    return np.full((height, width), EMPTY, dtype=np.float32)
