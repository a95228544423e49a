"""How far a hand is closed: each finger's curl, pinch and grab strength, all from 0 to 1.

    curl of a finger = (MCP + PIP + DIP flexion - 30) / 190             degrees, within 0 .. 1
    grab             = (mean curl of the four fingers - 0.1) / 0.8       within 0 .. 1
    pinch            = (0.085 - gap) / (0.085 - 0.030)                   within 0 .. 1

The gap is that from the tip of the thumb to the tip of the index finger, over the sum of all bones of the hand (about
0.8 m), so that small hands pinch as large ones do: 1 at 24 mm, 0 at 68 mm. Tips are the ends of the bones; they are
about two fingertips' flesh apart where the skin touches.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.core.hand_state.angles import ANGLE, JointAngles
from models.core.skeleton import FINGERS, HAND, bone_sum
from models.core.types import Pose, frozen_array

_FLEXIONS = np.array([[ANGLE[f"{finger}_{part}_flexion"] for part in ("mcp", "pip", "dip")] for finger in FINGERS[:4]])
_STRAIGHT_DEG, _CURLING_DEG = 30.0, 190.0
_OPEN_CURL, _GRAB_SPAN = 0.1, 0.8
_APART, _TOGETHER = 0.085, 0.030
_THUMB_TIP, _INDEX_TIP = HAND.joints.index("thumb_tip"), HAND.joints.index("index_tip")


@dataclass(frozen=True, slots=True, eq=False)  # arrays inside: compared by identity
class Grips:
    """curls: (4,) of index, middle, ring and little finger; pinch, grab. All 0 .. 1."""

    curls: NDArray[np.float64]
    pinch: float
    grab: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "curls", frozen_array(self.curls, np.float64, (4,), "curls"))


def grips(pose: Pose, angles: JointAngles) -> Grips:
    """What a pose of 21 joints and its angles say."""
    curls = np.clip((angles.degrees[_FLEXIONS].sum(axis=1) - _STRAIGHT_DEG) / _CURLING_DEG, 0, 1)
    tips = pose.joints_cam_m[[_THUMB_TIP, _INDEX_TIP]]
    gap = float(np.linalg.norm(tips[0] - tips[1])) / max(bone_sum(pose.joints_cam_m), 1e-9)
    pinch = float(np.clip((_APART - gap) / (_APART - _TOGETHER), 0, 1))
    return Grips(curls, pinch, float(np.clip((curls.mean() - _OPEN_CURL) / _GRAB_SPAN, 0, 1)))
