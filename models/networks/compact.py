"""A compact voxel-to-voxel network for processors: 44^3 occupancy in, one volume of logits of 22^3 a joint out.

It keeps the paper's idea and blocks, and saves where a processor pays: the first convolution halves the resolution,
volumes stay at 22^3 and below, and positions come from a soft-argmax below the voxel instead of from resolution.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.networks.blocks import BasicBlock
from models.networks.decode import PoseOutput
from models.networks.hourglass import Decoder, Encoder, Widths

WIDTHS: Widths = (16, 64, 160)
"""Few at 22 cells, where a channel costs eight times as much as at 11; what a hand is like is learned further down."""


class SideHead(nn.Module):
    """Whether a volume shows a right hand or the mirror image of one: (B, C, 5, 5, 5) features to logits (B,).

    It takes the features that find the joints, because the side depends on where palm, fingers and thumb are. A network
    that learned sides alone, from depth crops, was right in 50 to 52 % (docs/experiments.md).
    """

    def __init__(self, channels: int, hidden: int = 48) -> None:
        super().__init__()
        self.features = BasicBlock(channels, hidden)
        self.answer = nn.Sequential(nn.Linear(2 * hidden, hidden), nn.ReLU(inplace=True), nn.Linear(hidden, 1))

    def forward(self, volumes: Tensor) -> Tensor:
        cells = self.features(volumes).flatten(2)  # (B, H, 125)
        return self.answer(torch.cat([cells.mean(dim=2), cells.amax(dim=2)], dim=1)).squeeze(1)


class CompactNet(nn.Module):
    """Encoder and decoder with two levels of skips, and if `sided` a head for the side; 3.26 M parameters at 21 joints.

    Input: occupancy (B, 1, 44, 44, 44) float, 0 or 1. Output: logits (B, J, 22, 22, 22) for a softmax over voxels; with
    the head also logits (B,), above zero for a right hand.
    """

    input_resolution = 44
    output_resolution = 22

    def __init__(self, joints: int = 21, widths: Widths = WIDTHS, sided: bool = True) -> None:
        super().__init__()
        self.encoder = Encoder(1, widths, dims=3)
        self.side = SideHead(widths[-1]) if sided else None
        self.decoder = Decoder(widths, joints, dims=3, middle_head=True)

    def forward(self, occupancy: Tensor) -> PoseOutput:
        fine, middle, coarse = self.encoder(occupancy)  # (B, 16, 22, 22, 22), (B, 64, 11, ...), (B, 160, 5, ...)
        return PoseOutput(self.decoder(fine, middle, coarse), None if self.side is None else self.side(coarse))
