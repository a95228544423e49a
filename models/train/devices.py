"""What a run computes on: this process among those of torchrun, its device and its precision."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

import torch
from torch import distributed


@dataclass(slots=True)
class Processes:
    """This process among those of torchrun; alone without it."""

    rank: int = field(default_factory=lambda: int(os.environ.get("RANK", "0")))
    world: int = field(default_factory=lambda: int(os.environ.get("WORLD_SIZE", "1")))
    local: int = field(default_factory=lambda: int(os.environ.get("LOCAL_RANK", "0")))

    def agree(self, values: tuple[float, bool]) -> tuple[float, bool]:
        """Progress as process 0 sees it, and whether any process wants to stop: the same answer in all of them."""
        if self.world == 1:
            return values
        shared = torch.tensor([values[0] if self.rank == 0 else 0.0, float(values[1])])
        if distributed.get_backend() == "nccl":
            shared = shared.cuda()
        distributed.all_reduce(shared)
        return shared[0].item(), shared[1].item() > 0


def resolve_device(name: str, local: int = 0) -> torch.device:
    """The torch device of "auto", "cpu" or "cuda". Raises ValueError where CUDA is asked for and not there."""
    if name == "cpu" or (name == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    if not torch.cuda.is_available():
        raise ValueError("device cuda: torch finds no CUDA device here; use --device cpu or auto")
    return torch.device("cuda", local)


def use_bfloat16(precision: str, device: torch.device) -> bool:
    """Whether to run the network in bfloat16: "auto" does so where the hardware multiplies it natively."""
    if precision != "auto":
        return precision == "bf16"
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    # Without AVX512_BF16 or AMX the processor emulates bfloat16, several times slower than float32.
    return bool(torch.cpu._is_avx512_bf16_supported())
