"""What a pose network reads in a volume. It knows right hands only: left ones are mirrored, and their joints back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.core.camera import MIRROR
from models.core.skeleton import bone_sum
from models.core.types import Cube, DepthFrame, Handedness, frozen_array
from models.core.voxels import cam_to_cube, cube_to_cam
from models.reading.networks import PoseNet
from models.reading.volume import Volume, volume_of

SECOND_LOOKS: tuple[tuple[tuple[float, float, float], float], ...] = (
    ((0.0, 0.0, 0.0), 0.85),
    ((0.02, 0.0, 0.0), 1.0),
    ((-0.02, 0.0, 0.0), 1.0),
    ((0.0, 0.0, 0.02), 1.0),
    ((0.0, 0.0, 0.02), 0.85),
)
"""Cubes of a second look: moved by so many metres along the camera's axes, and times so large. Chosen on a real film of
a pointing hand seen from behind, whose palm was taken for the other hand's back: docs/experiments.md."""


@dataclass(frozen=True, slots=True, eq=False)  # arrays inside: compared by identity
class Expectation:
    """Where the joints of a hand should be by now: (J, 3) metres, camera frame.

    spread_m: how far they may be off along an axis, a standard deviation. hand: its side.
    """

    joints_cam_m: NDArray[np.float64]
    spread_m: float
    hand: Handedness

    def __post_init__(self) -> None:
        joints = frozen_array(self.joints_cam_m, np.float64, (None, 3), "expected joints")
        object.__setattr__(self, "joints_cam_m", joints)

    def in_cube(self, cube: Cube, side: Handedness) -> NDArray[np.float64] | None:
        """What PoseNet.infer expects of the cube read for a side: (J, 4); None for the other side than the hand's."""
        if side != self.hand:
            return None
        joints = cam_to_cube(self.joints_cam_m, cube) * (MIRROR if side == "left" else 1)
        return np.column_stack([joints, np.full(len(joints), self.spread_m / cube.size_m)])


@dataclass(frozen=True, slots=True)
class Look:
    """One pass of the network: a volume, taken for a hand of one side, and where its joints are expected."""

    volume: Volume
    side: Handedness
    expectation: Expectation | None = None


@dataclass(frozen=True, slots=True, eq=False)  # arrays inside: compared by identity
class HandReading:
    """The answer to one look.

    joints_cam_m: (J, 3) float64, metres, camera frame. confidence: (J,) float64 in 0 .. 1. side_probability: that the
    hand really is of the side it was taken for; None from networks that do not say. joint_sd_mm: (J,) float64, each
    joint's standard deviation along an axis; None from networks that were not calibrated.
    """

    look: Look
    joints_cam_m: NDArray[np.float64]
    confidence: NDArray[np.float64]
    side_probability: float | None
    joint_sd_mm: NDArray[np.float64] | None = None

    @property
    def is_doubtful(self) -> bool:
        """Whether the network takes the hand for one of the other side."""
        return self.side_probability is not None and self.side_probability < 0.5

    @property
    def trust(self) -> float:
        """Mean confidence of the joints, times the probability of the side where the network tells it."""
        return float(np.mean(self.confidence)) * (1.0 if self.side_probability is None else self.side_probability)


def read(network: PoseNet, looks: Sequence[Look]) -> list[HandReading]:
    """What the network answers to each look, in order."""
    return [_answer(network, look) for look in looks]


def _answer(network: PoseNet, look: Look) -> HandReading:
    cube, side = look.volume.cube, look.side
    expected = look.expectation.in_cube(cube, side) if look.expectation else None
    estimate = network.infer(look.volume.as_right(side), expected)
    joints_cube = np.asarray(estimate.joints_cube, dtype=np.float64) * (MIRROR if side == "left" else 1)
    calibration = network.card.joint_sd
    joint_sd_mm = None if calibration is None else calibration.of(estimate.confidence)
    return HandReading(look, cube_to_cam(joints_cube, cube), estimate.confidence, estimate.right, joint_sd_mm)


def read_cube(network: PoseNet, frame: DepthFrame, cube: Cube, side: Handedness) -> HandReading | None:
    """The hand of a known side in a cube of the frame; None where there is too little to see."""
    volume = volume_of(frame, cube, network.card.input_resolution)
    return read(network, [Look(volume, side)])[0] if volume.shows_enough else None


def read_around(
    network: PoseNet, frame: DepthFrame, center_cam_m: NDArray[Any], side: Handedness
) -> HandReading | None:
    """The hand of a known side around a point (3,), metres; None where there is too little to see.

    A network whose card has cube_of_bones reads twice: first with the card's own edge, then with
    (own edge + cube_of_bones * bones of the first pose) / 2. Half way only, because the first pose may be wrong. The
    tracker knows a hand's size better, from the frames before.
    """
    card = network.card
    reading = read_cube(network, frame, Cube(center_cam_m, card.size_m), side)
    if reading is None or card.cube_of_bones is None:
        return reading
    size_m = (card.size_m + card.cube_m(bone_sum(reading.joints_cam_m))) / 2
    return read_cube(network, frame, Cube(center_cam_m, size_m), side) or reading


def second_look(
    network: PoseNet, frame: DepthFrame, reading: HandReading, expectation: Expectation | None = None
) -> HandReading:
    """A doubtful reading of a hand whose side is known, read again in other cubes: the answer that is trusted most.

    A network that takes the hand for the other one has often turned its palm over. Other readings are returned as they
    are. This costs five passes of the network.
    """
    if not reading.is_doubtful:
        return reading
    cube, side = reading.look.volume.cube, reading.look.side
    cubes = [Cube(cube.center_cam_m + shift_m, cube.size_m * scale) for shift_m, scale in SECOND_LOOKS]
    volumes = [volume_of(frame, other, network.card.input_resolution) for other in cubes]
    answers = read(network, [Look(volume, side, expectation) for volume in volumes if volume.shows_enough])
    finite = [answer for answer in answers if np.isfinite(answer.joints_cam_m).all() and np.isfinite(answer.trust)]
    return max([reading, *finite], key=lambda answer: answer.trust)
