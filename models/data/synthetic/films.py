"""Films with truth: one hand of a stranger that moves before a camera as training does not have it, for measuring only.

A film is a function of its seed alone. Kinds come in turn (`KINDS`), cameras (`CAMERA_MODELS`) too; every second film
shows a left hand. Poses are drawn like those of the test sets, in turn; between them the joints turn evenly, so that
fingers may touch on the way as they do in no single drawn pose.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.core.camera import MIRROR, project
from models.core.types import Camera, DepthFrame, Pose, frozen_array
from models.data.synthetic.cameras import smeared
from models.data.synthetic.foreign import foreign_errors, foreign_phalanges
from models.data.synthetic.held import held_angles, held_view
from models.data.synthetic.poses import interpenetrates
from models.data.synthetic.samples import CAMERA_MODELS, random_place
from models.data.synthetic.variety import STRETCHED, draw_angles, draw_view
from models.rendering.gestures import GESTURES
from models.rendering.limits import WRIST
from models.rendering.meshes import Mesh, capsule, ellipsoid
from models.rendering.movie import ease, true_pose
from models.rendering.rig import Hand, default_rig
from models.rendering.scene import PlacedHand, euler, place_hand, render
from models.rendering.sensor import Sensor, quantized, sense

FPS, SECONDS = 30.0, 4.0
KINDS = ("slow", "fast", "hidden")
_KEY_S = {"slow": 1.0, "fast": 0.45, "hidden": 0.8}
"""From one drawn pose to the next; 0.7 of it is the change."""
_CHANGE = 0.7
_SWAY_HZ = {"slow": (0.15, 0.35), "fast": (0.5, 1.0), "hidden": (0.15, 0.45)}
_TURN_DEG, _WANDER_M = (10.0, 18.0, 12.0), (0.05, 0.04, 0.05)
"""How far hands turn and wander at most; fast ones wander at up to 0.5 m/s."""
_LENGTH_M, _THICKNESS, _THUMB_THICKNESS = (0.182, 0.014), (0.95, 1.25), (0.95, 1.15)
_NEAREST_ELBOW_M = 0.3
"""A camera held against the arm shows no hand."""
_SEEN_M = 0.022
"""A joint is seen where the surface before it is at most so far before it: it lies inside the flesh."""


@dataclass(frozen=True, slots=True, eq=False)  # arrays inside: compared by identity
class FilmFrame:
    """A depth image with the truth about its hand. seen: (21,) which joints nothing hides."""

    frame: DepthFrame
    truth: Pose
    seen: NDArray[np.bool_]

    def __post_init__(self) -> None:
        object.__setattr__(self, "seen", frozen_array(self.seen, np.bool_, (len(self.truth.joints_cam_m),), "seen"))


class Film:
    """One film. `frames` renders it from the start, the same each time."""

    def __init__(self, seed: int, seconds: float = SECONDS) -> None:
        if seed < 0 or seconds <= 0:
            raise ValueError(f"film: expected a seed of 0 or more and seconds above zero, got {seed} and {seconds}")
        self.seed, self.count = seed, max(round(seconds * FPS), 1)
        self.kind = KINDS[seed % len(KINDS)]
        self.is_left = bool(seed % 2)
        self.model = CAMERA_MODELS[seed % len(CAMERA_MODELS)]
        rng = np.random.default_rng([seed, 0xF115])
        self._person, self.length_m = _stranger(rng)
        self._sensor: Sensor = smeared(self.model.sensor, rng)
        self._backdrop_m = rng.uniform(1.2, 4.0) if rng.random() < 0.6 else None
        self._has_body = bool(rng.random() < 0.6)
        while True:
            self.camera: Camera = self.model.camera(rng)
            self._hands = self._motion(rng)
            if all(_in_view(hand, self.camera) for hand in self._hands):
                break

    def frames(self) -> Iterator[FilmFrame]:
        """The frames in order."""
        for number, hand in enumerate(self._hands):
            meshes = [hand.mesh, *self._body(hand)]
            shown = hand.mirrored() if self.is_left else hand
            if self.is_left:
                meshes = [Mesh(mesh.vertices * MIRROR, mesh.triangles) for mesh in meshes]
            exact = render(meshes, self.camera, backdrop_m=self._backdrop_m)
            seen = _seen(shown, exact, self.camera)
            depth = sense(exact, self.camera.fx, self._sensor, np.random.default_rng([self.seed, number]))
            depth = foreign_errors(depth, np.random.default_rng([self.seed, 0xE44]))
            raw = quantized(depth, self.model.depth_units)
            frame = DepthFrame(raw, self.model.depth_units, self.camera, number, 1000 * number / FPS, 0.0)
            yield FilmFrame(frame, true_pose(shown, "left" if self.is_left else "right"), seen)

    def _motion(self, rng: np.random.Generator) -> list[PlacedHand]:
        """The right hand in each frame."""
        key_s = _KEY_S[self.kind]
        keys = [self._key(rng) for _ in range(int(self.count / FPS / key_s) + 2)]
        view = held_view(rng) if self.kind == "hidden" else draw_view(STRETCHED, rng)
        place = random_place(self.camera, rng, cut=0)
        swings = rng.uniform(*_SWAY_HZ[self.kind], 6), rng.uniform(0, 2 * np.pi, 6), rng.uniform(0.4, 1, 6)
        hands = []
        for time_s in np.arange(self.count) / FPS:
            step, into_s = divmod(time_s, key_s)
            share = ease(into_s / (_CHANGE * key_s))
            angles = keys[int(step)] + share * (keys[int(step) + 1] - keys[int(step)])
            hz, phase, size = swings
            sway = size * np.sin(2 * np.pi * hz * time_s + phase)
            turn = euler(*(np.radians(_TURN_DEG) * sway[:3])) @ view
            hands.append(place_hand(self._person.pose(angles), turn, place + np.array(_WANDER_M) * sway[3:]))
        return hands

    def _key(self, rng: np.random.Generator) -> NDArray[np.float64]:
        """Angles (24,) whose fingers do not cut through each other; the wrist hardly turns on the way."""
        for _ in range(20):
            angles = held_angles(rng) if self.kind == "hidden" else draw_angles(STRETCHED, rng)
            angles[WRIST] = rng.normal(0, np.radians([15, 8, 12]))
            if not interpenetrates(self._person.pose(angles).joints_hand_m, self.length_m):
                return angles
        return GESTURES["open"].copy()

    def _body(self, hand: PlacedHand) -> list[Mesh]:
        """The rest of the arm, and in most films whoever holds it."""
        start = self._hands[0]
        forearm = start.elbow_cam_m - start.joints_cam_m[0]
        shoulder = start.elbow_cam_m + 0.6 * forearm + np.array([0.0, 0.1, 0.12])
        shoulder[2] = max(shoulder[2], _NEAREST_ELBOW_M)
        meshes = [capsule(hand.elbow_cam_m, shoulder, 0.043, 0.055)]
        if self._has_body:
            torso = shoulder + np.array([0.17, 0.2, 0.1])
            torso[2] = max(torso[2], max(each.joints_cam_m[:, 2].max() for each in self._hands) + 0.25)
            meshes += [
                ellipsoid(torso, np.array([0.19, 0.34, 0.11])),
                ellipsoid(torso - np.array([0.0, 0.5, 0.0]), np.array([0.075, 0.11, 0.09])),
            ]
        return meshes


def _stranger(rng: np.random.Generator) -> tuple[Hand, float]:
    """A hand of other proportions than training has, and its length."""
    rig = default_rig()
    length = float(np.clip(rng.normal(*_LENGTH_M), 0.15, 0.21))
    thickness = np.full(5, rng.uniform(*_THICKNESS))
    thickness[0] *= rng.uniform(*_THUMB_THICKNESS)
    shape = rng.normal(0, 0.9, rig.components)
    return rig.hand(shape, length, thickness, foreign_phalanges(rng), rng.uniform(0.95, 1.3)), length


def _in_view(hand: PlacedHand, camera: Camera) -> bool:
    """Whether the whole hand lies in the picture and in the range that a tracker searches."""
    joints = hand.joints_cam_m
    if not ((joints[:, 2] > 0.18) & (joints[:, 2] < 1.15)).all() or hand.elbow_cam_m[2] < _NEAREST_ELBOW_M:
        return False
    uv = project(joints, camera)
    return bool(((uv >= 0) & (uv <= [camera.width - 1, camera.height - 1])).all())


def _seen(hand: PlacedHand, exact_m: NDArray[np.float32], camera: Camera) -> NDArray[np.bool_]:
    """Which joints (21,) have no surface far before them in a perfect depth image (H, W)."""
    u, v = np.rint(project(hand.joints_cam_m, camera)).astype(int).T
    seen: NDArray[np.bool_] = hand.joints_cam_m[:, 2] - exact_m[v, u] < _SEEN_M
    return seen
