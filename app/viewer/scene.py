"""What stands in the 3D view: point cloud, skeleton, cube and axes, as open3d geometry updated in place."""

from __future__ import annotations

import numpy as np
import open3d as o3d
from numpy.typing import NDArray

from app.viewer.cloud import Cloud
from app.viewer.colors import BACKGROUND
from app.viewer.meshes import CubeShape, SkeletonShape
from models.core.skeleton import HAND, Skeleton
from models.core.types import Cube, Pose

# open3d complains of empty clouds, so an empty one has a point too far away to be drawn.
_NOWHERE_M = np.array([(0.0, 0.0, -100.0)])
_STAGE_M = np.array([(-0.6, -0.6, 0.1), (0.6, 0.6, 1.3)])


class Scene:
    """Geometry of one view, all in the camera frame in metres. Only the thread that renders may use it."""

    def __init__(self, visualizer: o3d.visualization.Visualizer, skeleton: Skeleton = HAND) -> None:
        self._visualizer = visualizer
        self._skeleton_shape = SkeletonShape(skeleton)
        self._cube_shape = CubeShape()
        self._cloud = o3d.geometry.PointCloud()
        self._set_points(_STAGE_M, np.zeros_like(_STAGE_M))
        # The visualizer derives zoom limits and clipping planes from the first geometry's bounding box: this stage.
        visualizer.add_geometry(self._cloud, reset_bounding_box=True)
        self._skeleton = self._add_mesh(self._skeleton_shape.triangles, self._skeleton_shape.colors)
        self._cube = self._add_mesh(self._cube_shape.triangles, self._cube_shape.colors)
        self.clear()

    def _add_mesh(self, triangles: NDArray, colors: NDArray) -> o3d.geometry.TriangleMesh:
        mesh = o3d.geometry.TriangleMesh()
        mesh.vertices = o3d.utility.Vector3dVector(np.zeros((len(colors), 3)))
        mesh.vertex_normals = o3d.utility.Vector3dVector(np.tile((0.0, 0.0, -1.0), (len(colors), 1)))
        mesh.vertex_colors = o3d.utility.Vector3dVector(colors)
        mesh.triangles = o3d.utility.Vector3iVector(triangles)
        self._visualizer.add_geometry(mesh, reset_bounding_box=False)
        return mesh

    def _set_points(self, points: NDArray, colors: NDArray) -> None:
        self._cloud.points = o3d.utility.Vector3dVector(np.asarray(points, dtype=np.float64))
        self._cloud.colors = o3d.utility.Vector3dVector(np.asarray(colors, dtype=np.float64))

    def show_cloud(self, cloud: Cloud) -> None:
        """Replace the point cloud; an empty one shows nothing."""
        if len(cloud.points_cam_m):
            self._set_points(cloud.points_cam_m, cloud.colors)
        else:
            self._set_points(_NOWHERE_M, np.array([BACKGROUND]))
        self._visualizer.update_geometry(self._cloud)

    def show_pose(self, pose: Pose | None) -> None:
        """Place the skeleton and the cube; None hides both, a pose without a cube hides the cube."""
        if pose is None:
            self._hide(self._skeleton)
            self._hide(self._cube)
            return
        self._move(self._skeleton, *self._skeleton_shape.place(pose.joints_cam_m))
        self._show_cube(pose.cube)

    def _show_cube(self, cube: Cube | None) -> None:
        if cube is None:
            self._hide(self._cube)
        else:
            self._move(self._cube, *self._cube_shape.place(cube))

    def clear(self) -> None:
        """Show nothing."""
        self.show_cloud(Cloud(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.float32)))
        self.show_pose(None)

    def _move(self, mesh: o3d.geometry.TriangleMesh, vertices: NDArray, normals: NDArray) -> None:
        mesh.vertices = o3d.utility.Vector3dVector(vertices)
        mesh.vertex_normals = o3d.utility.Vector3dVector(normals)
        self._visualizer.update_geometry(mesh)

    def _hide(self, mesh: o3d.geometry.TriangleMesh) -> None:
        # Adding and removing geometry costs more than triangles of no area, which draw nothing.
        mesh.vertices = o3d.utility.Vector3dVector(np.zeros((len(mesh.vertices), 3)))
        self._visualizer.update_geometry(mesh)
