"""The four networks of the paper's Table 1: a depth map or voxels in, coordinates or likelihoods out.

All are built from the paper's blocks: an encoder 44 -> 22 -> 11 -> 5 cells an axis, then fully connected layers
(coordinates) or a decoder with skips up to 22 cells (likelihoods). For a depth map the blocks are two-dimensional and
wider, so that all four networks have about as many parameters.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.networks.blocks import BasicBlock
from models.networks.hourglass import COARSE_RESOLUTION, VOLUME_WIDTHS, Decoder, Encoder, Widths

RESOLUTION = 44
"""Cells an axis of the input: pixels of the depth map, voxels of the volume."""
VOLUME_RESOLUTION = 22
JOINTS = 21
DEPTH_WIDTHS: Widths = (64, 80, 120)
"""A 3^2 convolution has a third of the weights of a 3^3 one; and at 22 cells the channels of the depth map's network
have to tell 21 joints times 22 depths apart."""


class Regression(nn.Sequential):
    """Coarsest features (B, C, 5, ...) to coordinates (B, J, 3) by two fully connected layers.

    A 1^n convolution to `thin` channels keeps every place apart and the layers affordable.
    """

    def __init__(self, channels: int, thin: int, hidden: int, joints: int, dims: int) -> None:
        super().__init__(
            BasicBlock(channels, thin, kernel=1, dims=dims),
            nn.Flatten(),
            nn.Linear(thin * COARSE_RESOLUTION**dims, hidden),
            nn.ReLU(inplace=True),
            nn.Linear(hidden, 3 * joints),
            nn.Unflatten(1, (joints, 3)),
        )


class _OfDepthMap(nn.Module):
    """Input: crops (B, 1, 44, 44) float in -1 .. 1, rows along y and columns along x, 1 where nothing was measured."""

    def __init__(self, widths: Widths) -> None:
        super().__init__()
        self.encoder = Encoder(2, widths, dims=2)

    def encoded(self, crops: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Features of depth and, beside it, whether there is one."""
        measured = (crops < 1).to(crops.dtype)
        return self.encoder(torch.cat([crops * measured, measured], dim=1))


class DepthToCoordinates(_OfDepthMap):
    """Depth map to coordinates (B, J, 3)."""

    def __init__(self, joints: int = JOINTS, widths: Widths = DEPTH_WIDTHS) -> None:
        super().__init__(widths)
        self.regression = Regression(widths[2], thin=80, hidden=160, joints=joints, dims=2)

    def forward(self, crops: Tensor) -> Tensor:
        return self.regression(self.encoded(crops)[2])


class DepthToLikelihood(_OfDepthMap):
    """Depth map to logits (B, J, 22, 22, 22): the channels of its last map are the depths of each joint's volume."""

    def __init__(self, joints: int = JOINTS, widths: Widths = DEPTH_WIDTHS) -> None:
        super().__init__(widths)
        self.decoder = Decoder(widths, joints * VOLUME_RESOLUTION, dims=2)

    def forward(self, crops: Tensor) -> Tensor:
        maps = self.decoder(*self.encoded(crops))  # (B, J * 22, 22, 22): depth, y, x
        volumes = maps.unflatten(1, (-1, VOLUME_RESOLUTION))
        return volumes.permute(0, 1, 4, 3, 2)  # (B, J, x, y, z)


class VoxelsToCoordinates(nn.Module):
    """Occupancy (B, 1, 44, 44, 44) float, 0 or 1, to coordinates (B, J, 3)."""

    def __init__(self, joints: int = JOINTS, widths: Widths = VOLUME_WIDTHS) -> None:
        super().__init__()
        self.encoder = Encoder(1, widths, dims=3)
        self.regression = Regression(widths[2], thin=16, hidden=128, joints=joints, dims=3)

    def forward(self, occupancy: Tensor) -> Tensor:
        return self.regression(self.encoder(occupancy)[2])


class VoxelsToLikelihood(nn.Module):
    """Occupancy (B, 1, 44, 44, 44) float, 0 or 1, to logits (B, J, 22, 22, 22).

    A narrower CompactNet without its other heads.
    """

    def __init__(self, joints: int = JOINTS, widths: Widths = VOLUME_WIDTHS) -> None:
        super().__init__()
        self.encoder = Encoder(1, widths, dims=3)
        self.decoder = Decoder(widths, joints, dims=3)

    def forward(self, occupancy: Tensor) -> Tensor:
        return self.decoder(*self.encoder(occupancy))
