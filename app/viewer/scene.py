"""What stands in the 3D view: surface, skeletons, cube and axes, as open3d geometry updated in place."""

from __future__ import annotations

import numpy as np
import open3d as o3d
from numpy.typing import NDArray

from app.viewer.colors import BACKGROUND
from app.viewer.ground import ground_grid
from app.viewer.letters import LetterShape
from app.viewer.meshes import CubeShape, SkeletonShape
from app.viewer.names import NamesShape
from app.viewer.surface import Surface
from models.core.skeleton import HAND, Skeleton
from models.core.types import Cube, Pose

_STAGE_M = np.array([(-0.6, -0.6, 0.1), (0.6, 0.6, 1.3), (0.6, -0.6, 1.3)])
_DIMMED = 0.35
MOST_HANDS = 2
IN_FRONT = 0.5
"""How far the skeleton is drawn between the eye and its place: so near that nothing hides it, and it looks the same."""
NAMES_IN_FRONT = 0.4
"""Likewise for names, which the skeleton must not hide."""


class Scene:
    """Geometry of one view, all in the camera frame in metres. Only the thread that renders may use it."""

    def __init__(self, visualizer: o3d.visualization.Visualizer, skeleton: Skeleton = HAND) -> None:
        self._visualizer = visualizer
        self._skeleton_shape, self._cube_shape, self._letter_shape = SkeletonShape(skeleton), CubeShape(), LetterShape()
        self._names_shape = NamesShape(skeleton)
        self._surface = o3d.geometry.TriangleMesh()
        self._surface_colors = np.zeros((3, 3))
        self._poses: tuple[Pose, ...] = ()
        self._hidden: set[int] = set()  # ids of the meshes that are
        self._eye_cam_m = np.zeros(3)
        self._rotation = np.eye(3)
        self._dimmed = self._shows_cube = self._shows_names = self._is_placed = False
        self._set_surface(_STAGE_M, np.array([(0, 1, 2)]), np.tile(BACKGROUND, (3, 1)))
        # The visualizer derives zoom limits and clipping planes from the first geometry's bounding box: this stage.
        visualizer.add_geometry(self._surface, reset_bounding_box=True)
        visualizer.get_render_option().mesh_show_back_face = True
        self._skeletons = [
            self._add_mesh(self._skeleton_shape.triangles, self._skeleton_shape.colors) for _ in range(MOST_HANDS)
        ]
        self._letters = [
            self._add_mesh(self._letter_shape.triangles, self._letter_shape.colors) for _ in range(MOST_HANDS)
        ]
        self._add_ground()
        self._cube = self._add_mesh(self._cube_shape.triangles, self._cube_shape.colors)
        self._names = self._add_mesh(self._names_shape.triangles, self._names_shape.colors)
        self.clear()

    def _add_ground(self) -> None:
        points, lines, colors = ground_grid()
        grid = o3d.geometry.LineSet(o3d.utility.Vector3dVector(points), o3d.utility.Vector2iVector(lines))
        grid.colors = o3d.utility.Vector3dVector(colors)
        self._visualizer.add_geometry(grid, reset_bounding_box=False)

    def _add_mesh(self, triangles: NDArray, colors: NDArray) -> o3d.geometry.TriangleMesh:
        mesh = o3d.geometry.TriangleMesh()
        mesh.vertices = o3d.utility.Vector3dVector(np.zeros((len(colors), 3)))
        mesh.vertex_normals = o3d.utility.Vector3dVector(np.tile((0.0, 0.0, -1.0), (len(colors), 1)))
        mesh.vertex_colors = o3d.utility.Vector3dVector(colors)
        mesh.triangles = o3d.utility.Vector3iVector(triangles)
        self._visualizer.add_geometry(mesh, reset_bounding_box=False)
        return mesh

    def show_surface(self, surface: Surface) -> None:
        """Replace the surface; an empty one shows nothing."""
        if len(surface.triangles):
            self._set_surface(surface.vertices_cam_m, surface.triangles, surface.colors)
        else:  # open3d complains of empty meshes
            self._set_surface(np.zeros((3, 3)), np.array([(0, 1, 2)]), np.tile(BACKGROUND, (3, 1)))
        self._visualizer.update_geometry(self._surface)

    def _set_surface(self, vertices: NDArray, triangles: NDArray, colors: NDArray) -> None:
        # Without normals it is drawn in its own colours, which are shaded already.
        self._surface_colors = colors
        self._surface.vertices = o3d.utility.Vector3dVector(np.asarray(vertices, dtype=np.float64))
        self._surface.triangles = o3d.utility.Vector3iVector(triangles.astype(np.int32))
        self._surface.vertex_colors = self._faded(colors)

    def show_poses(self, *poses: Pose) -> None:
        """Take the skeletons, the letters of two hands, and the cube of the first; what is missing is hidden.

        They are where they belong after the next `see_from`.
        """
        self._poses = poses[:MOST_HANDS]
        self._is_placed = False  # by `see_from`, which knows the eye
        self._place_cube()

    def see_from(self, eye_cam_m: NDArray[np.float64], rotation: NDArray[np.float64]) -> None:
        """The eye (3,) of the view, metres, and its rotation (3, 3), whose rows are its right, down and forward.

        Call before drawing, so that the skeleton stays in front of the surface and names face the eye.
        """
        stays = np.array_equal(eye_cam_m, self._eye_cam_m) and np.array_equal(rotation, self._rotation)
        if not (stays and self._is_placed):
            self._eye_cam_m, self._rotation, self._is_placed = eye_cam_m, rotation, True
            self._place_skeletons()
            self._place_names()

    def set_shows_cube(self, shows: bool) -> bool:
        """Show the cube of poses that have one, or not; True where that changes something."""
        changed, self._shows_cube = shows != self._shows_cube, shows
        if changed:
            self._place_cube()
        return changed

    def set_shows_names(self, shows: bool) -> bool:
        """Show the fingers' names, or not; True where that changes something."""
        changed, self._shows_names = shows != self._shows_names, shows
        if changed:
            self._place_names()
        return changed

    def set_dimmed(self, dimmed: bool) -> bool:
        """Fade everything, or not; True where that changes something."""
        changed, self._dimmed = dimmed != self._dimmed, dimmed
        if changed:
            parts = [(self._surface, self._surface_colors), (self._cube, self._cube_shape.colors)]
            parts += [(self._names, self._names_shape.colors)]
            parts += [(mesh, self._skeleton_shape.colors) for mesh in self._skeletons]
            parts += [(mesh, self._letter_shape.colors) for mesh in self._letters]
            for mesh, colors in parts:
                mesh.vertex_colors = self._faded(colors)
                self._visualizer.update_geometry(mesh)
        return changed

    def clear(self) -> None:
        """Show nothing."""
        self.show_surface(
            Surface(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32), np.zeros((0, 3), np.float32))
        )
        self.show_poses()

    def _faded(self, colors: NDArray) -> o3d.utility.Vector3dVector:
        share = _DIMMED if self._dimmed else 1.0
        return o3d.utility.Vector3dVector(np.asarray(BACKGROUND) * (1 - share) + np.asarray(colors, np.float64) * share)

    def _place_skeletons(self) -> None:
        for number, (skeleton, letter) in enumerate(zip(self._skeletons, self._letters)):
            if number >= len(self._poses):
                self._hide(skeleton)
                self._hide(letter)
                continue
            pose = self._poses[number]
            self._move_in_front(skeleton, *self._skeleton_shape.place(pose.joints_cam_m))
            if len(self._poses) > 1:
                self._move_in_front(letter, *self._letter_shape.place(pose))
            else:
                self._hide(letter)

    def _move_in_front(self, mesh: o3d.geometry.TriangleMesh, vertices: NDArray, normals: NDArray) -> None:
        self._move(mesh, self._toward_eye(vertices, IN_FRONT), normals)

    def _place_names(self) -> None:
        if not self._poses or not self._shows_names:
            self._hide(self._names)
            return
        vertices, normals = self._names_shape.place(self._poses[0].joints_cam_m, self._rotation)
        self._move(self._names, self._toward_eye(vertices, NAMES_IN_FRONT), normals)

    def _toward_eye(self, points_cam_m: NDArray, share: float) -> NDArray:
        return self._eye_cam_m + share * (points_cam_m - self._eye_cam_m)

    def _place_cube(self) -> None:
        cube: Cube | None = self._poses[0].cube if self._poses and self._shows_cube else None
        if cube is None:
            self._hide(self._cube)
        else:
            self._move(self._cube, *self._cube_shape.place(cube))

    def _move(self, mesh: o3d.geometry.TriangleMesh, vertices: NDArray, normals: NDArray) -> None:
        self._hidden.discard(id(mesh))
        mesh.vertices = o3d.utility.Vector3dVector(vertices)
        mesh.vertex_normals = o3d.utility.Vector3dVector(normals)
        self._visualizer.update_geometry(mesh)

    def _hide(self, mesh: o3d.geometry.TriangleMesh) -> None:
        if id(mesh) in self._hidden:
            return
        self._hidden.add(id(mesh))
        # Adding and removing geometry costs more than triangles of no area, which draw nothing.
        mesh.vertices = o3d.utility.Vector3dVector(np.zeros((len(mesh.vertices), 3)))
        self._visualizer.update_geometry(mesh)
