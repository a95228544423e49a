"""The reference-point network (paper, section 4.1): from a depth crop around a guess to a 3D offset to the hand.

The paper refines by regression from three crops, after DeepPrior++. Here the offset is read off a likelihood map with
depth beside it, as the paper does for joints. It learns from fewer samples (docs/experiments.md).
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class RefineOutput(NamedTuple):
    """offset: (B, 3) in fractions of the crop's size_m, to be added to its centre (camera axes). presence: (B,) logits.

    For training: points (B, P, 3) are the offsets to the reference point, which comes first, and to the joints;
    maps (B, P, S/2, S/2) are the logits of where they are.
    """

    offset: Tensor
    presence: Tensor
    points: Tensor
    maps: Tensor


class ConvBlock(nn.Sequential):
    """Convolution, batch normalisation, ReLU; keeps the resolution."""

    def __init__(self, channels_in: int, channels_out: int, kernel: int = 3) -> None:
        super().__init__(
            nn.Conv2d(channels_in, channels_out, kernel, padding=kernel // 2, bias=False),
            nn.BatchNorm2d(channels_out),
            nn.ReLU(inplace=True),
        )


class Residual(nn.Module):
    """Two 3x3 convolutions beside a skip."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.first = ConvBlock(channels_in, channels_out)
        self.second = nn.Sequential(
            nn.Conv2d(channels_out, channels_out, 3, padding=1, bias=False), nn.BatchNorm2d(channels_out)
        )
        self.skip: nn.Module = nn.Identity()
        if channels_in != channels_out:
            self.skip = nn.Sequential(nn.Conv2d(channels_in, channels_out, 1, bias=False), nn.BatchNorm2d(channels_out))

    def forward(self, maps: Tensor) -> Tensor:
        return F.relu(self.second(self.first(maps)) + self.skip(maps))


class RefineNet(nn.Module):
    """A small encoder and decoder with skips; 0.51 M parameters.

    Input: crops (B, 1, 48, 48) float, -1 .. 1, as models/core/crops.py makes them. A point's offset sideways is the
    mean place under the softmax of its map; its depth is the mean, under the same weights, of what the crop measured
    there plus a learned distance behind the surface. The hand's joints are learned beside the reference point because
    they teach the network what it looks at; only the reference point is used.
    """

    input_resolution = 48

    places: Tensor

    def __init__(self, joints: int = 21, channels: tuple[int, int, int, int] = (16, 32, 64, 96)) -> None:
        super().__init__()
        stem, fine, middle, coarse = channels
        self.points = 1 + joints
        self.stem = nn.Sequential(ConvBlock(2, stem), nn.MaxPool2d(2))
        self.encode_fine = Residual(stem, fine)
        self.encode_middle = nn.Sequential(nn.MaxPool2d(2), Residual(fine, middle))
        self.encode_coarse = nn.Sequential(nn.MaxPool2d(2), Residual(middle, coarse), Residual(coarse, coarse))
        self.up_middle = ConvBlock(coarse, middle, kernel=1)
        self.decode_middle = Residual(middle, middle)
        self.up_fine = ConvBlock(middle, fine, kernel=1)
        self.decode_fine = Residual(fine, fine)
        self.head = nn.Conv2d(fine, 2 * self.points, 1)
        self.presence = nn.Sequential(nn.Linear(2 * coarse, 64), nn.ReLU(inplace=True), nn.Linear(64, 1))
        cells = self.input_resolution // 2
        steps = (torch.arange(cells) + 0.5) / cells - 0.5
        v, u = torch.meshgrid(steps, steps, indexing="ij")
        self.register_buffer("places", torch.stack([u.flatten(), v.flatten()], dim=1), persistent=False)  # (S^2/4, 2)

    def forward(self, crops: Tensor) -> RefineOutput:
        measured = (crops < 1).to(crops.dtype)
        seen = torch.cat([crops * measured, measured], dim=1)  # (B, 2, S, S)
        fine = self.encode_fine(self.stem(seen))  # (B, 32, S/2, S/2)
        middle = self.encode_middle(fine)
        coarse = self.encode_coarse(middle)  # (B, 96, S/8, S/8)
        middle = self.decode_middle(F.interpolate(self.up_middle(coarse), scale_factor=2.0) + middle)
        fine = self.decode_fine(F.interpolate(self.up_fine(middle), scale_factor=2.0) + fine)
        maps, behind = self.head(fine).float().chunk(2, dim=1)  # (B, P, S/2, S/2) each
        weights = torch.softmax(maps.flatten(2), dim=2)
        # crops hold depth in halves of their width
        depth = 0.5 * F.avg_pool2d(seen[:, :1].float(), 2) + behind
        z = (weights * depth.flatten(2)).sum(dim=2, keepdim=True)
        points = torch.cat([weights @ self.places, z], dim=2)  # (B, P, 3)
        cells = coarse.float().flatten(2)
        presence = self.presence(torch.cat([cells.mean(dim=2), cells.amax(dim=2)], dim=1)).squeeze(1)
        return RefineOutput(points[:, 0], presence, points, maps)
