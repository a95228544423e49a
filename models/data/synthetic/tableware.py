"""Things that stand on a table, as meshes: cans, bottles, mugs, plates, cartons and balls.

Each stands upright on the origin of its own frame, Y up, metres; `Mesh.moved` puts it into a scene.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.rendering.meshes import Mesh, box, capsule, ellipsoid, grid_triangles

_SECTORS = 28


def turned(profile: ArrayLike) -> Mesh:
    """What a lathe makes: `profile` (N, 2), heights and radii in metres, turned about the Y axis."""
    heights, radii = np.asarray(profile, dtype=np.float64).T
    around = np.linspace(0, 2 * np.pi, _SECTORS, endpoint=False)
    x, z = radii[:, None] * np.cos(around), radii[:, None] * np.sin(around)
    y = np.broadcast_to(heights[:, None], x.shape)
    return Mesh(np.stack([x, y, z], axis=-1).reshape(-1, 3), grid_triangles(len(heights) - 1, _SECTORS))


def can(radius: float, height: float) -> Mesh:
    """A closed cylinder."""
    return turned([(0, 0), (0, radius), (height, radius), (height, 0)])


def bottle(radius: float, height: float) -> Mesh:
    """A cylinder of six tenths of the height that narrows to a neck."""
    neck = 0.4 * radius
    return turned(
        [(0, 0), (0, radius), (0.6 * height, radius), (0.78 * height, neck), (height, neck), (height, 0)],
    )


def mug(radius: float, height: float) -> list[Mesh]:
    """An open cylinder with a handle at the side."""
    wall, out = 0.9 * radius, radius + 0.03
    body = turned([(0, 0), (0, radius), (height, radius), (height, wall), (0.08 * height, wall), (0.08 * height, 0)])
    low, high = 0.25 * height, 0.8 * height
    corners = np.array([(radius, low, 0), (out, low, 0), (out, high, 0), (radius, high, 0)])
    return [body, *(capsule(start, end, 0.005, 0.005) for start, end in zip(corners, corners[1:]))]


def plate(radius: float) -> Mesh:
    """A flat plate with a raised rim."""
    return turned(
        [(0, 0), (0, 0.6 * radius), (0.02, radius), (0.022, radius), (0.006, 0.58 * radius), (0.006, 0)],
    )


def carton(size: NDArray) -> Mesh:
    """A box of edge lengths `size` (3,), its height second."""
    return box(np.array([0, size[1] / 2, 0]), np.eye(3), size)


def ball(radius: float) -> Mesh:
    return ellipsoid(np.array([0, radius, 0]), np.full(3, radius))


def random_thing(rng: np.random.Generator) -> tuple[list[Mesh], float]:
    """One of all that, of a usual size, and the radius of the circle that it stands in."""
    kind = rng.choice(["mug", "plate", "can", "bottle", "carton", "ball"], p=[0.3, 0.22, 0.14, 0.12, 0.14, 0.08])
    radius = rng.uniform(0.032, 0.045)
    if kind == "mug":
        return mug(radius, rng.uniform(0.08, 0.11)), radius + 0.035
    if kind == "plate":
        radius = rng.uniform(0.08, 0.13)
        return [plate(radius)], radius
    if kind == "can":
        return [can(radius, rng.uniform(0.09, 0.16))], radius
    if kind == "bottle":
        return [bottle(radius, rng.uniform(0.18, 0.28))], radius
    if kind == "carton":
        size = rng.uniform([0.05, 0.03, 0.05], [0.16, 0.2, 0.12])
        return [carton(size)], float(np.hypot(size[0], size[2]) / 2)
    return [ball(radius)], radius
