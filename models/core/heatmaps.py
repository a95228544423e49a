"""Per-joint likelihood volumes: targets and decoding below the voxel, in numpy (paper, section 4.2).

The same decoding runs inside the exported graphs (models/networks/decode.py); these functions are its reference.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.core.voxels import cube_to_voxel, voxel_to_cube

EXPECTED_FLOOR = 0.05
"""Likelihood of places far from where a joint is expected, relative to there: what is clearly seen overrules it."""
NOTHING_EXPECTED = (0.0, 0.0, 0.0, 1e3)
"""The row of a joint that may be anywhere, for `expected_likelihood`."""


def gaussian_targets(
    joints_cube: NDArray[Any], resolution: int, sigma_voxels: float | NDArray[Any]
) -> NDArray[np.float32]:
    """Likelihood volumes (J, D, D, D) float32 of joints (J, 3) in cube coordinates: Gaussians with peak 1.

    sigma_voxels: their standard deviation, one for all or (J,).
    """
    centers = cube_to_voxel(joints_cube, resolution)
    grid = np.arange(resolution) + 0.5
    profiles = np.exp(-((grid - centers[..., None]) ** 2) / (2 * np.reshape(sigma_voxels, (-1, 1, 1)) ** 2))
    volumes: NDArray[np.float32] = np.einsum("jx,jy,jz->jxyz", *profiles.transpose(1, 0, 2)).astype(np.float32)
    return volumes


def expected_likelihood(expected: NDArray[Any], resolution: int) -> NDArray[np.float32]:
    """How likely (J, D, D, D) each voxel is by what was known before: `EXPECTED_FLOOR` far away to 1 where expected.

    expected: (J, 4), where each joint is expected and how far around (standard deviation), all in cube edges.
    """
    gaussians = gaussian_targets(expected[:, :3], resolution, expected[:, 3] * resolution)
    return EXPECTED_FLOOR + (1 - EXPECTED_FLOOR) * gaussians


def decode_argmax(volumes: NDArray[Any]) -> NDArray[np.float64]:
    """Joints (J, 3), cube coordinates: centre of the highest voxel of each volume (J, D, D, D), as in the paper."""
    resolution = volumes.shape[-1]
    peaks = np.unravel_index(volumes.reshape(len(volumes), -1).argmax(axis=1), volumes.shape[1:])
    return voxel_to_cube(np.stack(peaks, axis=-1) + 0.5, resolution)


def decode_local_mean(volumes: NDArray[Any], radius: int = 2) -> NDArray[np.float64]:
    """Joints (J, 3), cube coordinates: likelihood-weighted mean within `radius` voxels of each volume's peak.

    Negative likelihoods count as zero. The window is cut off at the volume's border.
    """
    resolution = volumes.shape[-1]
    grid = np.arange(resolution) + 0.5
    joints = np.empty((len(volumes), 3))
    for j, volume in enumerate(volumes):
        peak = np.unravel_index(volume.argmax(), volume.shape)
        window = tuple(slice(max(p - radius, 0), p + radius + 1) for p in peak)
        weights = np.maximum(volume[window], 0).astype(np.float64)
        total = weights.sum()
        if total <= 0:
            joints[j] = np.array(peak) + 0.5
            continue
        for axis in range(3):
            marginal = weights.sum(axis=tuple(a for a in range(3) if a != axis))
            joints[j, axis] = marginal @ grid[window[axis]] / total
    return voxel_to_cube(joints, resolution)


def decode_soft_argmax(volumes: NDArray[Any], sharpness: float) -> NDArray[np.float64]:
    """Joints (J, 3), cube coordinates: expectation of each volume of logits (J, D, D, D).

    Under the softmax, raised to the power `sharpness` and normalised again.
    """
    resolution = volumes.shape[-1]
    flat = sharpness * volumes.reshape(len(volumes), -1).astype(np.float64)
    weights = np.exp(flat - flat.max(axis=1, keepdims=True))
    weights = (weights / weights.sum(axis=1, keepdims=True)).reshape(volumes.shape)
    grid = np.arange(resolution) + 0.5
    marginals = (weights.sum(axis=(2, 3)), weights.sum(axis=(1, 3)), weights.sum(axis=(1, 2)))
    return voxel_to_cube(np.stack([m @ grid for m in marginals], axis=-1), resolution)
