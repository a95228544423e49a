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


@numba.njit(cache=True, nogil=True, fastmath=True)
def _nearest(near, x, y, z, gaps):
    """Which of points (3, N) float32 is nearest to one, and its squared distance. gaps: (N,), room to work in.

    Three plain loops, of which compilers make vector instructions.
    """
    xs, ys, zs = near[0], near[1], near[2]
    for i in range(len(xs)):
        dx, dy, dz = xs[i] - x, ys[i] - y, zs[i] - z
        gaps[i] = dx * dx + dy * dy + dz * dz
    best = np.float32(1e9)
    for i in range(len(xs)):
        best = min(best, gaps[i])
    for i in range(len(xs)):
        if gaps[i] == best:
            return i, best
    return -1, best


@numba.njit(cache=True, nogil=True)
def add_cloud(h, g, hand, posed, image, drawn, ids, weights):
    """Points of the image to the visible surface (vertices `ids`) nearest to them, along its normal.

    Those farther than `reach_m` do not count, the others `cloud_share` of a measurement of their deviation: neighbours
    err together. Points where nothing is drawn (h, w) lie outside the silhouette: they pull the nearest vertex
    sideways, but for `blur_m`. Points from `hand_points` on are the forearm's and count `arm_share` of the others.
    """
    places, normals, row, near = posed.places, posed.normals, np.empty(len(g)), np.empty((3, len(ids)), np.float32)
    for i in range(len(ids)):
        for axis in range(3):
            near[axis, i] = places[ids[i], axis]
    gaps, reach = np.empty(len(ids), dtype=np.float32), weights.reach_m * weights.reach_m
    variance, edge_variance = weights.cloud_sd_m**2, weights.silhouette_sd_m**2
    for q in range(image.cloud.shape[0]):
        x, y, z = image.cloud[q, 0], image.cloud[q, 1], image.cloud[q, 2]
        which, squared = _nearest(near, np.float32(x), np.float32(y), np.float32(z), gaps)
        if which < 0 or squared > reach:
            continue
        v = ids[which]
        part = 1.0 if q < image.hand_points else weights.arm_share
        dx, dy, dz = x - places[v, 0], y - places[v, 1], z - places[v, 2]
        if drawn[image.pixels[q, 0], image.pixels[q, 1]] == 0.0:
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
        part = weights.silhouette_share
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
