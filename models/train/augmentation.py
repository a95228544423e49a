"""Random changes of clouds while a network learns from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Augmentation:
    """Random changes of a cloud about its reference point, each uniform in its range.

    rotation_rad: turns about the optical axis, from -rotation_rad to +rotation_rad. scale: smallest and largest factor.
    shift_m: along each axis, from -shift_m to +shift_m. always: change a cloud at its first use, too; otherwise only
    when it is used again.
    """

    rotation_rad: float
    scale: tuple[float, float]
    shift_m: float
    always: bool

    def reach(self, cube_m: float) -> float:
        """Edge in metres of the cube to read points from: all that a change can bring into a cube of `cube_m`."""
        turned = np.cos(self.rotation_rad) + np.sin(self.rotation_rad)
        return float((cube_m + 2 * self.shift_m) / self.scale[0] * turned)


SYNTHETIC_AUGMENTATION = Augmentation(np.radians(40.0), (0.85, 1.15), 0.008, always=False)
"""Of rendered clouds that are used again; the sampler itself varies size and place of the hands."""


def paper_augmentation(cube_m: float) -> Augmentation:
    """The paper's ranges (section 5.1) for a cube of `cube_m`; its 8 voxels are of 88 along an edge."""
    return Augmentation(np.radians(40.0), (0.8, 1.2), 8 / 88 * cube_m, always=True)


def random_change(rng: np.random.Generator, ranges: Augmentation) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A turn about the optical axis with a scale (3, 3), and a shift (3,) in metres: of points, change @ p + shift."""
    angle = rng.uniform(-ranges.rotation_rad, ranges.rotation_rad)
    scale = rng.uniform(*ranges.scale)
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    change = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, scale]])
    return change, rng.uniform(-ranges.shift_m, ranges.shift_m, 3)


def augmented(
    points: NDArray, joints: NDArray, rng: np.random.Generator, ranges: Augmentation = SYNTHETIC_AUGMENTATION
) -> tuple[NDArray, NDArray]:
    """Points (N, 3) and joints (J, 3) around the reference point, changed at random."""
    change, shift = random_change(rng, ranges)
    moved = points @ change.T.astype(np.float32) + shift.astype(np.float32)
    return moved, joints @ change.T + shift
