"""V2V-PoseNet (Moon, Chang, Lee: "V2V-PoseNet", CVPR 2018, section 4.2 and figure 5)."""

from __future__ import annotations

from torch import Tensor, nn

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
        return PoseOutput(self.head(self.back(self.hourglass(self.front(occupancy)))))
