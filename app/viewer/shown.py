"""What the 3D view is asked to show of a hand and of the cloud, and the things it shows beside poses."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from models.core.types import Cube, frozen_array


class HandAs(Enum):
    """How tracked hands are drawn. The values are words for people."""

    SKELETON = "Skeleton"
    MESH = "Mesh"
    BOTH = "Skeleton and mesh"
    CLOUD = "Cloud only"

    @property
    def has_bones(self) -> bool:
        return self in (HandAs.SKELETON, HandAs.BOTH)

    @property
    def has_mesh(self) -> bool:
        return self in (HandAs.MESH, HandAs.BOTH)


class Coloring(Enum):
    """What the colours of the surface say. The values are words for people."""

    HAND = "Hand warm, rest quiet"
    DEPTH = "By depth"
    RESIDUAL = "By distance from the model"
    CAMERA = "Of the colour camera"


@dataclass(frozen=True, slots=True, eq=False)  # arrays inside: compared by identity
class HandMesh:
    """vertices_cam_m: (V, 3) float32, camera frame, metres. faces: (F, 3) int32, outsides anticlockwise."""

    vertices_cam_m: NDArray[np.float32]
    faces: NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)  # arrays inside: compared by identity
class Insight:
    """What the network was shown of a hand, and what it answered.

    occupancy: (D, D, D) uint8, 1 where a voxel of the cube holds a point. volumes: (J, R, R, R) float32, the likelihood
    of each joint, which sums to 1. Both as the camera sees the hand, a left one, too. frame_id: of its frame.
    """

    frame_id: int
    cube: Cube
    occupancy: NDArray[np.uint8]
    volumes: NDArray[np.float32]

    def __post_init__(self) -> None:
        object.__setattr__(self, "occupancy", frozen_array(self.occupancy, np.uint8, (None,) * 3, "occupancy"))
        object.__setattr__(self, "volumes", frozen_array(self.volumes, np.float32, (None,) * 4, "volumes"))
