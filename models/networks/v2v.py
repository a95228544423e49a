"""V2V-PoseNet (Moon, Chang, Lee: "V2V-PoseNet", CVPR 2018, section 4.2 and figure 5)."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.networks.blocks import BasicBlock, DownsamplingBlock, ResidualBlock, UpsamplingBlock
from models.networks.decode import PoseOutput


class Hourglass(nn.Module):
    """The encoder and decoder: two levels down and back, joined by residual blocks. (B, 32, D, D, D) in and out."""

    def __init__(self) -> None:
        super().__init__()
        self.skip_fine = ResidualBlock(32, 32)
        self.encode_middle = nn.Sequential(DownsamplingBlock(), ResidualBlock(32, 64))
        self.skip_middle = ResidualBlock(64, 64)
        self.encode_coarse = nn.Sequential(DownsamplingBlock(), ResidualBlock(64, 128))
        self.bottom = nn.Sequential(ResidualBlock(128, 128), ResidualBlock(128, 128))
        self.up_middle = UpsamplingBlock(128, 64)
        self.decode_middle = ResidualBlock(64, 64)
        self.up_fine = UpsamplingBlock(64, 32)

    def forward(self, fine: Tensor) -> Tensor:
        middle = self.encode_middle(fine)
        coarse = self.bottom(self.encode_coarse(middle))
        middle = self.decode_middle(self.up_middle(coarse) + self.skip_middle(middle))
        return self.up_fine(middle) + self.skip_fine(fine)


class V2VPoseNet(nn.Module):
    """The paper's network; 3.410 M parameters at 21 joints.

    Input: occupancy (B, 1, 88, 88, 88) float, 0 or 1. Output: likelihoods (B, J, 44, 44, 44), trained towards
    Gaussians of peak 1. Weights start as N(0, 0.001), biases as 0.
    """

    input_resolution = 88
    output_resolution = 44

    def __init__(self, joints: int = 21) -> None:
        super().__init__()
        self.front = nn.Sequential(
            BasicBlock(1, 16, kernel=7),
            DownsamplingBlock(),
            ResidualBlock(16, 32),
            ResidualBlock(32, 32),
            ResidualBlock(32, 32),
        )
        self.hourglass = Hourglass()
        self.back = nn.Sequential(
            ResidualBlock(32, 32),
            BasicBlock(32, 32, kernel=1),
            BasicBlock(32, 32, kernel=1),
        )
        self.head = nn.Conv3d(32, joints, kernel_size=1)
        for module in self.modules():
            if isinstance(module, (nn.Conv3d, nn.ConvTranspose3d)):
                nn.init.normal_(module.weight, std=0.001)
                nn.init.zeros_(module.bias)  # type: ignore[arg-type]

    def forward(self, occupancy: Tensor) -> PoseOutput:
        return PoseOutput(self.head(self.back(self.hourglass(self._front(occupancy)))))

    def _front(self, occupancy: Tensor) -> Tensor:
        if not occupancy.is_cuda:
            return self.front(occupancy)
        return self.front[2:](first_blocks(occupancy, cast(BasicBlock, self.front[0])))


def first_blocks(occupancy: Tensor, block: BasicBlock) -> Tensor:
    """The first basic block and the downsampling block after it, (B, 1, D, D, D) to (B, C, D/2, D/2, D/2).

    The same numbers as from the blocks themselves, in a way that GPUs are faster at: `block` has a kernel of 7^3, one
    channel in and few out, which leaves matrix units idle. So the eight voxels that are pooled together become eight
    channels, in and out, and the kernel one of 4^3 over half the cells an axis.
    """
    convolution, normalisation, activation = block
    assert isinstance(convolution, nn.Conv3d) and convolution.bias is not None
    b, c = len(occupancy), convolution.out_channels
    d = occupancy.shape[-1] // 2
    padded = functional.pad(occupancy, (3,) * 6).reshape(b, d + 3, 2, d + 3, 2, d + 3, 2)
    cells = padded.permute(0, 2, 4, 6, 1, 3, 5).reshape(b, 8, d + 3, d + 3, d + 3)
    kernels = []
    for place in range(8):
        x, y, z = place >> 2, place >> 1 & 1, place & 1
        kernel = functional.pad(convolution.weight[:, 0], (z, 1 - z, y, 1 - y, x, 1 - x))
        kernel = kernel.reshape(c, 4, 2, 4, 2, 4, 2).permute(0, 2, 4, 6, 1, 3, 5)
        kernels.append(kernel.reshape(c, 8, 4, 4, 4))
    weight = torch.cat(kernels).contiguous(memory_format=torch.channels_last_3d)
    out = functional.conv3d(cells.contiguous(memory_format=torch.channels_last_3d), weight, convolution.bias.repeat(8))
    # Beside each other in memory: the channels of one voxel, then the eight voxels of a cell.
    voxels = out.permute(0, 2, 3, 4, 1).reshape(b, d, d, d * 8, c).permute(0, 4, 1, 2, 3)
    return functional.max_pool3d(activation(normalisation(voxels)), (1, 1, 8))
