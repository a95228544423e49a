"""A cube of a depth frame as the voxels that a pose network is shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.core.flying import clear_points
from models.core.types import Camera, Cube, DepthFrame, Handedness
from models.core.voxels import occupancy, points_in_cube

MIN_POINTS = 80
"""With fewer measured points in its cube a hand counts as not to be seen.

A small hand at the far limit, seen by a 320 x 240 camera, still covers about 150 pixels; fewer show no fingers.
"""


@dataclass(frozen=True, slots=True, eq=False)  # arrays inside: compared by identity
class Volume:
    """The voxels of a cube, as the camera sees it.

    occupancy: (D, D, D) uint8, 1 where a voxel holds a measured point, 0 elsewhere. points: how many were measured.
    """

    cube: Cube
    occupancy: NDArray[np.uint8]
    points: int

    @property
    def shows_enough(self) -> bool:
        """Whether a hand can be read in it."""
        return self.points >= MIN_POINTS

    def as_right(self, side: Handedness) -> NDArray[np.uint8]:
        """The occupancy in which a hand of `side` is a right one: the mirror image for a left hand."""
        return self.occupancy if side == "right" else np.ascontiguousarray(self.occupancy[::-1])


def volume_of(frame: DepthFrame, cube: Cube, resolution: int, keeps_flying: bool = False) -> Volume:
    """The voxels of a cube of the frame, `resolution` an axis; without flying pixels, or with them."""
    if not keeps_flying:
        from models.reading.voxel_pass import clear_occupancy  # late, see `warm_up`

        return Volume(cube, *clear_occupancy(frame, cube, resolution))
    points_cam_m = cloud_of(frame, cube, keeps_flying)
    return Volume(cube, occupancy(points_cam_m, cube, resolution), len(points_cam_m))


def warm_up() -> None:
    """Load the compiled pass, which takes as long as a network: in a thread beside them, not at the first frame."""
    camera = Camera(width=1, height=1, fx=1.0, fy=1.0, ppx=0.0, ppy=0.0)
    frame = DepthFrame(np.ones((1, 1), dtype=np.uint16), 0.001, camera, 0, 0.0, 0.0)
    volume_of(frame, Cube(np.array([0.0, 0.0, 1.0]), 0.1), 1)


def cloud_of(frame: DepthFrame, cube: Cube, keeps_flying: bool) -> NDArray[np.float32]:
    """The measured points (N, 3), metres, camera frame, in the cube's slab; some lie outside the cube sideways."""
    points = points_in_cube if keeps_flying else clear_points
    return points(frame.raw, frame.depth_units, frame.camera, cube)
