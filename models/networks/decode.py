"""From likelihood volumes to joints below the voxel, in torch and ONNX exportable.

The decoders are for reading; training learns through `sharpened_expectation`. Both take volumes (B, J, D, D, D) and
return joints (B, J, 3) in cube coordinates (-0.5 .. 0.5, see models/core/voxels.py) and a confidence (B, J) in 0 .. 1.
models/core/heatmaps.py is the numpy reference.
expected: (B, J, 4), for each joint a place and a standard deviation, in cube edges. The volume is then multiplied by a
Gaussian there, on a floor of 5 % (the update of a Bayes filter), and the joint is read off the product. The confidence
is still that of the volume alone.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from models.core.heatmaps import EXPECTED_FLOOR

# Confidence = (mass of the volume in a window around the joint) / (mass that the training target has there). Along each
# axis the window is 1 up to 1.5 voxels and falls to 0 at 2.5. The target is a Gaussian of one voxel; its mass there is
# the integral of normal density times window, cubed.
_WINDOW_FULL, _WINDOW_END = 1.5, 2.5


def _window_share() -> float:
    def integral_to(limit: float) -> float:
        """Integral of min(limit, |x|)'s complement: E[max(limit - |x|, 0)] of a standard normal x."""
        density = math.exp(-(limit**2) / 2) / math.sqrt(2 * math.pi)
        return limit * math.erf(limit / math.sqrt(2)) - 2 * (1 / math.sqrt(2 * math.pi) - density)

    return (integral_to(_WINDOW_END) - integral_to(_WINDOW_FULL)) ** 3


_TARGET_MASS = _window_share()

SHARPNESS = 1.5
"""A joint's position is the mean under probabilities^1.5, normalised again.

Where a hidden joint may be at two places, the plain mean (power 1) lies between them. The power draws it to the
likelier place, as the median does, and that makes the mean distance smaller (docs/experiments.md).
"""


class PoseOutput(NamedTuple):
    """volumes: (B, J, D, D, D), likelihoods or logits. right: (B,) logits of a right hand, None without such a head."""

    volumes: Tensor
    right: Tensor | None = None


class Decoded(NamedTuple):
    """joints: (B, J, 3), cube coordinates. confidence: (B, J) in 0 .. 1."""

    joints: Tensor
    confidence: Tensor


def voxel_centers(resolution: int, like: Tensor) -> Tensor:
    """Cube coordinates (D,) of voxel centres along one axis, on the device of `like`, float32."""
    return (torch.arange(resolution, device=like.device, dtype=torch.float32) + 0.5) / resolution - 0.5


def separable_sum(volumes: Tensor, weights: Tensor) -> Tensor:
    """Sum (B, J) over the voxels of volumes (B, J, D, D, D), weighted along each axis by weights (B, J, 3, D)."""
    b, j, d = volumes.shape[:3]
    wx, wy, wz = weights.unbind(dim=2)
    planes = torch.matmul(wx.unsqueeze(2), volumes.reshape(b, j, d, d * d))  # (B, J, 1, D*D)
    lines = torch.matmul(wy.unsqueeze(2), planes.reshape(b, j, d, d))  # (B, J, 1, D)
    return (lines.squeeze(2) * wz).sum(dim=-1)


def expectation(probabilities: Tensor) -> Tensor:
    """Mean position (B, J, 3), cube coordinates, of normalised volumes (B, J, D, D, D).

    For learning: sums, which stay in float32 where training multiplies matrices in 16 bits. For reading: `mean_place`.
    """
    b, j, d = probabilities.shape[:3]
    centers = voxel_centers(d, probabilities)
    planes = probabilities.sum(dim=4)  # (B, J, D, D) over x, y
    x = planes.sum(dim=3) @ centers
    y = planes.sum(dim=2) @ centers
    z = probabilities.reshape(b, j, d * d, d).sum(dim=2) @ centers
    return torch.stack([x, y, z], dim=-1)


def sharpened_expectation(log_probabilities: Tensor) -> Tensor:
    """Mean position (B, J, 3), cube coordinates, under the power `SHARPNESS` of probabilities, given their logarithms.

    Logarithms (B, J, D, D, D) may be off by a constant a volume, as logits are.
    """
    flat = torch.softmax(SHARPNESS * log_probabilities.flatten(2), dim=-1)
    return expectation(flat.reshape(log_probabilities.shape))


def axis_gaussians(joints_cube: Tensor, resolution: int, sigma_voxels: float | Tensor) -> Tensor:
    """Unnormalised logs of Gaussians around joints (..., 3) along each axis: (..., 3, D). Sigma: one or (..., 1, 1)."""
    distance = (voxel_centers(resolution, joints_cube) - joints_cube.unsqueeze(-1)) * resolution
    return -(distance**2) / (2 * sigma_voxels**2)


def gaussian_volumes(joints_cube: Tensor, resolution: int, sigma_voxels: float | Tensor) -> Tensor:
    """Volumes (B, J, D, D, D) of Gaussians of peak 1 at joints (B, J, 3). Sigma: one or (B, J, 1, 1)."""
    gx, gy, gz = axis_gaussians(joints_cube, resolution, sigma_voxels).exp().unbind(dim=2)
    return gx[..., :, None, None] * gy[..., None, :, None] * gz[..., None, None, :]


def expected_likelihood(expected: Tensor, resolution: int) -> Tensor:
    """`models.core.heatmaps.expected_likelihood` of batches: (B, J, 4) to (B, J, D, D, D)."""
    gaussians = gaussian_volumes(expected[..., :3], resolution, expected[..., 3:, None] * resolution)
    return EXPECTED_FLOOR + (1 - EXPECTED_FLOOR) * gaussians


def mean_place(weights: Tensor) -> Tensor:
    """Mean position (B, J, 3), cube coordinates, under weights (B, J, D, D, D) of at least 0, not all 0.

    One multiplication of matrices goes through the volumes, the rest through planes; places are counted in voxels from
    the middle, which 16 bits hold exactly.
    """
    b, j, d = weights.shape[:3]
    steps = torch.arange(d, device=weights.device, dtype=torch.float32) - (d - 1) / 2
    rows = torch.stack([torch.ones_like(steps), steps])  # (2, D)
    sums = torch.matmul(rows, weights.reshape(b, j, d, d * d))  # (B, J, 2, D*D): over x, and over x times x
    planes = sums[:, :, 0].reshape(b, j, d, d)  # over y, z
    along_y = planes.sum(dim=3)
    moments = torch.stack([sums[:, :, 1].sum(dim=2), along_y @ steps, planes.sum(dim=2) @ steps], dim=-1)
    return moments / along_y.sum(dim=2, keepdim=True) / d


def decode_soft_argmax(logits: Tensor, expected: Tensor | None = None) -> Decoded:
    """Mean under the power `SHARPNESS` of the softmax p of each volume of logits, times what is expected, e.

    (p e)^1.5 is p e sqrt(p e): without logarithms, which runtimes are slow at and 16 bits too coarse for.

    Confidence, of the softmax as it is: the probability mass around the estimate (full weight within 1.5 voxels along
    each axis, none beyond 2.5), relative to what the training target, a Gaussian of one voxel, has there; at most 1. A
    volume split between two places or smeared out has little mass around its mean.
    """
    b, j, d = logits.shape[:3]
    probabilities = torch.softmax(logits.float().reshape(b, j, d * d * d), dim=-1).reshape(b, j, d, d, d)
    # Times d, or float16 could not hold the weights of a volume that is nearly flat.
    weights = probabilities * (d if expected is None else d * expected_likelihood(expected, d))
    joints = mean_place(weights * torch.sqrt(weights))
    distance = (joints.unsqueeze(-1) - voxel_centers(d, logits)).abs() * d  # (B, J, 3, D) in voxels
    mass = separable_sum(probabilities, torch.clamp(_WINDOW_END - distance, 0, _WINDOW_END - _WINDOW_FULL))
    return Decoded(joints, torch.clamp(mass / _TARGET_MASS, 0, 1))


def decode_local_mean(volumes: Tensor, expected: Tensor | None = None, radius: int = 2) -> Decoded:
    """Likelihood-weighted mean within `radius` voxels of each volume's peak; for Gaussian targets with peak 1.

    Negative likelihoods count as zero, the window is cut off at the border, and a volume without any positive value
    gives its peak. Confidence: the likelihood at the peak, clipped to 0 .. 1.
    """
    b, j, d = volumes.shape[:3]
    given = volumes.float().reshape(b, j, d * d * d)
    flat = given if expected is None else given * expected_likelihood(expected, d).reshape(b, j, d * d * d)
    index = flat.argmax(dim=-1)
    peak = given.gather(-1, index.unsqueeze(-1)).squeeze(-1)
    at = _place(index, d).unsqueeze(-1)  # (B, J, 3, 1)
    window = ((torch.arange(d, device=volumes.device) - at).abs() <= radius).float()  # (B, J, 3, D)
    likelihood = torch.relu(flat).reshape(b, j, d, d, d)
    total = separable_sum(likelihood, window)
    centers = voxel_centers(d, volumes)
    moments = [separable_sum(likelihood, _weighted_along(window, axis, centers)) for axis in range(3)]
    mean = torch.stack(moments, dim=-1) / torch.clamp(total, min=1e-12).unsqueeze(-1)
    at_peak = (at.squeeze(-1).float() + 0.5) / d - 0.5
    joints = torch.where((total > 1e-12).unsqueeze(-1), mean, at_peak)
    return Decoded(joints, torch.clamp(peak, 0, 1))


def highest_voxel(volumes: Tensor) -> Tensor:
    """The centre (B, J, 3), cube coordinates, of the highest voxel of volumes (B, J, D, D, D): the paper's decoding."""
    d = volumes.shape[-1]
    return (_place(volumes.flatten(2).argmax(dim=-1), d).float() + 0.5) / d - 0.5


def _place(index: Tensor, d: int) -> Tensor:
    """Voxels (B, J, 3) of places (B, J) in flat volumes."""
    along_x = torch.div(index, d * d, rounding_mode="floor")
    along_y = torch.div(index, d, rounding_mode="floor") - along_x * d
    along_z = index - (along_x * d + along_y) * d
    return torch.stack([along_x, along_y, along_z], dim=-1)


def _weighted_along(window: Tensor, axis: int, centers: Tensor) -> Tensor:
    """The window (B, J, 3, D) with the weights of one axis multiplied by the voxel centres (D,)."""
    rows = list(window.unbind(dim=2))
    rows[axis] = rows[axis] * centers
    return torch.stack(rows, dim=2)
