"""The reference-point network (paper, section 4.1, after DeepPrior++): from three depth crops to a 3D offset.

Beside the offset it says whether the crops show a hand at all and which side it is of.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class RefineOutput(NamedTuple):
    """offset: (B, 3) in fractions of the crop's size_m, to be added to its centre (camera axes).

    presence, right: (B,) logits.
    """

    offset: Tensor
    presence: Tensor
    right: Tensor


class CropBranch(nn.Module):
    """Three convolutions of one crop (B, 1, S, S), then what they found where: features (B, 4 K + 9 C).

    Each of `keypoints` attention maps (a softmax over S/4 x S/4 places) gives a point: its place, its depth in the crop
    and how much of it was measured. These "spatial softmax" points (Levine et al., "End-to-end training of deep
    visuomotor policies", JMLR 2016) say where a palm is at once; flattened maps, as in the paper's network, have
    to learn it place by place (models/README.md has the comparison). A coarse max-pool adds what there is to see.
    """

    places: Tensor

    def __init__(self, resolution: int, channels: tuple[int, int, int], keypoints: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for channels_in, channels_out in zip((2, *channels), channels):
            layers += [
                nn.Conv2d(channels_in, channels_out, 3, padding=1, bias=False),
                nn.BatchNorm2d(channels_out),
                nn.ReLU(inplace=True),
                nn.MaxPool2d(2),
            ]
        self.layers = nn.Sequential(*layers[:-1])
        self.attention = nn.Conv2d(channels[-1], keypoints, 1)
        cells = resolution // 4
        steps = (torch.arange(cells) + 0.5) / cells - 0.5
        v, u = torch.meshgrid(steps, steps, indexing="ij")
        self.register_buffer("places", torch.stack([u.flatten(), v.flatten()], dim=1), persistent=False)  # (S^2/16, 2)

    def forward(self, crop: Tensor) -> Tensor:
        measured = (crop < 1).to(crop.dtype)
        seen = torch.cat([crop * measured, measured], dim=1)
        maps = self.layers(seen)  # (B, C, S/4, S/4)
        weights = torch.softmax(self.attention(maps).flatten(2), dim=-1)  # (B, K, S^2/16)
        coarse = F.avg_pool2d(seen, 4).flatten(2)  # (B, 2, S^2/16): depth and share measured
        points = torch.cat([weights @ self.places, weights @ coarse.transpose(1, 2)], dim=2)  # (B, K, 4)
        cells = maps.shape[-1]
        return torch.cat([points.flatten(1), F.max_pool2d(maps, cells // 3).flatten(1)], dim=1)


class RefineNet(nn.Module):
    """One convolutional branch a crop, then fully connected layers and three heads; 0.4 M parameters.

    Input: crops (B, 3, 48, 48) float, -1 .. 1, as models/core/crops.py makes them. The paper has 8 filters a layer and
    fully connected layers of 1024; here there are more filters, because presence and side ask more of them, and
    keypoints instead of the large layers.
    """

    input_resolution = 48

    def __init__(
        self,
        channels: tuple[int, int, int] = (16, 32, 48),
        keypoints: int = 24,
        hidden: int = 192,
        dropout: float = 0.05,
    ) -> None:
        super().__init__()
        self.branches = nn.ModuleList(CropBranch(self.input_resolution, channels, keypoints) for _ in range(3))
        features = 3 * (4 * keypoints + 9 * channels[-1])
        self.trunk = nn.Sequential(
            nn.Linear(features, hidden, bias=False),
            nn.BatchNorm1d(hidden),  # without it most of these units died early in training and took the side along
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(hidden, hidden, bias=False),
            nn.BatchNorm1d(hidden),
            nn.ReLU(inplace=True),
        )
        self.heads = nn.Linear(hidden, 5)

    def forward(self, crops: Tensor) -> RefineOutput:
        branches = [branch(crops[:, i : i + 1]) for i, branch in enumerate(self.branches)]
        outputs = self.heads(self.trunk(torch.cat(branches, dim=1)))
        return RefineOutput(outputs[:, :3], outputs[:, 3], outputs[:, 4])
