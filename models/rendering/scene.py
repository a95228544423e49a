"""Scenes in the camera frame: where a hand is put, and the depth of everything together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.core.camera import MIRROR
from models.core.skeleton import hand_reference_point
from models.core.types import Camera
from models.rendering.meshes import Mesh
from models.rendering.render import empty_depth, rasterize
from models.rendering.rig import PosedHand, default_rig, rotations

TO_CAMERA = np.diag([1.0, -1.0, -1.0])
"""Turns the hand frame so that the palm faces the camera and the fingers point up in the image."""


@dataclass(frozen=True, slots=True)
class PlacedHand:
    """A posed hand in the camera frame: its mesh, joints (21, 3) and elbow (3,), metres."""

    mesh: Mesh
    joints_cam_m: NDArray[np.float64]
    elbow_cam_m: NDArray[np.float64]

    def mirrored(self) -> PlacedHand:
        """The left hand that a mirror at x = 0 shows."""
        mesh = Mesh(self.mesh.vertices * MIRROR, self.mesh.triangles)
        return PlacedHand(mesh, self.joints_cam_m * MIRROR, self.elbow_cam_m * MIRROR)


def place_hand(posed: PosedHand, rotation: NDArray, reference_cam_m: NDArray) -> PlacedHand:
    """Puts a posed hand into the camera frame: turned by `rotation` (3, 3), its reference point at the one given."""
    center = hand_reference_point(posed.joints_hand_m)
    vertices, joints, elbow = (
        (points - center) @ rotation.T + reference_cam_m
        for points in (posed.vertices_hand_m, posed.joints_hand_m, posed.elbow_hand_m)
    )
    return PlacedHand(Mesh(np.ascontiguousarray(vertices), default_rig().triangles), joints, elbow)


def euler(pitch: float, yaw: float, roll: float) -> NDArray[np.float64]:
    """Rotation (3, 3): yaw about Y first, then pitch about X, then roll about Z; radians."""
    about_x, about_y, about_z = rotations(np.eye(3), np.array([pitch, yaw, roll]))
    return about_z @ about_x @ about_y


def render(
    meshes: list[Mesh],
    camera: Camera,
    window: tuple[slice, slice] | None = None,
    backdrop_m: float | None = None,
    depth: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """Perfect depth of meshes in the camera frame, in metres, infinity where nothing is.

    `window` is the rows and columns wanted, the whole image when left out; `backdrop_m`: a wall at that depth;
    `depth`: an image to draw into, which is changed and returned.
    """
    rows, columns = window or (slice(0, camera.height), slice(0, camera.width))
    if depth is None:
        depth = empty_depth(rows.stop - rows.start, columns.stop - columns.start)
    ppx, ppy = camera.ppx - columns.start, camera.ppy - rows.start
    for mesh in meshes:
        rasterize(mesh.vertices, mesh.triangles, camera.fx, camera.fy, ppx, ppy, depth)
    if backdrop_m is not None:
        np.minimum(depth, np.float32(backdrop_m), out=depth)
    return depth
