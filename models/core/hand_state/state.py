"""Everything that is known of one hand in one frame, and what makes it from pose after pose."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.core.hand_state.angles import JointAngles, joint_angles
from models.core.hand_state.gestures import Gesture, next_gesture, scores
from models.core.hand_state.grips import Grips, grips
from models.core.hand_state.motion import Motion
from models.core.hand_state.openxr import OF_POSE, PALM, OpenXrHand, openxr_hand
from models.core.skeleton import HAND, bone_lengths
from models.core.types import Pose, frozen_array


@dataclass(frozen=True, slots=True, eq=False)  # arrays inside: compared by identity
class HandState:
    """A hand in the camera frame (+X right, +Y down, +Z forward), metres. docs/hands.md says what each number is.

    pose: the 21 joints that it was made from. angles: of the joints. openxr: the 26 joints of OpenXR.
    grips: curls, pinch and grab strength. gesture: by hysteresis over the frames so far.
    bone_lengths_m: (20,) in the order of HAND.bones. velocities_m_s: (21, 3) of the joints, palm_velocity_m_s: (3,),
    both None where no earlier frame shows this hand.
    """

    pose: Pose
    angles: JointAngles
    openxr: OpenXrHand
    grips: Grips
    gesture: Gesture
    bone_lengths_m: NDArray[np.float64]
    velocities_m_s: NDArray[np.float64] | None = None
    palm_velocity_m_s: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        lengths = frozen_array(self.bone_lengths_m, np.float64, (len(HAND.bones),), "bone lengths")
        object.__setattr__(self, "bone_lengths_m", lengths)
        for name, shape in (("velocities_m_s", (len(HAND.joints), 3)), ("palm_velocity_m_s", (3,))):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, frozen_array(getattr(self, name), np.float64, shape, name))

    @property
    def joint_rotations(self) -> NDArray[np.float64]:
        """Quaternions (21, 4), x, y, z, w, of the joints' frames, those of OpenXR, in the order of HAND.joints."""
        rotations: NDArray[np.float64] = self.openxr.rotations[OF_POSE]
        return rotations

    @property
    def palm_position_m(self) -> NDArray[np.float64]:
        """The middle (3,) of the middle finger's metacarpal: OpenXR's palm joint."""
        palm: NDArray[np.float64] = self.openxr.positions_m[PALM]
        return palm

    @property
    def palm_normal(self) -> NDArray[np.float64]:
        """Unit vector (3,) out of the palm, the way in which fingers flex: -Y of the palm joint's frame."""
        x, y, z, w = self.openxr.rotations[PALM]
        return -np.array([2 * (x * y - z * w), 1 - 2 * (x * x + z * z), 2 * (y * z + x * w)])


@dataclass(slots=True)
class _Past:
    """What is remembered of one hand."""

    motion: Motion = field(default_factory=Motion)
    gesture: Gesture = Gesture.NONE


class HandStates:
    """Makes states from pose after pose of a right hand, a left one, or both. Used by one thread at a time."""

    def __init__(self) -> None:
        self._pasts: dict[str, _Past] = {}

    def reset(self) -> None:
        """Forget the frames so far: another hand or another film comes."""
        self._pasts.clear()

    def next(
        self,
        pose: Pose | None,
        time_s: float,
        elbow_cam_m: NDArray[Any] | None = None,
        angles: JointAngles | None = None,
    ) -> HandState | None:
        """The state at `time_s`, seconds on any clock; None without a pose, which also ends velocities and gesture.

        pose: of 21 joints. elbow_cam_m: (3,) where it is known, for the angles of the wrist. angles: those of a model
        that was fitted to the hand; without them the joints say the angles.
        """
        if pose is None:
            self.reset()
            return None
        if len(pose.joints_cam_m) != len(HAND.joints):
            raise ValueError(f"pose: expected {len(HAND.joints)} joints, got {len(pose.joints_cam_m)}")
        past = self._pasts.setdefault(pose.hand, _Past())
        angles = angles or joint_angles(pose, elbow_cam_m)
        openxr, grip = openxr_hand(pose), grips(pose, angles)
        past.gesture = next_gesture(past.gesture, scores(angles, grip))
        points = np.concatenate([pose.joints_cam_m, openxr.positions_m[[PALM]]])
        velocities = past.motion.velocities(points, time_s)
        return HandState(
            pose,
            angles,
            openxr,
            grip,
            past.gesture,
            bone_lengths(pose.joints_cam_m, HAND.bones),
            None if velocities is None else velocities[:-1],
            None if velocities is None else velocities[-1],
        )
