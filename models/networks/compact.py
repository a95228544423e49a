"""A compact voxel-to-voxel network for processors: 44^3 occupancy in, one volume of logits of 22^3 a joint out.

It keeps the paper's idea and blocks, and saves where a processor pays: the first convolution halves the resolution,
volumes stay at 22^3 and below, and positions come from a soft-argmax below the voxel instead of from resolution.
"""

from __future__ import annotations

from torch import Tensor, nn

from models.networks.blocks import DownsamplingBlock, ResidualBlock, UpsamplingBlock


class CompactNet(nn.Module):
    """Encoder and decoder with two levels of skips; 0.88 M parameters at 21 joints.

    Input: occupancy (B, 1, 44, 44, 44) float, 0 or 1. Output: logits (B, J, 22, 22, 22) for a softmax over voxels.
    """

    input_resolution = 44
    output_resolution = 22

    def __init__(self, joints: int = 21, channels: tuple[int, int, int] = (16, 40, 80)) -> None:
        super().__init__()
        fine, middle, coarse = channels
        self.stem = nn.Sequential(
            nn.Conv3d(1, fine, kernel_size=4, stride=2, padding=1, bias=False),
            nn.BatchNorm3d(fine),
            nn.ReLU(inplace=True),
        )
        self.encode_fine = ResidualBlock(fine, fine)
        self.encode_middle = nn.Sequential(DownsamplingBlock(), ResidualBlock(fine, middle))
        self.encode_coarse = nn.Sequential(
            DownsamplingBlock(), ResidualBlock(middle, coarse), ResidualBlock(coarse, coarse)
        )
        self.up_middle = UpsamplingBlock(coarse, middle, kernel=3)
        self.decode_middle = ResidualBlock(middle, middle)
        self.up_fine = UpsamplingBlock(middle, fine)
        self.decode_fine = ResidualBlock(fine, fine)
        self.head = nn.Conv3d(fine, joints, kernel_size=1)

    def forward(self, occupancy: Tensor) -> Tensor:
        fine = self.encode_fine(self.stem(occupancy))  # (B, 16, 22, 22, 22)
        middle = self.encode_middle(fine)  # (B, 40, 11, 11, 11)
        coarse = self.encode_coarse(middle)  # (B, 80, 5, 5, 5)
        middle = self.decode_middle(self.up_middle(coarse) + middle)
        fine = self.decode_fine(self.up_fine(middle) + fine)
        return self.head(fine)
