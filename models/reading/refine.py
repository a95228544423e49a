"""Where a hand is: places in a depth frame, moved onto the hand and judged by the reference network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.core.crops import center_of_mass, depth_crop
from models.core.types import Cube, DepthFrame
from models.reading.networks import ReferenceNet
from models.reading.volume import MIN_POINTS

ROUNDS = 2
"""So often the first guess of a hand's place is moved."""
SEGMENT_M = 0.25
"""The centre of mass is of what is measured in a cube of this size around the hand (the paper has it segmented)."""
MIN_DEPTH_M = 0.05
"""Nearer to the camera than this, or behind it, there is nothing to look at."""


@dataclass(frozen=True, slots=True, eq=False)  # arrays inside: compared by identity
class Sighting:
    """Where the reference network sees a hand: centre (3,) metres, camera frame; presence in 0 .. 1."""

    center_cam_m: NDArray[np.float64]
    presence: float


def refine(
    network: ReferenceNet,
    frame: DepthFrame,
    centers_cam_m: Sequence[NDArray[Any]] | NDArray[Any],
    rounds: int = ROUNDS,
) -> list[Sighting]:
    """Each of N places (3,), metres, moved towards its hand `rounds` times, all in one batch.

    A place that is not in front of the camera, or would be moved out of there, stays where it is: presence 0.
    """
    card = network.card
    centers = np.array(centers_cam_m, dtype=np.float64).reshape(-1, 3)
    presence = np.zeros(len(centers))
    going = np.flatnonzero(_in_front(centers))
    for _ in range(rounds):
        if not len(going):
            break
        crops = [
            depth_crop(frame.raw, frame.depth_units, frame.camera, center, card.size_m, card.input_resolution)
            for center in centers[going]
        ]
        estimate = network.infer(np.stack(crops))
        moved = centers[going] + np.asarray(estimate.offset, dtype=np.float64) * card.size_m
        stays_in_front = _in_front(moved)
        presence[going] = np.where(stays_in_front, estimate.presence, 0.0)
        going = going[stays_in_front]
        centers[going] = moved[stays_in_front]
    return [Sighting(center, float(seen)) for center, seen in zip(centers, presence)]


def _in_front(centers: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which centres (N, 3) are numbers and lie in front of the camera."""
    usable: NDArray[np.bool_] = np.isfinite(centers).all(axis=1) & (centers[:, 2] > MIN_DEPTH_M)
    return usable


def segmented_center(
    frame: DepthFrame, truth_cam_m: NDArray[Any], segment_m: float = SEGMENT_M
) -> NDArray[np.float64] | None:
    """The centre of mass (3,) of a cube around a true reference point; None where too little is measured there."""
    return center_of_mass(frame.raw, frame.depth_units, frame.camera, Cube(truth_cam_m, segment_m), MIN_POINTS)
