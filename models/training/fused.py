"""A network whose small operations a compiler joins: on a GPU they cost as much as the convolutions between them."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class Fused(nn.Module):
    """A network, compiled (torch.compile) for inputs of its full resolution; others take it as it is.

    Each further resolution would cost most of a minute again.
    """

    def __init__(self, network: nn.Module, resolution: int) -> None:
        super().__init__()
        self.network, self._resolution = network, resolution
        self._compiled = torch.compile(network.forward, dynamic=False)

    def forward(self, inputs: Tensor) -> Any:
        return self._compiled(inputs) if inputs.shape[-1] == self._resolution else self.network(inputs)
