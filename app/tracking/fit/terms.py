"""The terms of the fit, each added to the normal equations H d = g of one Gauss-Newton step.

A term is a row: slope (POSE or POSE + SHAPE,), how far it should go, and a weight 1 / sd^2 that falls for outliers.
"""

from __future__ import annotations

import numba
import numpy as np

from app.tracking.fit.kinematics import slope


@numba.njit(cache=True, nogil=True)
def add(h, g, row, gap, weight):
    """One row: the lower triangle of h, and g."""
    for i in range(len(row)):
        a = weight * row[i]
        if a != 0.0:
            g[i] += a * gap
            for j in range(i + 1):
                h[i, j] += a * row[j]


@numba.njit(cache=True, nogil=True)
def add_joints(h, g, body, posed, wanted, sd, tail):
    """Joints (21, 3) to where the network has them, with its standard deviations (21,), metres.

    Weights are those of Student's t with `tail` degrees of freedom: sd^2 grows by distance^2 / tail.
    """
    places = posed[-1]
    row = np.empty(len(g))
    first = places.shape[0] - wanted.shape[0]
    for j in range(wanted.shape[0]):
        gaps = wanted[j] - places[first + j]
        squared = gaps[0] ** 2 + gaps[1] ** 2 + gaps[2] ** 2
        weight = 1.0 / (sd[j] ** 2 + squared / tail)
        for axis in range(3):
            n = (1.0 if axis == 0 else 0.0, 1.0 if axis == 1 else 0.0, 1.0 if axis == 2 else 0.0)
            slope(first + j, n[0], n[1], n[2], body, posed, row)
            add(h, g, row, gaps[axis], weight)


@numba.njit(cache=True, nogil=True)
def add_cloud(h, g, body, posed, cloud, normals, visible, most_m, sd, share):
    """Points (N, 3) of the image to the visible surface nearest to them, along its normal; those beyond most_m not.

    Each counts `share` of a measurement of this sd: neighbouring points err together.
    """
    places = posed[-1]
    row = np.empty(len(g))
    ids = np.flatnonzero(visible)
    near = np.empty((len(ids), 3))
    for i in range(len(ids)):
        near[i] = places[ids[i]]
    for q in range(cloud.shape[0]):
        x, y, z = cloud[q, 0], cloud[q, 1], cloud[q, 2]
        best, which = most_m * most_m, -1
        for i in range(len(ids)):
            dx, dy, dz = near[i, 0] - x, near[i, 1] - y, near[i, 2] - z
            gap = dx * dx + dy * dy + dz * dz
            if gap < best:
                best, which = gap, i
        if which < 0:
            continue
        v = ids[which]
        nx, ny, nz = normals[v, 0], normals[v, 1], normals[v, 2]
        gap = nx * (x - near[which, 0]) + ny * (y - near[which, 1]) + nz * (z - near[which, 2])
        weight = share / (sd * sd + gap * gap)
        slope(v, nx, ny, nz, body, posed, row)
        add(h, g, row, gap, weight)


@numba.njit(cache=True, nogil=True)
def add_silhouette(h, g, body, posed, visible, depth_m, nearest, fx, fy, ppx, ppy, every, margin_m, sd, share):
    """Visible vertices that the image does not show: towards its nearest pixel, or back to what it shows behind them.

    Of vertices one in `every` counts. Those within a pixel of the silhouette stay.
    """
    places = posed[-1]
    row = np.empty(len(g))
    height, width = depth_m.shape
    for v in range(0, len(visible), every):
        if not visible[v]:
            continue
        x, y, z = places[v, 0], places[v, 1], places[v, 2]
        u, w = fx * x / z + ppx, fy * y / z + ppy
        column, line = int(np.round(u)), int(np.round(w))
        if not (0 <= column < width and 0 <= line < height):
            continue
        to_line, to_column = nearest[line, column, 0], nearest[line, column, 1]
        if to_line != line or to_column != column:
            du, dv = (to_column - u) * z / fx, (to_line - w) * z / fy
            far = np.sqrt(du * du + dv * dv)
            if far < z / fx:
                continue
            weight = share / (sd * sd + far * far)
            slope(v, du / far, dv / far, 0.0, body, posed, row)
            add(h, g, row, far, weight)
        elif depth_m[line, column] > z + margin_m:
            gap = depth_m[line, column] - z
            weight = share / (sd * sd + gap * gap)
            slope(v, 0.0, 0.0, 1.0, body, posed, row)
            add(h, g, row, gap, weight)


@numba.njit(cache=True, nogil=True)
def add_angles(h, g, angles, wanted, sd):
    """Angles (23,) to wanted ones, radians, each with its standard deviation."""
    for a in range(len(sd)):
        weight = 1.0 / (sd[a] * sd[a])
        h[6 + a, 6 + a] += weight
        g[6 + a] += weight * (wanted[a] - angles[a])


@numba.njit(cache=True, nogil=True)
def add_limits(h, g, angles, low, high, sd):
    """Angles beyond their limits back to them."""
    for a in range(len(low)):
        gap = min(high[a] - angles[a], 0.0) + max(low[a] - angles[a], 0.0)
        if gap != 0.0:
            h[6 + a, 6 + a] += 1.0 / (sd * sd)
            g[6 + a] += gap / (sd * sd)


@numba.njit(cache=True, nogil=True)
def add_couplings(h, g, angles, first, second, ratio, sd):
    """angle[second] = ratio angle[first], pair by pair, each with its standard deviation."""
    for k in range(len(first)):
        a, b = 6 + first[k], 6 + second[k]
        weight = 1.0 / (sd[k] * sd[k])
        gap = ratio[k] * angles[first[k]] - angles[second[k]]
        h[b, b] += weight
        h[a, a] += weight * ratio[k] * ratio[k]
        h[max(a, b), min(a, b)] -= weight * ratio[k]
        g[b] += weight * gap
        g[a] -= weight * ratio[k] * gap


@numba.njit(cache=True, nogil=True, error_model="numpy")
def solved(h, g, damping):
    """The step d of (H + damping diag H) d = g, by Cholesky, of the lower triangle; zeros where H is not positive."""
    count = len(g)
    low = np.zeros((count, count))
    step = np.zeros(count)
    for i in range(count):
        for j in range(i + 1):
            total = h[i, j] * (1.0 + damping if i == j else 1.0)
            for k in range(j):
                total -= low[i, k] * low[j, k]
            if i == j:
                if not total > 0.0:
                    return np.zeros(count)
                low[i, i] = np.sqrt(total)
            else:
                low[i, j] = total / low[j, j]
    for i in range(count):
        total = g[i]
        for k in range(i):
            total -= low[i, k] * step[k]
        step[i] = total / low[i, i]
    for i in range(count - 1, -1, -1):
        total = step[i]
        for k in range(i + 1, count):
            total -= low[k, i] * step[k]
        step[i] = total / low[i, i]
    return step


@numba.njit(cache=True, nogil=True)
def find_visible(places, normals, drawn_m, arm_share, fx, fy, ppx, ppy, visible):
    """Which vertices the camera sees in a drawing (h, w) of the mesh, and that face it; not those of the forearm."""
    height, width = drawn_m.shape
    for v in range(len(visible)):
        x, y, z = places[v, 0], places[v, 1], places[v, 2]
        visible[v] = False
        if arm_share[v] > 0.7 or z <= 0.05:
            continue
        if normals[v, 0] * x + normals[v, 1] * y + normals[v, 2] * z > -0.1 * z:
            continue
        column, line = int(np.round(fx * x / z + ppx)), int(np.round(fy * y / z + ppy))
        if 0 <= column < width and 0 <= line < height:
            visible[v] = z < drawn_m[line, column] + 0.006


@numba.njit(cache=True, nogil=True)
def off_image(hand_m, whole_m, depth_m, is_hand, nearest, clamp_m):
    """Mean clamped difference (metres) of model and image where one of them shows the hand; -1 where none does.

    hand_m, whole_m: drawings of the hand and of it with the forearm. What hides the hand does not count (a pixel before
    the drawing that is not the hand's), nor do pixels lost in the midst of what is measured.
    """
    total, count = 0.0, 0
    for y in range(depth_m.shape[0]):
        for x in range(depth_m.shape[1]):
            shown, z = is_hand[y, x], depth_m[y, x]
            if not shown and not (hand_m[y, x] <= whole_m[y, x] and np.isfinite(hand_m[y, x])):
                continue
            drawn = np.isfinite(whole_m[y, x])
            if drawn and z > 0.0 and not shown and z < whole_m[y, x] - clamp_m:
                continue
            if z == 0.0 and nearest[y, x, 0] == y and nearest[y, x, 1] == x:
                continue
            gap = clamp_m
            if drawn and z > 0.0:
                gap = min(abs(whole_m[y, x] - z), clamp_m)
            total += gap
            count += 1
    return total / count if count else -1.0
