"""One mesh of the 3D view: moved, replaced, hidden and dimmed in place, which costs less than adding and removing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.viewer.colors import BACKGROUND
from app.viewer.library import o3d
from app.viewer.surface import Surface

_DIMMED = 0.35
NOTHING = Surface(np.zeros((3, 3), np.float32), np.array([(0, 1, 2)], np.int32), np.zeros((3, 3), np.float32))
"""A triangle of no area: open3d complains of empty meshes."""


class Layer:
    """Draws nothing at first. Only the thread that renders may use it.

    What is moved has normals and is lit; what is replaced has colours that are shaded already.
    """

    def __init__(self, visualizer: o3d.visualization.Visualizer) -> None:
        self._visualizer = visualizer
        self._mesh = o3d.geometry.TriangleMesh()
        self._colors: NDArray = NOTHING.colors
        self._is_dimmed = False
        self._is_hidden = True
        self._set(NOTHING.vertices_cam_m, NOTHING.triangles, NOTHING.colors)
        visualizer.add_geometry(self._mesh, reset_bounding_box=False)

    @classmethod
    def lit(cls, visualizer: o3d.visualization.Visualizer, triangles: NDArray, colors: NDArray) -> Layer:
        """One whose triangles (T, 3) and colours (V, 3) stay, for `move`."""
        layer = cls(visualizer)
        layer._set(np.zeros((len(colors), 3)), triangles, colors)
        layer._mesh.vertex_normals = o3d.utility.Vector3dVector(np.tile((0.0, 0.0, -1.0), (len(colors), 1)))
        visualizer.update_geometry(layer._mesh)
        return layer

    def move(self, vertices: NDArray, normals: NDArray) -> None:
        """Vertices and unit normals (V, 3) of the triangles that it has."""
        self._is_hidden = False
        self._mesh.vertices = o3d.utility.Vector3dVector(vertices)
        self._mesh.vertex_normals = o3d.utility.Vector3dVector(normals)
        self._visualizer.update_geometry(self._mesh)

    def replace(self, surface: Surface) -> None:
        """Show other triangles; an empty surface shows nothing."""
        if not len(surface.triangles):
            self.hide()
            return
        self._is_hidden = False
        self._set(surface.vertices_cam_m, surface.triangles, surface.colors)
        self._visualizer.update_geometry(self._mesh)

    def hide(self) -> None:
        if not self._is_hidden:
            self._is_hidden = True
            self._mesh.vertices = o3d.utility.Vector3dVector(np.zeros((len(self._mesh.vertices), 3)))
            self._visualizer.update_geometry(self._mesh)

    def set_dimmed(self, dimmed: bool) -> None:
        """Fade into the background, or not."""
        if dimmed != self._is_dimmed:
            self._is_dimmed = dimmed
            self._mesh.vertex_colors = self._faded()
            self._visualizer.update_geometry(self._mesh)

    def _set(self, vertices: NDArray, triangles: NDArray, colors: NDArray) -> None:
        self._colors = colors
        self._mesh.vertices = o3d.utility.Vector3dVector(np.asarray(vertices, dtype=np.float64))
        self._mesh.triangles = o3d.utility.Vector3iVector(np.require(triangles, np.int32, ["C", "W"]))
        self._mesh.vertex_colors = self._faded()

    def _faded(self) -> o3d.utility.Vector3dVector:
        colors = np.asarray(self._colors, np.float64)
        if self._is_dimmed:
            colors = np.asarray(BACKGROUND) * (1 - _DIMMED) + colors * _DIMMED
        return o3d.utility.Vector3dVector(colors)
