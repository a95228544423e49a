"""What the model of a hand says after it was fitted to one frame."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from models.core.hand_state.rotations import quaternions
from models.core.types import frozen_array

JOINTS, ANGLE_COUNT, DIGITS, PHALANGES = 21, 24, 5, 3


class FitVerdict(Enum):
    """SHOWN: the pose of the frame is the model's. RAW: the joints as they were read explain the image better.

    NOT_A_HAND: the model cannot be brought to the image within the range of hands. CUT_OFF: the edge of the picture
    cuts through the hand, so that nothing shows where the rest of it is; the joints as they were read are shown.
    """

    SHOWN = "fitted"
    RAW = "raw joints explain more"
    NOT_A_HAND = "not a hand"
    CUT_OFF = "partly outside the picture"


@dataclass(frozen=True, slots=True, eq=False)  # arrays inside: compared by identity
class HandShape:
    """The hand of one person, as far as a track has learned it.

    size: relative to the rig's mean hand. phalanges: (5, 3) lengths and thickness: (5,) of the digits, relative to
    those of that hand at this size, thumb first. is_held: it is known well enough, and changes no more.
    """

    size: float
    phalanges: NDArray[np.float64]
    thickness: NDArray[np.float64]
    is_held: bool = False

    def __post_init__(self) -> None:
        for name, shape in (("phalanges", (DIGITS, PHALANGES)), ("thickness", (DIGITS,))):
            object.__setattr__(self, name, frozen_array(getattr(self, name), np.float64, shape, name))


@dataclass(frozen=True, slots=True, eq=False)  # arrays inside: compared by identity
class HandFit:
    """A fitted hand in the camera frame, metres.

    vertices_cam_m: (V, 3) float32, of the skin with the forearm. faces: (F, 3) int32, outsides anticlockwise, also of
    left hands. joints_cam_m: (21, 3) float64. angles_rad: (24,) float64 in the order of models.rendering.rig.ANGLES.
    turns: (21, 3, 3) float64, matrices that turn each joint's bone from where it lies in the hand at rest
    (models/rendering/rig.py; mirrored for a left hand) into the camera frame; a tip has that of its last bone.
    residual_mm: what the model is off the depth image, raw_residual_mm: what the model is when it is brought to the
    joints as they were read; None where no depth was compared. milliseconds: time that the fit took.
    """

    vertices_cam_m: NDArray[np.float32]
    faces: NDArray[np.int32]
    joints_cam_m: NDArray[np.float64]
    angles_rad: NDArray[np.float64]
    turns: NDArray[np.float64]
    shape: HandShape
    verdict: FitVerdict
    residual_mm: float | None = None
    raw_residual_mm: float | None = None
    milliseconds: float = 0.0

    @property
    def rotations(self) -> NDArray[np.float64]:
        """The turns as quaternions (21, 4), x, y, z, w."""
        return quaternions(self.turns)

    def shown(self, read_cam_m: NDArray[np.float64]) -> NDArray[np.float64]:
        """The joints (21, 3) of the frame: the model's, or those that were read where they are better."""
        return self.joints_cam_m if self.verdict is FitVerdict.SHOWN else read_cam_m

    def __post_init__(self) -> None:
        fields = (
            ("vertices_cam_m", np.float32, (None, 3)),
            ("faces", np.int32, (None, 3)),
            ("joints_cam_m", np.float64, (JOINTS, 3)),
            ("angles_rad", np.float64, (ANGLE_COUNT,)),
            ("turns", np.float64, (JOINTS, 3, 3)),
        )
        for name, dtype, shape in fields:
            object.__setattr__(self, name, frozen_array(getattr(self, name), dtype, shape, name))
