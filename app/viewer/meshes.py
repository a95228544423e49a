"""Vertices of the skeleton and of the cube's frame, in numpy: topology once, positions every frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.viewer.colors import AXIS_COLORS, CUBE_COLOR, SKIN_COLOR
from app.viewer.shown import HandMesh
from app.viewer.surface import Surface
from models.core.skeleton import Skeleton
from models.core.types import Cube

JOINT_RADIUS_M = 0.0056
TIP_RADIUS_M = 0.0052
BONE_RADIUS_M = 0.0034
CUBE_EDGE_RADIUS_M = 0.0006
AXIS_RADIUS_M = 0.0014
AXIS_LENGTH_M = 0.03

Triangles = NDArray[np.int32]
Vertices = NDArray[np.float64]

_CUBE_CORNERS = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], dtype=np.float64) / 2
_CUBE_EDGES = [(a, b) for a in range(8) for b in range(a + 1, 8) if (a ^ b) in (1, 2, 4)]


def unit_sphere(rings: int = 8, segments: int = 12) -> tuple[Vertices, Triangles]:
    """Vertices (V, 3) on the unit sphere and triangles (T, 3), counter-clockwise from outside."""
    polar = np.linspace(0, np.pi, rings + 1)[1:-1]
    around = np.arange(segments) * (2 * np.pi / segments)
    ring = np.stack(
        [
            np.outer(np.sin(polar), np.cos(around)),
            np.outer(np.sin(polar), np.sin(around)),
            np.repeat(np.cos(polar)[:, None], segments, axis=1),
        ],
        axis=-1,
    ).reshape(-1, 3)
    vertices = np.concatenate([[[0.0, 0.0, 1.0]], ring, [[0.0, 0.0, -1.0]]])
    last = len(vertices) - 1
    triangles: list[tuple[int, int, int]] = []
    for s in range(segments):
        n = (s + 1) % segments
        triangles.append((0, 1 + s, 1 + n))
        triangles.append((last, last - segments + n, last - segments + s))
        for r in range(rings - 2):
            a, b = 1 + r * segments + s, 1 + r * segments + n
            c, d = a + segments, b + segments
            triangles += [(a, c, b), (b, c, d)]
    return vertices, np.array(triangles, dtype=np.int32)


def unit_tube(segments: int = 10) -> tuple[Vertices, Triangles]:
    """An open tube of radius 1 along z from 0 to 1: vertices (2 * segments, 3), the z = 0 ring first, and triangles."""
    around = np.arange(segments) * (2 * np.pi / segments)
    ring = np.stack([np.cos(around), np.sin(around), np.zeros(segments)], axis=1)
    triangles: list[tuple[int, int, int]] = []
    for s in range(segments):
        n = (s + 1) % segments
        triangles += [(s, n, segments + s), (n, segments + n, segments + s)]
    return np.concatenate([ring, ring + (0, 0, 1)]), np.array(triangles, dtype=np.int32)


def tubes(starts: Vertices, ends: Vertices, radius: float, segments: int) -> tuple[Vertices, Vertices]:
    """Tube surfaces between points (B, 3) and (B, 3): vertices and normals, both (B * 2 * segments, 3).

    A tube of no length collapses to a point with some unit normal; nothing becomes NaN.
    """
    axis = ends - starts
    length = np.linalg.norm(axis, axis=1, keepdims=True)
    axis = np.where(length > 1e-9, axis / np.maximum(length, 1e-9), (0.0, 0.0, 1.0))
    helper = np.where(np.abs(axis[:, :1]) < 0.9, (1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
    side = np.cross(axis, helper)
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    up = np.cross(axis, side)
    around = np.arange(segments) * (2 * np.pi / segments)
    normals = np.cos(around)[None, :, None] * side[:, None] + np.sin(around)[None, :, None] * up[:, None]
    reach = np.where(length > 1e-9, radius, 0.0)[:, None] * normals
    rings = np.stack([starts[:, None] + reach, ends[:, None] + reach], axis=1)
    return rings.reshape(-1, 3), np.repeat(normals[:, None], 2, axis=1).reshape(-1, 3)


def instances(triangles: Triangles, vertex_count: int, count: int) -> Triangles:
    """The triangles of `count` copies of a part, each with its own vertices: (count * T, 3)."""
    offsets = np.arange(count, dtype=np.int32)[:, None, None] * vertex_count
    return (triangles[None] + offsets).reshape(-1, 3)


def vertex_normals(vertices: NDArray, faces: Triangles) -> NDArray[np.float32]:
    """Unit normals (V, 3) of a mesh, the mean of its faces' by their areas; zero where a vertex has no face."""
    a, b, c = (np.asarray(vertices, np.float32)[faces[:, corner]] for corner in range(3))
    around = np.cross(b - a, c - a)
    at = faces.T.reshape(-1)
    axes = [np.bincount(at, np.tile(around[:, axis], 3), minlength=len(vertices)) for axis in range(3)]
    normals = np.stack(axes, axis=1)
    return (normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)).astype(np.float32)


def shaded(mesh: HandMesh, rotation: NDArray) -> Surface:
    """A hand's skin, lit from the upper left behind the eye. rotation: rows are the view's right, down and forward."""
    toward_light = np.array([-0.45, -0.55, -0.70]) @ rotation
    light = vertex_normals(mesh.vertices_cam_m, mesh.faces) @ toward_light.astype(np.float32)
    brightness = 0.42 + 0.58 * np.clip(light, 0, 1)
    colors = np.asarray(SKIN_COLOR, np.float32) * brightness[:, None]
    return Surface(mesh.vertices_cam_m, mesh.faces, colors.astype(np.float32))


class SkeletonShape:
    """A ball a joint and a tube a bone, coloured by finger.

    triangles: (T, 3) int32 and colors: (V, 3) RGB in 0..1 never change; `place` gives the vertices of a pose.
    """

    _SEGMENTS = 10

    def __init__(self, skeleton: Skeleton) -> None:
        self._bones = np.array(skeleton.bones)
        ball, ball_triangles = unit_sphere()
        tube, tube_triangles = unit_tube(self._SEGMENTS)
        self._ball = ball
        joint_count, bone_count = len(skeleton.joints), len(self._bones)
        parents = set(self._bones[:, 0].tolist())
        is_tip = np.array([joint not in parents for joint in range(joint_count)])
        self._radii = np.where(is_tip, TIP_RADIUS_M, JOINT_RADIUS_M)
        balls = instances(ball_triangles, len(ball), joint_count)
        bars = instances(tube_triangles, len(tube), bone_count) + joint_count * len(ball)
        self.triangles: Triangles = np.concatenate([balls, bars]).astype(np.int32)
        joint_colors = np.array([skeleton.joint_color(joint) for joint in range(joint_count)])
        self.colors: Vertices = np.concatenate(
            [np.repeat(joint_colors, len(ball), axis=0), np.repeat(joint_colors[self._bones[:, 1]], len(tube), axis=0)]
        )

    def place(self, joints_cam_m: Vertices) -> tuple[Vertices, Vertices]:
        """Vertices in metres and unit normals, both (V, 3), for joints (J, 3) in the camera frame."""
        balls = joints_cam_m[:, None] + self._radii[:, None, None] * self._ball[None]
        ball_normals = np.tile(self._ball, (len(joints_cam_m), 1))
        starts, ends = joints_cam_m[self._bones[:, 0]], joints_cam_m[self._bones[:, 1]]
        bars, bar_normals = tubes(starts, ends, BONE_RADIUS_M, self._SEGMENTS)
        return np.concatenate([balls.reshape(-1, 3), bars]), np.concatenate([ball_normals, bar_normals])


class CubeShape:
    """The twelve edges of a cube as thin tubes, and X, Y and Z as short ones in its lower left far corner.

    triangles: (T, 3) int32 and colors: (V, 3) RGB in 0..1 never change; `place` gives the vertices of a cube.
    """

    _SEGMENTS = 6

    def __init__(self) -> None:
        tube, triangles = unit_tube(self._SEGMENTS)
        self._starts = np.array([_CUBE_CORNERS[a] for a, _ in _CUBE_EDGES])
        self._ends = np.array([_CUBE_CORNERS[b] for _, b in _CUBE_EDGES])
        self.triangles: Triangles = instances(triangles, len(tube), len(_CUBE_EDGES) + 3).astype(np.int32)
        self.colors: Vertices = np.repeat([CUBE_COLOR] * len(_CUBE_EDGES) + list(AXIS_COLORS), len(tube), axis=0)

    def place(self, cube: Cube) -> tuple[Vertices, Vertices]:
        """Vertices in metres and unit normals, both (V, 3), in the camera frame."""
        starts = cube.center_cam_m + cube.size_m * self._starts
        ends = cube.center_cam_m + cube.size_m * self._ends
        corner = np.tile(cube.center_cam_m + cube.size_m * np.array([-0.5, 0.5, 0.5]), (3, 1))
        tips = corner + AXIS_LENGTH_M * np.array([(1.0, 0, 0), (0, 1.0, 0), (0, 0, 1.0)])
        edges = tubes(starts, ends, CUBE_EDGE_RADIUS_M, self._SEGMENTS)
        axes = tubes(corner, tips, AXIS_RADIUS_M, self._SEGMENTS)
        return np.concatenate([edges[0], axes[0]]), np.concatenate([edges[1], axes[1]])
