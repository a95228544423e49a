"""Simple closed meshes for bodies and clutter. A mesh is vertices (V, 3) in metres and triangles (T, 3) int32."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Mesh:
    """vertices: (V, 3) float64, metres, frame stated by whoever holds it. triangles: (T, 3) int32."""

    vertices: NDArray[np.float64]
    triangles: NDArray[np.int32]

    def moved(self, rotation: NDArray, translation: NDArray) -> Mesh:
        """The mesh with each vertex v at `rotation` (3, 3) @ v + `translation` (3,); the matrix may scale or mirror."""
        return Mesh(self.vertices @ np.asarray(rotation).T + translation, self.triangles)

    def swollen(self, by_m: float) -> Mesh:
        """The mesh with each vertex moved outwards along its normal by `by_m` metres."""
        corners = self.vertices[self.triangles]
        facing = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        normals = np.stack(
            [
                np.bincount(self.triangles.ravel(), np.repeat(facing[:, axis], 3), len(self.vertices))
                for axis in range(3)
            ],
            axis=1,
        )
        lengths = np.linalg.norm(normals, axis=1, keepdims=True)
        return Mesh(self.vertices + by_m * normals / np.maximum(lengths, 1e-12), self.triangles)


@lru_cache(maxsize=4)
def unit_sphere(rings: int = 10, sectors: int = 16) -> Mesh:
    """Sphere of radius 1 around the origin."""
    polar = np.linspace(0, np.pi, rings + 1)[:, None]
    around = np.linspace(0, 2 * np.pi, sectors, endpoint=False)[None, :]
    x, y, z = np.sin(polar) * np.cos(around), np.cos(polar) + 0 * around, np.sin(polar) * np.sin(around)
    return Mesh(np.stack([x, y, z], axis=-1).reshape(-1, 3), grid_triangles(rings, sectors))


def grid_triangles(rings: int, sectors: int) -> NDArray[np.int32]:
    """Triangles between `rings` + 1 closed circles of `sectors` vertices each, stored circle by circle."""
    ring, sector = np.meshgrid(np.arange(rings), np.arange(sectors), indexing="ij")
    a, b = ring * sectors + sector, ring * sectors + (sector + 1) % sectors
    quads = np.stack([a, b, a + sectors, b, b + sectors, a + sectors], axis=-1)
    return quads.reshape(-1, 3).astype(np.int32)


def ellipsoid(center: NDArray, radii: NDArray) -> Mesh:
    """Ellipsoid with `radii` (3,) along the axes."""
    return unit_sphere().moved(np.diag(np.asarray(radii, dtype=np.float64)), np.asarray(center))


def capsule(start: NDArray, end: NDArray, start_radius: float, end_radius: float) -> Mesh:
    """A limb: a cone between two spheres."""
    start, end = np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)
    sphere = unit_sphere()
    axis = end - start
    length = np.linalg.norm(axis)
    y = axis / length if length > 1e-9 else np.array([0.0, 1.0, 0.0])
    x = np.cross(y, np.eye(3)[np.abs(y).argmin()])
    x /= np.linalg.norm(x)
    frame = np.stack([x, y, np.cross(x, y)], axis=1)
    upper = sphere.vertices[:, 1] > 0
    vertices = np.where(
        upper[:, None], end_radius * sphere.vertices @ frame.T + end, start_radius * sphere.vertices @ frame.T + start
    )
    return Mesh(vertices, sphere.triangles)


def box(center: NDArray, rotation: NDArray, size: NDArray) -> Mesh:
    """Box of edge lengths `size` (3,), turned by `rotation` (3, 3)."""
    corners = np.stack(np.meshgrid([-0.5, 0.5], [-0.5, 0.5], [-0.5, 0.5], indexing="ij"), axis=-1).reshape(-1, 3)
    quads = [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
    triangles = np.array([t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))], dtype=np.int32)
    return Mesh(corners * size @ np.asarray(rotation).T + center, triangles)


def plane(center: NDArray, normal: NDArray, half_size_m: float, cells: int = 8) -> Mesh:
    """Square patch of a plane; in cells, for triangles that reach behind the camera are not drawn."""
    normal = np.asarray(normal, dtype=np.float64) / np.linalg.norm(normal)
    x = np.cross(normal, np.eye(3)[np.abs(normal).argmin()])
    x /= np.linalg.norm(x)
    steps = np.linspace(-half_size_m, half_size_m, cells + 1)
    a, b = np.meshgrid(steps, steps, indexing="ij")
    vertices = center + a.reshape(-1, 1) * x + b.reshape(-1, 1) * np.cross(normal, x)
    i, j = np.meshgrid(np.arange(cells), np.arange(cells), indexing="ij")
    p = i * (cells + 1) + j
    quads = np.stack([p, p + 1, p + cells + 1, p + 1, p + cells + 2, p + cells + 1], axis=-1)
    return Mesh(vertices, quads.reshape(-1, 3).astype(np.int32))
