"""Clouds bent at random, so that a network learns hands that are not quite those of the rig.

A smooth field moves a cloud and its joints together: fingers and palms of other proportions. A finer field moves the
cloud alone: other flesh over the same joints, and errors of a camera that change slowly over its image.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_WAVES = 6
_BODY_WAVELENGTHS_M = (0.1, 0.4)
_BODY_M = 0.006
"""At most so much along each axis (root mean square), which stretches or shrinks a finger by a tenth or so."""
_FLESH_WAVELENGTHS_M = (0.025, 0.08)
_FLESH_M = 0.0012


def random_field(
    rng: np.random.Generator, wavelengths_m: tuple[float, float], rms_m: float
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Wave vectors (K, 3) in radians a metre, phases (K,) and amplitudes (K, 3) in metres.

    Wavelengths are uniform in their logarithm, amplitudes normal: the field is `rms_m` along each axis in the mean.
    """
    directions = rng.normal(size=(_WAVES, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    shortest, longest = np.log(wavelengths_m)
    lengths = np.exp(rng.uniform(shortest, longest, _WAVES))
    waves = 2 * np.pi / lengths[:, None] * directions
    amplitudes = rms_m * np.sqrt(2 / _WAVES) * rng.normal(size=(_WAVES, 3))
    phases = rng.uniform(0, 2 * np.pi, _WAVES)
    return waves.astype(np.float32), phases.astype(np.float32), amplitudes.astype(np.float32)


def bent(points: NDArray, joints: NDArray, rng: np.random.Generator) -> tuple[NDArray, NDArray]:
    """Points (N, 3) and joints (J, 3) in metres, moved by fields whose strength varies from none to the largest."""
    body = random_field(rng, _BODY_WAVELENGTHS_M, _BODY_M * rng.random())
    flesh = random_field(rng, _FLESH_WAVELENGTHS_M, _FLESH_M * rng.random())
    return points + _at(points, body) + _at(points, flesh), joints + _at(joints, body)


def _at(points: NDArray, field: tuple[NDArray, NDArray, NDArray]) -> NDArray:
    """The field's shift (N, 3) of points (N, 3)."""
    # Wave by wave, not as matrix products: those would start a thread a core, where a worker runs already.
    x, y, z = np.ascontiguousarray(points.T)
    shift = np.zeros((3, len(points)), dtype=points.dtype)
    for (kx, ky, kz), phase, amplitude in zip(*field):
        shift += np.sin(kx * x + ky * y + kz * z + phase) * amplitude[:, None]
    return shift.T
