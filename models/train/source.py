"""Where the batches of a run come from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

import torch

from models.train.config import TrainConfig
from models.train.data import Batch, CloudBatch, DataSpec, SampleStream, make_loader
from models.train.samplers import MakeSampler
from models.train.voxelise import augmented_batch, voxelised

COARSE_SHARE, COARSENESS = 0.3, 0.64
"""For so much of a run that grows the volumes have so much of their full resolution."""
_MULTIPLE = 8
"""Resolutions that V2V-PoseNet can halve three times."""

_AnyBatch = TypeVar("_AnyBatch", bound=Batch)


class BatchSource(Protocol):
    """What a Trainer trains on."""

    def batches(self, samples: int, progress: Callable[[], float]) -> Iterator[Batch]:
        """Endless batches for a run that has seen so many samples, on its device and as its task takes them.

        progress: says what share of the run is done; batches may change with it.
        """


@dataclass(frozen=True, slots=True)
class SampleSource:
    """Samples made in worker processes while the run goes on; `process` is the run's own number under torchrun."""

    config: TrainConfig
    spec: DataSpec
    make_sampler: MakeSampler
    device: torch.device
    process: int = 0

    def batches(self, samples: int, progress: Callable[[], float]) -> Iterator[Batch]:
        """Batches from where the run stands: no sample of an earlier place comes again."""
        config, on_gpu = self.config, self.device.type == "cuda"
        spec = replace(self.spec, as_clouds=True) if on_gpu or config.grow else self.spec
        stream = SampleStream(self.make_sampler, spec, (config.seed, self.process, samples))
        for batch in make_loader(stream, config.workers, pin_memory=on_gpu):
            yield self.prepared(batch, progress())

    def prepared(self, batch: Batch, progress: float) -> Batch:
        """A batch on the run's device, clouds as volumes."""
        moved = on_device(batch, self.device)
        if not isinstance(moved, CloudBatch):
            return moved
        full = self.spec.resolution
        resolution = resolution_at(progress, full) if self.config.grow else full
        return voxelised(augmented_batch(moved, self.spec.augmentation), self.spec.cube_m, resolution)


def on_device(batch: _AnyBatch, device: torch.device) -> _AnyBatch:
    """The batch with all its tensors on a device."""
    return type(batch)(*(tensor.to(device, non_blocking=True) for tensor in batch))


def resolution_at(progress: float, full: int) -> int:
    """Cells an axis of the volumes after a share `progress` of a run that grows, whose last volumes have `full`.

    A network of convolutions takes volumes of other sizes as they are, and one that has learned from coarser ones needs
    little to read finer ones (Tan and Le, "EfficientNetV2: smaller models and faster training", ICML 2021, section 4).
    """
    return full if progress >= COARSE_SHARE else round(COARSENESS * full / _MULTIPLE) * _MULTIPLE
