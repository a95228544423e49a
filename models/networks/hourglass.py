"""What the compact networks share: down from 44 to 5 cells an axis, and up again to 22 with skips beside.

Built from the paper's blocks, in three dimensions or, to compare, in two.
"""

from __future__ import annotations

from torch import Tensor, nn

from models.networks.blocks import (
    CONVOLUTION,
    NORMALISATION,
    TRANSPOSED,
    DownsamplingBlock,
    ResidualBlock,
    UpsamplingBlock,
)

Widths = tuple[int, int, int]
"""Channels at 22, 11 and 5 cells an axis."""
COARSE_RESOLUTION = 5
VOLUME_WIDTHS: Widths = (16, 40, 80)
"""Of the networks that the paper's tables compare (models/networks/baselines.py)."""


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
    """Features of the encoder to `channels_out` channels at 22 cells an axis.

    With `middle_head` the features of 11 cells add to the answer, too, each cell to the eight that it covers: the few
    channels of 22 cells alone would have to tell all joints apart. It starts as nothing.
    """

    def __init__(self, widths: Widths, channels_out: int, dims: int, middle_head: bool = False) -> None:
        super().__init__()
        fine, middle, coarse = widths
        self.up_middle = UpsamplingBlock(coarse, middle, kernel=3, dims=dims)
        self.middle = ResidualBlock(middle, middle, dims)
        self.up_fine = UpsamplingBlock(middle, fine, dims=dims)
        self.fine = ResidualBlock(fine, fine, dims)
        self.head = CONVOLUTION[dims](fine, channels_out, kernel_size=1)
        self.middle_head: nn.Module | None = None
        if middle_head:
            self.middle_head = TRANSPOSED[dims](middle, channels_out, kernel_size=2, stride=2, bias=False)
            nn.init.zeros_(self.middle_head.weight)

    def forward(self, fine: Tensor, middle: Tensor, coarse: Tensor) -> Tensor:
        middle = self.middle(self.up_middle(coarse) + middle)
        answer = self.head(self.fine(self.up_fine(middle) + fine))
        return answer if self.middle_head is None else answer + self.middle_head(middle)
