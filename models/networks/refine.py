"""The reference-point network (paper, section 4.1, after DeepPrior++): from three depth crops to a 3D offset.

Beside the offset it says whether the crops show a hand at all and which side it is of.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn


class RefineOutput(NamedTuple):
    """offset: (B, 3) in fractions of the crop's size_m, to be added to its centre (camera axes).

    presence, right: (B,) logits.
    """

    offset: Tensor
    presence: Tensor
    right: Tensor


class CropBranch(nn.Sequential):
    """Three convolutions of one crop (B, 1, S, S), each max-pooled: features (B, C * (S/8)^2)."""

    def __init__(self, channels: tuple[int, int, int]) -> None:
        layers: list[nn.Module] = []
        for channels_in, channels_out in zip((1, *channels), channels):
            layers += [
                nn.Conv2d(channels_in, channels_out, 3, padding=1, bias=False),
                nn.BatchNorm2d(channels_out),
                nn.ReLU(inplace=True),
                nn.MaxPool2d(2),
            ]
        super().__init__(*layers, nn.Flatten())


class RefineNet(nn.Module):
    """One convolutional branch a crop, then fully connected layers with dropout and three heads.

    Input: crops (B, 3, 48, 48) float, -1 .. 1, as models/core/crops.py makes them. The paper has 8 filters a layer and
    layers of 1024; here there are more filters, because presence and side ask more of them, and smaller layers.
    """

    input_resolution = 48

    def __init__(self, channels: tuple[int, int, int] = (16, 32, 48), hidden: int = 256, dropout: float = 0.3) -> None:
        super().__init__()
        self.branches = nn.ModuleList(CropBranch(channels) for _ in range(3))
        features = 3 * channels[-1] * (self.input_resolution // 8) ** 2
        self.trunk = nn.Sequential(
            nn.Linear(features, hidden),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(hidden, hidden),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
        )
        self.heads = nn.Linear(hidden, 5)

    def forward(self, crops: Tensor) -> RefineOutput:
        branches = [branch(crops[:, i : i + 1]) for i, branch in enumerate(self.branches)]
        outputs = self.heads(self.trunk(torch.cat(branches, dim=1)))
        return RefineOutput(outputs[:, :3], outputs[:, 3], outputs[:, 4])
