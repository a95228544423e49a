"""An endless film of both hands of a person: they cross, touch and hide each other, over and over."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.core.camera import MIRROR, project
from models.core.types import Camera, Pose
from models.rendering.limits import WRIST, clipped
from models.rendering.meshes import Mesh, capsule, ellipsoid
from models.rendering.movie import (
    CYCLE,
    GESTURE_S,
    HAND_LENGTH_M,
    MovieFrame,
    ease,
    staged_angles,
    true_pose,
    wholly_in_view,
)
from models.rendering.rig import default_rig
from models.rendering.scene import TO_CAMERA, PlacedHand, euler, place_hand, render
from models.rendering.stage import Stage
from models.rendering.staging import farther_m, measured, things

ACT_S = 2.5
"""Each act takes this long; it begins and ends with the hands side by side."""
OUT_S, BACK_S, MOVE_S = 0.3, 1.5, 0.7
"""In an act the hands leave at the first, come back from the second, and each way takes the third."""
SEEN_SHARE = 0.5
"""A hand of which less than this is to be seen, because the other one hides it, has no truth in that frame."""
_HOME_M = np.array([-0.13, 0.02, 0.45])
_TORSO_M = np.array([0.0, 0.42, 0.95])
_SHOULDER_M = np.array([-0.18, 0.16, 0.93])
# Radians for each metre that a hand is away from home: the forearm goes on pointing at its own elbow.
_LEAN = 1.6


@dataclass(frozen=True, slots=True)
class Act:
    """Where the right and the left hand are half way through an act: (3,) metres from the middle between both homes."""

    right_m: tuple[float, float, float]
    left_m: tuple[float, float, float]

    def of(self, hand: int) -> NDArray[np.float64]:
        """Of the right hand (0) or the left one (1)."""
        return np.array((self.right_m, self.left_m)[hand])


CROSS_RIGHT_IN_FRONT = Act((0.12, 0.01, -0.06), (-0.12, -0.01, 0.07))
CROSS_LEFT_IN_FRONT = Act((0.12, -0.01, 0.07), (-0.12, 0.01, -0.06))
TOUCH = Act((-0.05, 0.0, -0.01), (0.05, 0.0, 0.01))
RIGHT_HIDES_LEFT = Act((0.02, 0.0, -0.07), (0.03, 0.0, 0.07))
LEFT_HIDES_RIGHT = Act((-0.03, 0.0, 0.07), (-0.02, 0.0, -0.07))
ACTS = (CROSS_RIGHT_IN_FRONT, TOUCH, CROSS_LEFT_IN_FRONT, RIGHT_HIDES_LEFT, LEFT_HIDES_RIGHT)


class TwoHandMovie:
    """Renders any frame by its index: a pure function of (seed, index), smooth in time. Safe in several threads."""

    def __init__(
        self,
        camera: Camera,
        fps: float = 30.0,
        seed: int = 0,
        depth_units: float = 0.001,
        stage: Stage = Stage(),  # noqa: B008  frozen
    ) -> None:
        if fps <= 0 or depth_units <= 0:
            raise ValueError(f"movie: expected fps and depth units above zero, got {fps} and {depth_units}")
        self.camera, self.fps, self.depth_units, self._seed = camera, fps, depth_units, seed
        self._stage, self._farther_m = stage, farther_m(stage, float(_HOME_M[2]))
        rng = np.random.default_rng(seed)
        rig = default_rig()
        self._person = rig.hand(rng.normal(0, 0.5, rig.components), HAND_LENGTH_M)
        self._phases = rng.uniform(0, 2 * np.pi, (2, 9))
        self._periods_s = rng.uniform(2.3, 6.5, (2, 9))
        # The hands make different gestures, in another order of phase for each seed.
        self._ahead_s = rng.uniform(0, GESTURE_S * len(CYCLE), 2)

    @property
    def cycle_frames(self) -> int:
        """Frames after which the acts start over."""
        return round(len(ACTS) * ACT_S * self.fps)

    def render(self, index: int) -> MovieFrame:
        """Frame `index` (0 and up)."""
        if index < 0:
            raise ValueError(f"movie: expected a frame index of 0 or more, got {index}")
        time_s = index / self.fps
        right, left = self._placed(time_s, 0), self._placed(time_s, 1).mirrored()
        clutter = things(self._stage, self._farther_m)
        depth = render([right.mesh, left.mesh, *_body(right, left, self._farther_m), *clutter], self.camera)
        poses: list[Pose] = []
        if self._is_seen(right, depth):
            poses.append(true_pose(right, "right"))
        if self._is_seen(left, depth):
            poses.append(true_pose(left, "left"))
        rng = np.random.default_rng([self._seed, index])
        return MovieFrame(measured(self._stage, depth, self.camera.fx, self.depth_units, rng), tuple(poses))

    def _placed(self, time_s: float, hand: int) -> PlacedHand:
        """The right hand (0), or the left one as its mirror image shows it (1)."""
        act, into_s = divmod(time_s, ACT_S)
        away = ease((into_s - OUT_S) / MOVE_S) - ease((into_s - BACK_S) / MOVE_S)
        aim = ACTS[int(act) % len(ACTS)].of(hand) * (MIRROR if hand else 1) + [0.0, _HOME_M[1], _HOME_M[2]]
        place = _HOME_M + away * (aim - _HOME_M) + np.array([0.012, 0.015, 0.012]) * self._sway(time_s, hand, 0)
        pitch, yaw, roll = np.radians([10, 25, 8]) * self._sway(time_s, hand, 3)
        roll += _LEAN * (place[0] - _HOME_M[0])
        angles = staged_angles(self._stage, self._seed + hand, time_s + self._ahead_s[hand])
        angles[WRIST] = np.radians([10, 5, 8]) * self._sway(time_s, hand, 6)
        return place_hand(
            self._person.pose(clipped(angles)), euler(pitch - 0.15, yaw, roll) @ TO_CAMERA, place + self._farther_m
        )

    def _sway(self, time_s: float, hand: int, first: int) -> NDArray[np.float64]:
        """Three slow waves (3,) in -1 .. 1."""
        which = hand, slice(first, first + 3)
        return np.sin(2 * np.pi * time_s / self._periods_s[which] + self._phases[which])

    def _is_seen(self, hand: PlacedHand, depth: NDArray[np.float32]) -> bool:
        """Whether a hand is wholly in view, and not for the most part behind something in the depth image (H, W)."""
        if not wholly_in_view(hand, self.camera):
            return False
        uv = project(hand.joints_cam_m, self.camera)
        (left, top), (right, bottom) = np.floor(uv.min(axis=0)).astype(int), np.ceil(uv.max(axis=0)).astype(int) + 1
        window = slice(top, bottom), slice(left, right)
        alone = render([hand.mesh], self.camera, window)
        there = np.isfinite(alone)
        return bool(np.count_nonzero(depth[window][there] >= alone[there]) >= SEEN_SHARE * np.count_nonzero(there))


def _body(right: PlacedHand, left: PlacedHand, farther_m: NDArray[np.float64]) -> list[Mesh]:
    """Upper arms, torso, neck and head of the person, who stands still behind the hands."""
    torso, shoulder = _TORSO_M + farther_m, _SHOULDER_M + farther_m
    head = torso + np.array([0.0, -0.5, -0.02])
    return [
        capsule(right.elbow_cam_m, shoulder, 0.043, 0.055),
        capsule(left.elbow_cam_m, shoulder * MIRROR, 0.043, 0.055),
        ellipsoid(torso, np.array([0.19, 0.34, 0.11])),
        ellipsoid(head, np.array([0.075, 0.11, 0.09])),
        capsule(head, torso, 0.05, 0.06),
    ]
