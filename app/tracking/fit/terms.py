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
def add_joints(h, g, hand, posed, wanted, sd, tail):
    """Joints (21, 3) to where the network has them, with its standard deviations (21,), metres.

    Weights are those of Student's t with `tail` degrees of freedom: sd^2 grows by distance^2 / tail.
    """
    places, row = posed.places, np.empty(len(g))
    first = places.shape[0] - wanted.shape[0]
    for j in range(wanted.shape[0]):
        gaps = wanted[j] - places[first + j]
        squared = gaps[0] ** 2 + gaps[1] ** 2 + gaps[2] ** 2
        weight = 1.0 / (sd[j] ** 2 + squared / tail)
        for axis in range(3):
            n = (1.0 if axis == 0 else 0.0, 1.0 if axis == 1 else 0.0, 1.0 if axis == 2 else 0.0)
            slope(first + j, n[0], n[1], n[2], hand, posed, row)
            add(h, g, row, gaps[axis], weight)


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _sorted_in_cells(places, ids, image, reach_m):
    """Vertices by where they are in the image: their numbers in the order of its cells, where each cell begins among
    them (lines + 1, columns), and how many pixels wide a cell is. What lies within reach is in a neighbouring cell.
    """
    fx, fy, ppx, ppy = image.lens
    nearest_m, height, width = 10.0, image.depth_m.shape[0], image.depth_m.shape[1]
    for v in ids:
        nearest_m = min(nearest_m, places[v, 2])
    cell = int(max(fx, fy) * reach_m / max(nearest_m - reach_m, 0.05)) + 1
    lines, columns = (height - 1) // cell + 1, (width - 1) // cell + 1
    own, begins = np.empty(len(ids), dtype=np.int64), np.zeros(lines * columns + 1, dtype=np.int64)
    for i in range(len(ids)):
        x, y, z = places[ids[i], 0], places[ids[i], 1], places[ids[i], 2]
        column = min(max(int(fx * x / z + ppx), 0), width - 1) // cell
        line = min(max(int(fy * y / z + ppy), 0), height - 1) // cell
        own[i] = line * columns + column
        begins[own[i] + 1] += 1
    for c in range(lines * columns):
        begins[c + 1] += begins[c]
    ordered, filled = np.empty(len(ids), dtype=np.int64), begins[:-1].copy()
    for i in range(len(ids)):
        ordered[filled[own[i]]] = ids[i]
        filled[own[i]] += 1
    return ordered, begins, cell


@numba.njit(cache=True, nogil=True)
def _nearest(near, begins, columns, line, column, x, y, z, most):
    """Which of points (N, 3), sorted in cells, is nearest to one in a cell; -1 where none is as near as sqrt(most)."""
    best, which = most, -1
    lines = (len(begins) - 1) // columns
    for row in range(max(line - 1, 0), min(line + 2, lines)):
        first = begins[row * columns + max(column - 1, 0)]
        last = begins[row * columns + min(column + 1, columns - 1) + 1]
        for i in range(first, last):
            dx, dy, dz = near[i, 0] - x, near[i, 1] - y, near[i, 2] - z
            squared = dx * dx + dy * dy + dz * dz
            if squared < best:
                best, which = squared, i
    return which


@numba.njit(cache=True, nogil=True)
def add_cloud(h, g, hand, posed, image, drawn, ids, weights):
    """Points of the image to the visible surface (vertices `ids`) nearest to them, along its normal.

    Those farther than `reach_m` do not count, the others `cloud_share` of a measurement of their deviation: neighbours
    err together. Points where nothing is drawn (h, w) lie outside the silhouette: they pull the nearest vertex
    sideways, but for `blur_m`. Points from `hand_points` on are the forearm's and count `arm_share` of the others.
    """
    places, normals, row = posed.places, posed.normals, np.empty(len(g))
    ordered, begins, cell = _sorted_in_cells(places, ids, image, weights.reach_m)
    near, columns = places[ordered], (image.depth_m.shape[1] - 1) // cell + 1
    variance, edge_variance = weights.cloud_sd_m**2, weights.silhouette_sd_m**2
    for q in range(image.cloud.shape[0]):
        x, y, z = image.cloud[q, 0], image.cloud[q, 1], image.cloud[q, 2]
        line, column = image.pixels[q, 0], image.pixels[q, 1]
        which = _nearest(near, begins, columns, line // cell, column // cell, x, y, z, weights.reach_m**2)
        if which < 0:
            continue
        v = ordered[which]
        part = hand.trust[v] * (1.0 if q < image.hand_points else weights.arm_share)
        dx, dy, dz = x - places[v, 0], y - places[v, 1], z - places[v, 2]
        if drawn[line, column] == 0.0:
            far = np.sqrt(dx * dx + dy * dy)
            gap = far - weights.blur_m
            if gap > 0.0:
                slope(v, dx / far, dy / far, 0.0, hand, posed, row)
                add(h, g, row, gap, part * weights.edge_share / (edge_variance + gap * gap))
        nx, ny, nz = normals[v, 0], normals[v, 1], normals[v, 2]
        gap = nx * dx + ny * dy + nz * dz
        slope(v, nx, ny, nz, hand, posed, row)
        add(h, g, row, gap, part * weights.cloud_share / (variance + gap * gap))


@numba.njit(cache=True, nogil=True)
def add_silhouette(h, g, hand, posed, image, ids, weights):
    """Visible vertices `ids` that the image does not show: towards its nearest pixel, or back to what it shows there.

    Of vertices one in `every` counts. Those within a pixel of the silhouette stay. Of the forearm only what is near to
    the wrist counts, `arm_share` of the others: the image ends somewhere on it.
    """
    places, row = posed.places, np.empty(len(g))
    wrist = places[len(posed.visible)]
    fx, fy, ppx, ppy = image.lens
    height, width = image.depth_m.shape
    variance = weights.silhouette_sd_m**2
    for v in ids:
        if v % weights.every:
            continue
        x, y, z = places[v, 0], places[v, 1], places[v, 2]
        part = hand.trust[v] * weights.silhouette_share
        if hand.arm_share[v] > 0.5:
            if (x - wrist[0]) ** 2 + (y - wrist[1]) ** 2 + (z - wrist[2]) ** 2 > 0.07**2:
                continue
            part *= weights.arm_share
        u, w = fx * x / z + ppx, fy * y / z + ppy
        column, line = int(np.round(u)), int(np.round(w))
        if not (0 <= column < width and 0 <= line < height):
            continue
        if not image.is_shown[line, column]:
            to = image.label_pixels[image.labels[line, column]]
            du, dv = (to[1] - u) * z / fx, (to[0] - w) * z / fy
            far = np.sqrt(du * du + dv * dv)
            if far < z / fx:
                continue
            slope(v, du / far, dv / far, 0.0, hand, posed, row)
            add(h, g, row, far, part / (variance + far * far))
        elif image.depth_m[line, column] > z + weights.margin_m:
            gap = image.depth_m[line, column] - z
            slope(v, 0.0, 0.0, 1.0, hand, posed, row)
            add(h, g, row, gap, part / (variance + gap * gap))


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
