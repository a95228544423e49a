"""An endless film of one hand before a body, frame by frame: what the simulated camera sees and the truth about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.core.camera import MIRROR, project
from models.core.types import Camera, Handedness, Pose, frozen_array
from models.rendering.gestures import GESTURES
from models.rendering.limits import WRIST, clipped
from models.rendering.meshes import Mesh, capsule, ellipsoid
from models.rendering.rig import default_rig
from models.rendering.scene import TO_CAMERA, PlacedHand, euler, place_hand, render
from models.rendering.stage import AT_RANDOM, IN_TURN, Stage
from models.rendering.staging import farther_m, measured, random_angles, things

HAND_LENGTH_M = 0.186
GESTURE_S, BLEND_S = 1.0, 0.45
"""Each gesture takes this long, the change to it included."""
CYCLE = ("open", "fist", "point", "victory", "three", "four", "five", "claw", "pinch", "thumbs_up", "relaxed", "open")
"""Gestures in turn; during the last one's second half the hand drops out of view, and comes back with the first."""
DROP_M = 0.55
DISTANCE_M = 0.42
_TORSO_M = np.array([0.12, 0.42, 0.92])


@dataclass(frozen=True, slots=True)
class MovieFrame:
    """raw: (H, W) uint16 in units of the movie's depth_units, 0 where nothing is measured.

    poses: the truth about each hand that is to be seen, in the camera frame, metres; one of a film of one hand, none
    where it is not wholly in view.
    """

    raw: NDArray[np.uint16]
    poses: tuple[Pose, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "raw", frozen_array(self.raw, np.uint16, (None, None), "movie frame"))

    @property
    def pose(self) -> Pose | None:
        """The first hand's; None where no hand is to be seen."""
        return self.poses[0] if self.poses else None


class HandMovie:
    """Renders any frame by its index: a pure function of (seed, index), smooth in time. Safe in several threads."""

    def __init__(
        self,
        camera: Camera,
        fps: float = 30.0,
        seed: int = 0,
        depth_units: float = 0.001,
        hand: Handedness = "right",
        stage: Stage = Stage(),  # noqa: B008  frozen
    ) -> None:
        if fps <= 0 or depth_units <= 0:
            raise ValueError(f"movie: expected fps and depth units above zero, got {fps} and {depth_units}")
        self.camera, self.fps, self.depth_units, self.hand, self._seed = camera, fps, depth_units, hand, seed
        self._stage, self._farther_m = stage, farther_m(stage, DISTANCE_M)
        rng = np.random.default_rng(seed)
        rig = default_rig()
        self._person = rig.hand(rng.normal(0, 0.5, rig.components), HAND_LENGTH_M)
        self._phases = rng.uniform(0, 2 * np.pi, 12)
        self._periods_s = rng.uniform(2.3, 6.5, 12)

    @property
    def cycle_frames(self) -> int:
        """Frames after which the gestures start over."""
        return round(len(CYCLE) * GESTURE_S * self.fps)

    def render(self, index: int) -> MovieFrame:
        """Frame `index` (0 and up)."""
        if index < 0:
            raise ValueError(f"movie: expected a frame index of 0 or more, got {index}")
        time_s = index / self.fps
        placed = self._placed(time_s)
        meshes = [placed.mesh, *_body(placed, self._farther_m), *things(self._stage, self._farther_m)]
        if self.hand == "left":
            placed = placed.mirrored()
            meshes = [Mesh(mesh.vertices * MIRROR, mesh.triangles) for mesh in meshes]
        poses = (true_pose(placed, self.hand),) if wholly_in_view(placed, self.camera) else ()
        rng = np.random.default_rng([self._seed, index])
        depth = render(meshes, self.camera)
        return MovieFrame(measured(self._stage, depth, self.camera.fx, self.depth_units, rng), poses)

    def _sway(self, time_s: float, first: int) -> NDArray[np.float64]:
        """Three slow waves (3,) in -1 .. 1."""
        which = slice(first, first + 3)
        return np.sin(2 * np.pi * time_s / self._periods_s[which] + self._phases[which])

    def _placed(self, time_s: float) -> PlacedHand:
        pitch, yaw, roll = np.radians([10, 28, 14]) * self._sway(time_s, 0)
        wander = np.array([0.05, 0.025, 0.06]) * self._sway(time_s, 3)
        place = np.array([-0.04, 0.0, DISTANCE_M]) + wander + np.array([0.0, DROP_M * self._drop(time_s), 0.0])
        place += self._farther_m
        angles = staged_angles(self._stage, self._seed, time_s)
        angles[WRIST] = np.radians([12, 6, 10]) * self._sway(time_s, 6)
        return place_hand(self._person.pose(clipped(angles)), euler(pitch - 0.15, yaw, roll) @ TO_CAMERA, place)

    def _drop(self, time_s: float) -> float:
        """How far the hand is down, 0 (up) to 1: it sinks at the end of each cycle and rises at the start of the next.

        The very first cycle starts with the hand up. A gesture that is held stays up.
        """
        if self._stage.motion not in (IN_TURN, AT_RANDOM):
            return 0.0
        length = len(CYCLE) * GESTURE_S
        into = time_s % length
        sinking = ease((into - (length - 0.8)) / 0.5)
        rising = 1 - ease((into - 0.1) / 0.5) if time_s >= length else 0.0
        return max(sinking, rising)


def gesture_angles(time_s: float) -> NDArray[np.float64]:
    """Joint angles of the gesture of a moment, which changes smoothly into the next of `CYCLE`."""
    step, into = divmod(time_s, GESTURE_S)
    before, now = (GESTURES[CYCLE[int(step + d) % len(CYCLE)]] for d in (-1, 0))
    angles: NDArray[np.float64] = before + ease(into / BLEND_S) * (now - before)
    return angles


def staged_angles(stage: Stage, seed: int, time_s: float) -> NDArray[np.float64]:
    """Joint angles (24,) of a moment, as the stage has it."""
    if stage.motion == IN_TURN:
        return gesture_angles(time_s)
    if stage.motion != AT_RANDOM:
        return np.array(GESTURES[stage.motion])
    step, into = divmod(time_s, GESTURE_S)
    before, now = (random_angles(seed, max(int(step) + d, 0)) for d in (-1, 0))
    angles: NDArray[np.float64] = before + ease(into / BLEND_S) * (now - before)
    return angles


def ease(progress: float) -> float:
    """Smooth step from 0 to 1 (3 p^2 - 2 p^3)."""
    p = min(max(progress, 0.0), 1.0)
    return p * p * (3 - 2 * p)


def _body(hand: PlacedHand, farther_m: NDArray[np.float64]) -> list[Mesh]:
    """Upper arm, torso, neck and head of the person, who stands still behind the hand."""
    torso = _TORSO_M + farther_m
    shoulder = torso + np.array([-0.17, -0.24, -0.02])
    head = torso + np.array([0.0, -0.5, -0.02])
    return [
        capsule(hand.elbow_cam_m, shoulder, 0.043, 0.055),
        ellipsoid(torso, np.array([0.19, 0.34, 0.11])),
        ellipsoid(head, np.array([0.075, 0.11, 0.09])),
        capsule(head, torso, 0.05, 0.06),
    ]


def true_pose(hand: PlacedHand, side: Handedness) -> Pose:
    """The truth about a hand of a film."""
    return Pose(hand.joints_cam_m, np.ones(len(hand.joints_cam_m)), 1.0, side)


def wholly_in_view(hand: PlacedHand, camera: Camera) -> bool:
    """Whether every joint lies within the picture."""
    uv = project(hand.joints_cam_m, camera)
    return bool(((uv >= 0) & (uv <= [camera.width - 1, camera.height - 1])).all())
