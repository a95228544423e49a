"""What stands in the 3D view: surface, hands, cube, camera, and what the network sees."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.viewer.frustum import FrustumShape
from app.viewer.ground import ground_grid
from app.viewer.layer import Layer
from app.viewer.letters import LetterShape
from app.viewer.library import o3d
from app.viewer.meshes import CubeShape, SkeletonShape, shaded
from app.viewer.names import NamesShape
from app.viewer.shown import HandAs, HandMesh, Insight
from app.viewer.surface import Surface
from app.viewer.voxels import likelihood, occupied
from models.core.skeleton import HAND, Skeleton
from models.core.types import Camera, Cube, Pose

_STAGE_M = np.array([(-0.6, -0.6, 0.1), (0.6, 0.6, 1.3), (0.6, -0.6, 1.3)])
MOST_HANDS = 2
IN_FRONT = 0.5
"""How far the skeleton is drawn between the eye and its place: so near that nothing hides it, and it looks the same."""
MESH_IN_FRONT, LIKELIHOOD_IN_FRONT = 0.6, 0.45
NAMES_IN_FRONT = 0.4
"""Likewise for meshes, behind the skeleton, for a likelihood, before it, and for names, which nothing must hide."""
NO_SURFACE = Surface(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32), np.zeros((0, 3), np.float32))
_Shape = SkeletonShape | CubeShape | LetterShape | NamesShape | FrustumShape


class Scene:
    """Geometry of one view, all in the camera frame in metres. Only the thread that renders may use it.

    What stands in front of the surface is where it belongs after the next `see_from`.
    """

    def __init__(self, visualizer: o3d.visualization.Visualizer, skeleton: Skeleton = HAND) -> None:
        self._skeleton_shape, self._cube_shape, self._letter_shape = SkeletonShape(skeleton), CubeShape(), LetterShape()
        self._names_shape, self._frustum_shape = NamesShape(skeleton), FrustumShape()
        self._poses: tuple[Pose, ...] = ()
        self._meshes: tuple[HandMesh | None, ...] = ()
        self._insight: Insight | None = None
        self._camera: Camera | None = None
        self._joint = 0
        self._hand_as = HandAs.SKELETON
        self._eye_cam_m, self._rotation = np.zeros(3), np.eye(3)
        self._dimmed = self._shows_cube = self._shows_names = self._shows_camera = self._is_placed = False
        self._add_stage(visualizer)
        visualizer.get_render_option().mesh_show_back_face = True
        self._surface = Layer(visualizer)
        self._skeletons = [self._lit(visualizer, self._skeleton_shape) for _ in range(MOST_HANDS)]
        self._skins = [Layer(visualizer) for _ in range(MOST_HANDS)]
        self._letters = [self._lit(visualizer, self._letter_shape) for _ in range(MOST_HANDS)]
        self._add_ground(visualizer)
        self._cube = self._lit(visualizer, self._cube_shape)
        self._names = self._lit(visualizer, self._names_shape)
        self._frustum = self._lit(visualizer, self._frustum_shape)
        self._voxels, self._likelihood = Layer(visualizer), Layer(visualizer)
        self._layers = [self._surface, *self._skeletons, *self._skins, *self._letters, self._cube, self._names]
        self._layers += [self._frustum, self._voxels, self._likelihood]

    @staticmethod
    def _lit(visualizer: o3d.visualization.Visualizer, shape: _Shape) -> Layer:
        return Layer.lit(visualizer, shape.triangles, shape.colors)

    @staticmethod
    def _add_stage(visualizer: o3d.visualization.Visualizer) -> None:
        """The visualizer derives zoom limits and clipping planes from the first geometry's bounding box."""
        stage = o3d.geometry.LineSet(o3d.utility.Vector3dVector(_STAGE_M), o3d.utility.Vector2iVector([(0, 0)]))
        visualizer.add_geometry(stage, reset_bounding_box=True)

    @staticmethod
    def _add_ground(visualizer: o3d.visualization.Visualizer) -> None:
        points, lines, colors = ground_grid()
        grid = o3d.geometry.LineSet(o3d.utility.Vector3dVector(points), o3d.utility.Vector2iVector(lines))
        grid.colors = o3d.utility.Vector3dVector(colors)
        visualizer.add_geometry(grid, reset_bounding_box=False)

    # -- what there is --------------------------------------------------------------------------------------------

    def show_surface(self, surface: Surface, camera: Camera | None = None) -> None:
        """Replace the surface; an empty one shows nothing. camera: that saw it."""
        self._surface.replace(surface)
        if camera != self._camera:
            self._camera = camera
            self._place_camera()

    def show_hands(self, poses: Sequence[Pose], meshes: Sequence[HandMesh | None] = ()) -> None:
        """Take the hands, and the cube of the first; two are told apart by letters. What is missing is hidden."""
        self._poses, self._meshes = tuple(poses[:MOST_HANDS]), tuple(meshes[:MOST_HANDS])
        self._is_placed = False
        self._place_cube()

    def show_insight(self, insight: Insight | None, joint: int) -> None:
        """Show a cube as the network is shown it, with the likelihood of one joint; None shows neither."""
        is_new = insight is not self._insight
        if is_new:
            self._voxels.replace(NO_SURFACE if insight is None else occupied(insight))
        if is_new or joint != self._joint:
            self._insight, self._joint, self._is_placed = insight, joint, False
            self._place_cube()

    def clear(self) -> None:
        """Show nothing."""
        self.show_surface(NO_SURFACE, self._camera)
        self.show_hands(())
        self.show_insight(None, self._joint)

    # -- how it is shown ------------------------------------------------------------------------------------------

    def set_hand_as(self, hand_as: HandAs) -> None:
        self._hand_as, self._is_placed = hand_as, False

    def set_shows_cube(self, shows: bool) -> None:
        self._shows_cube = shows
        self._place_cube()

    def set_shows_names(self, shows: bool) -> None:
        self._shows_names, self._is_placed = shows, False

    def set_shows_camera(self, shows: bool) -> None:
        self._shows_camera = shows
        self._place_camera()

    def set_dimmed(self, dimmed: bool) -> bool:
        """Fade everything, or not; True where that changes something."""
        changed, self._dimmed = dimmed != self._dimmed, dimmed
        for layer in self._layers if changed else ():
            layer.set_dimmed(dimmed)
        return changed

    def see_from(self, eye_cam_m: NDArray[np.float64], rotation: NDArray[np.float64]) -> None:
        """The eye (3,) of the view, metres, and its rotation (3, 3), whose rows are its right, down and forward.

        Call before drawing, so that the skeleton stays in front of the surface and names face the eye.
        """
        stays = np.array_equal(eye_cam_m, self._eye_cam_m) and np.array_equal(rotation, self._rotation)
        if not (stays and self._is_placed):
            self._eye_cam_m, self._rotation, self._is_placed = eye_cam_m, rotation, True
            self._place_hands()
            self._place_names()
            self._place_likelihood()

    # -- placing --------------------------------------------------------------------------------------------------

    def _place_hands(self) -> None:
        for number in range(MOST_HANDS):
            shows = number < len(self._poses) and (number == 0 or self._insight is None)
            pose = self._poses[number] if shows else None
            mesh = self._meshes[number] if number < len(self._meshes) else None
            has_mesh = mesh is not None and self._hand_as.has_mesh and self._insight is None
            # Without a model the bones are what there is to see of a hand.
            has_bones = self._hand_as.has_bones or (mesh is None and self._hand_as.has_mesh)
            if pose is not None and has_bones:
                self._in_front(self._skeletons[number], IN_FRONT, *self._skeleton_shape.place(pose.joints_cam_m))
            else:
                self._skeletons[number].hide()
            if pose is not None and len(self._poses) > 1:
                self._in_front(self._letters[number], IN_FRONT, *self._letter_shape.place(pose))
            else:
                self._letters[number].hide()
            if mesh is not None and has_mesh:
                self._skins[number].replace(self._brought_forward(shaded(mesh, self._rotation), MESH_IN_FRONT))
            else:
                self._skins[number].hide()

    def _place_names(self) -> None:
        if not self._poses or not self._shows_names:
            self._names.hide()
            return
        vertices, normals = self._names_shape.place(self._poses[0].joints_cam_m, self._rotation, self._eye_cam_m)
        self._in_front(self._names, NAMES_IN_FRONT, vertices, normals)

    def _place_likelihood(self) -> None:
        if self._insight is None:
            self._likelihood.hide()
        else:
            cloud = likelihood(self._insight, self._joint)
            self._likelihood.replace(self._brought_forward(cloud, LIKELIHOOD_IN_FRONT))

    def _place_cube(self) -> None:
        cube: Cube | None = self._poses[0].cube if self._poses and self._shows_cube else None
        if self._insight is not None:
            cube = self._insight.cube
        if cube is None:
            self._cube.hide()
        else:
            self._cube.move(*self._cube_shape.place(cube))

    def _place_camera(self) -> None:
        if self._camera is None or not self._shows_camera:
            self._frustum.hide()
        else:
            self._frustum.move(*self._frustum_shape.place(self._camera))

    def _in_front(self, layer: Layer, share: float, vertices: NDArray, normals: NDArray) -> None:
        layer.move(self._toward_eye(vertices, share), normals)

    def _brought_forward(self, surface: Surface, share: float) -> Surface:
        return Surface(self._toward_eye(surface.vertices_cam_m, share), surface.triangles, surface.colors)

    def _toward_eye(self, points_cam_m: NDArray, share: float) -> NDArray:
        return self._eye_cam_m + share * (points_cam_m - self._eye_cam_m)
