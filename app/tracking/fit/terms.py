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


@numba.njit(cache=True, nogil=True, fastmath=True)
def _nearest(xs, ys, zs, x, y, z, most, gaps):
    """Which of points is nearest to one, -1 where none is as near as sqrt(most). gaps: room to work in.

    Two loops, of which the first is compiled to vector instructions.
    """
    for i in range(len(xs)):
        dx, dy, dz = xs[i] - x, ys[i] - y, zs[i] - z
        gaps[i] = dx * dx + dy * dy + dz * dz
    best, which = most, -1
    for i in range(len(xs)):
        if gaps[i] < best:
            best, which = gaps[i], i
    return which


@numba.njit(cache=True, nogil=True)
def add_cloud(
    h, g, body, posed, cloud, pixels, hand_points, normals, visible, drawn_m, most_m, sd, share, edge_sd, edge_share,
    blur_m, arm_share
):  # fmt: skip
    """Points (N, 3) of the image to the visible surface nearest to them, along its normal; those beyond most_m not.

    Each counts `share` of a measurement of this sd: neighbouring points err together. Points at `pixels` where no model
    is drawn (h, w) lie outside its silhouette: they pull the nearest vertex sideways, but for `blur_m`. Points from
    `hand_points` on are the forearm's and count `arm_share` of the others.
    """
    places = posed[-1]
    row = np.empty(len(g))
    ids = np.flatnonzero(visible)
    near = np.empty((3, len(ids)))
    for i in range(len(ids)):
        for axis in range(3):
            near[axis, i] = places[ids[i], axis]
    gaps = np.empty(len(ids))
    for q in range(cloud.shape[0]):
        x, y, z = cloud[q, 0], cloud[q, 1], cloud[q, 2]
        which = _nearest(near[0], near[1], near[2], x, y, z, most_m * most_m, gaps)
        if which < 0:
            continue
        v = ids[which]
        nx, ny, nz = normals[v, 0], normals[v, 1], normals[v, 2]
        part = 1.0 if q < hand_points else arm_share
        if not np.isfinite(drawn_m[pixels[q, 0], pixels[q, 1]]):
            dx, dy = x - near[0, which], y - near[1, which]
            far = np.sqrt(dx * dx + dy * dy)
            gap = far - blur_m
            if gap > 0.0:
                slope(v, dx / far, dy / far, 0.0, body, posed, row)
                add(h, g, row, gap, part * edge_share / (edge_sd * edge_sd + gap * gap))
        gap = nx * (x - near[0, which]) + ny * (y - near[1, which]) + nz * (z - near[2, which])
        weight = part * share / (sd * sd + gap * gap)
        slope(v, nx, ny, nz, body, posed, row)
        add(h, g, row, gap, weight)


@numba.njit(cache=True, nogil=True)
def add_silhouette(
    h, g, body, posed, visible, arm_part, depth_m, nearest, fx, fy, ppx, ppy, every, margin_m, sd, share, arm_share
):
    """Visible vertices that the image does not show: towards its nearest pixel, or back to what it shows behind them.

    Of vertices one in `every` counts. Those within a pixel of the silhouette stay. Of the forearm only what is near to
    the wrist counts, `arm_share` of the others: the image ends somewhere on it.
    """
    places = posed[-1]
    row = np.empty(len(g))
    wrist = places[len(visible)]
    height, width = depth_m.shape
    for v in range(0, len(visible), every):
        if not visible[v]:
            continue
        x, y, z = places[v, 0], places[v, 1], places[v, 2]
        part = 1.0
        if arm_part[v] > 0.5:
            if (x - wrist[0]) ** 2 + (y - wrist[1]) ** 2 + (z - wrist[2]) ** 2 > 0.07**2:
                continue
            part = arm_share
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
            weight = part * share / (sd * sd + far * far)
            slope(v, du / far, dv / far, 0.0, body, posed, row)
            add(h, g, row, far, weight)
        elif depth_m[line, column] > z + margin_m:
            gap = depth_m[line, column] - z
            weight = part * share / (sd * sd + gap * gap)
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
def find_visible(places, normals, drawn_m, fx, fy, ppx, ppy, visible):
    """Which vertices the camera sees in a drawing (h, w) of the mesh, and that face it."""
    height, width = drawn_m.shape
    for v in range(len(visible)):
        x, y, z = places[v, 0], places[v, 1], places[v, 2]
        visible[v] = False
        if z <= 0.05:
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
