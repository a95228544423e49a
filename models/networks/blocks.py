"""The four building blocks of V2V-PoseNet (paper, section 4.2 and figure 4). Volumes are (B, C, D, D, D)."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional


class BasicBlock(nn.Sequential):
    """Volumetric basic block: convolution, batch normalisation, ReLU. Keeps D (odd `kernel`)."""

    def __init__(self, channels_in: int, channels_out: int, kernel: int = 3) -> None:
        super().__init__(
            nn.Conv3d(channels_in, channels_out, kernel, padding=kernel // 2),
            nn.BatchNorm3d(channels_out),
            nn.ReLU(inplace=True),
        )


class ResidualBlock(nn.Module):
    """Volumetric residual block: two 3^3 convolutions beside a skip, which is 1^3 where the channels change."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.residual = nn.Sequential(
            nn.Conv3d(channels_in, channels_out, 3, padding=1),
            nn.BatchNorm3d(channels_out),
            nn.ReLU(inplace=True),
            nn.Conv3d(channels_out, channels_out, 3, padding=1),
            nn.BatchNorm3d(channels_out),
        )
        self.skip: nn.Module = nn.Identity()
        if channels_in != channels_out:
            self.skip = nn.Sequential(nn.Conv3d(channels_in, channels_out, 1), nn.BatchNorm3d(channels_out))

    def forward(self, volumes: Tensor) -> Tensor:
        return functional.relu(self.residual(volumes) + self.skip(volumes))


class DownsamplingBlock(nn.MaxPool3d):
    """Volumetric downsampling block: max pooling that halves D, rounding down."""

    def __init__(self) -> None:
        super().__init__(kernel_size=2, stride=2)


class UpsamplingBlock(nn.Sequential):
    """Volumetric upsampling block: transposed convolution of stride 2, batch normalisation, ReLU.

    `kernel` 2 doubles D; 3 gives 2 D + 1, the way back from an odd size.
    """

    def __init__(self, channels_in: int, channels_out: int, kernel: int = 2) -> None:
        super().__init__(
            nn.ConvTranspose3d(channels_in, channels_out, kernel, stride=2),
            nn.BatchNorm3d(channels_out),
            nn.ReLU(inplace=True),
        )
