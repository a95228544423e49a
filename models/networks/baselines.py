"""The four networks of the paper's Table 1: a depth map or voxels in, coordinates or likelihoods out.

All are built from the paper's blocks at the scale of models/networks/compact.py, the depth map's in two dimensions and
wider, so that all four have about as many parameters. They share one encoder, 44 -> 22 -> 11 -> 5 cells an axis, and
differ in what follows: fully connected layers, or a decoder with skips up to 22 cells.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.networks.blocks import (
    CONVOLUTION,
    NORMALISATION,
    BasicBlock,
    DownsamplingBlock,
    ResidualBlock,
    UpsamplingBlock,
)

RESOLUTION = 44
"""Cells an axis of the input: pixels of the depth map, voxels of the volume."""
VOLUME_RESOLUTION = 22
JOINTS = 21
_COARSE_RESOLUTION = 5

Widths = tuple[int, int, int]
VOXEL_WIDTHS: Widths = (16, 40, 80)
"""Channels at 22, 11 and 5 cells, as in CompactNet."""
DEPTH_WIDTHS: Widths = (64, 80, 120)
"""A 3^2 convolution has a third of the weights of a 3^3 one; and at 22 cells the channels of the depth map's network
have to tell 21 joints times 22 depths apart."""


class Encoder(nn.Module):
    """Inputs (B, C, 44, ...) to features of 22, 11 and 5 cells an axis, finest first."""

    def __init__(self, channels_in: int, widths: Widths, dims: int) -> None:
        super().__init__()
        fine, middle, coarse = widths
        self.stem = nn.Sequential(
            CONVOLUTION[dims](channels_in, fine, kernel_size=4, stride=2, padding=1, bias=False),
            NORMALISATION[dims](fine),
            nn.ReLU(inplace=True),
        )
        self.fine = ResidualBlock(fine, fine, dims)
        self.middle = nn.Sequential(DownsamplingBlock(dims), ResidualBlock(fine, middle, dims))
        self.coarse = nn.Sequential(
            DownsamplingBlock(dims), ResidualBlock(middle, coarse, dims), ResidualBlock(coarse, coarse, dims)
        )

    def forward(self, inputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        fine = self.fine(self.stem(inputs))
        middle = self.middle(fine)
        return fine, middle, self.coarse(middle)


class Decoder(nn.Module):
    """Features of the encoder to `channels_out` channels at 22 cells an axis."""

    def __init__(self, widths: Widths, channels_out: int, dims: int) -> None:
        super().__init__()
        fine, middle, coarse = widths
        self.up_middle = UpsamplingBlock(coarse, middle, kernel=3, dims=dims)
        self.middle = ResidualBlock(middle, middle, dims)
        self.up_fine = UpsamplingBlock(middle, fine, dims=dims)
        self.fine = ResidualBlock(fine, fine, dims)
        self.head = CONVOLUTION[dims](fine, channels_out, kernel_size=1)

    def forward(self, fine: Tensor, middle: Tensor, coarse: Tensor) -> Tensor:
        middle = self.middle(self.up_middle(coarse) + middle)
        return self.head(self.fine(self.up_fine(middle) + fine))


class Regression(nn.Sequential):
    """Coarsest features (B, C, 5, ...) to coordinates (B, J, 3) by two fully connected layers.

    A 1^n convolution to `thin` channels keeps every place apart and the layers affordable.
    """

    def __init__(self, channels: int, thin: int, hidden: int, joints: int, dims: int) -> None:
        super().__init__(
            BasicBlock(channels, thin, kernel=1, dims=dims),
            nn.Flatten(),
            nn.Linear(thin * _COARSE_RESOLUTION**dims, hidden),
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

    def __init__(self, joints: int = JOINTS, widths: Widths = VOXEL_WIDTHS) -> None:
        super().__init__()
        self.encoder = Encoder(1, widths, dims=3)
        self.regression = Regression(widths[2], thin=16, hidden=128, joints=joints, dims=3)

    def forward(self, occupancy: Tensor) -> Tensor:
        return self.regression(self.encoder(occupancy)[2])


class VoxelsToLikelihood(nn.Module):
    """Occupancy (B, 1, 44, 44, 44) float, 0 or 1, to logits (B, J, 22, 22, 22): CompactNet without its side head."""

    def __init__(self, joints: int = JOINTS, widths: Widths = VOXEL_WIDTHS) -> None:
        super().__init__()
        self.encoder = Encoder(1, widths, dims=3)
        self.decoder = Decoder(widths, joints, dims=3)

    def forward(self, occupancy: Tensor) -> Tensor:
        return self.decoder(*self.encoder(occupancy))
