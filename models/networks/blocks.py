"""The four building blocks of V2V-PoseNet (paper, section 4.2 and figure 4). Volumes are (B, C, D, D, D).

With `dims` 2 they are the same blocks for maps (B, C, D, D), to compare networks that differ in their input only.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

CONVOLUTION: dict[int, type[nn.Conv2d] | type[nn.Conv3d]] = {2: nn.Conv2d, 3: nn.Conv3d}
NORMALISATION: dict[int, type[nn.BatchNorm2d] | type[nn.BatchNorm3d]] = {2: nn.BatchNorm2d, 3: nn.BatchNorm3d}
TRANSPOSED: dict[int, type[nn.ConvTranspose2d] | type[nn.ConvTranspose3d]] = {
    2: nn.ConvTranspose2d,
    3: nn.ConvTranspose3d,
}
_POOLING: dict[int, type[nn.MaxPool2d] | type[nn.MaxPool3d]] = {2: nn.MaxPool2d, 3: nn.MaxPool3d}


class BasicBlock(nn.Sequential):
    """Volumetric basic block: convolution, batch normalisation, ReLU. Keeps D (odd `kernel`)."""

    def __init__(self, channels_in: int, channels_out: int, kernel: int = 3, dims: int = 3) -> None:
        super().__init__(
            CONVOLUTION[dims](channels_in, channels_out, kernel, padding=kernel // 2),
            NORMALISATION[dims](channels_out),
            nn.ReLU(inplace=True),
        )


class ResidualBlock(nn.Module):
    """Volumetric residual block: two 3^3 convolutions beside a skip, which is 1^3 where the channels change."""

    def __init__(self, channels_in: int, channels_out: int, dims: int = 3) -> None:
        super().__init__()
        convolution, normalisation = CONVOLUTION[dims], NORMALISATION[dims]
        self.residual = nn.Sequential(
            convolution(channels_in, channels_out, 3, padding=1),
            normalisation(channels_out),
            nn.ReLU(inplace=True),
            convolution(channels_out, channels_out, 3, padding=1),
            normalisation(channels_out),
        )
        self.skip: nn.Module = nn.Identity()
        if channels_in != channels_out:
            self.skip = nn.Sequential(convolution(channels_in, channels_out, 1), normalisation(channels_out))

    def forward(self, volumes: Tensor) -> Tensor:
        return functional.relu(self.residual(volumes) + self.skip(volumes))


class DownsamplingBlock(nn.Sequential):
    """Volumetric downsampling block: max pooling that halves D, rounding down."""

    def __init__(self, dims: int = 3) -> None:
        super().__init__(_POOLING[dims](kernel_size=2, stride=2))


class UpsamplingBlock(nn.Sequential):
    """Volumetric upsampling block: transposed convolution of stride 2, batch normalisation, ReLU.

    `kernel` 2 doubles D; 3 gives 2 D + 1, the way back from an odd size.
    """

    def __init__(self, channels_in: int, channels_out: int, kernel: int = 2, dims: int = 3) -> None:
        super().__init__(
            TRANSPOSED[dims](channels_in, channels_out, kernel, stride=2),
            NORMALISATION[dims](channels_out),
            nn.ReLU(inplace=True),
        )
