"""The mean of two runs' weights, as one network."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
from torch import nn
from torch.optim.swa_utils import update_bn

from models.core.protocol import PROTOCOLS
from models.data.registry import DATASETS
from models.train.config import SYNTHETIC
from models.train.data import batches, stream_seed
from models.train.dataset_stream import TrainingSamplers, training_frames
from models.train.samplers import MakeSampler, synthetic_samplers
from models.train.state import Checkpoint, load_checkpoint
from models.train.tasks import StreamTask

_BATCHES, _BATCH = 60, 16


def mix_in(saved: Checkpoint, run: Path) -> None:
    """weights = (weights of `saved` + weights of `run`) / 2. Both are running averages; `saved` is changed in place.

    run: the run that `saved` started from, or one that started from the same. The mean of two such networks is often
    better than both, most of all on data that neither has seen (Wortsman et al., "Robust fine-tuning of zero-shot
    models", CVPR 2022). Raises ValueError where `run` holds another network.
    """
    other = load_checkpoint(run).average
    if {name: tensor.shape for name, tensor in other.items()} != {n: t.shape for n, t in saved.average.items()}:
        raise ValueError(f"{run}: holds a checkpoint of another network")
    for name, tensor in saved.average.items():
        if tensor.is_floating_point():
            saved.average[name] = (tensor + other[name]) / 2


def training_samplers(saved: Checkpoint, make_sampler: MakeSampler | None, root: Path | None) -> MakeSampler:
    """What makes the samples that a run learned from; arguments and errors as in models.export.run.measured_batches."""
    config = saved.config
    if config["data"] != SYNTHETIC:
        dataset = DATASETS[config["data"]]
        frames = training_frames(dataset, str(root or config["root"]), config["held_out"], config.get("centers", ""))
        return TrainingSamplers(frames, dataset.cube_m, config["seed"], protocol=PROTOCOLS[config["protocol"]])
    return make_sampler or synthetic_samplers()


def measure_normalisations(network: nn.Module, task: StreamTask, make_sampler: MakeSampler, seed: int) -> None:
    """Measure the means and variances of all batch normalisations again, in place, on training samples.

    For the mean of two runs' weights neither run's own means and variances are right (Izmailov et al., "Averaging
    weights leads to wider optima and better generalization", UAI 2018).
    """
    entropy = stream_seed(seed, 0xB47C4)
    source = batches(make_sampler(entropy), task.data(_BATCH, 2), np.random.default_rng(entropy))
    update_bn((task.inputs(batch) for batch in islice(source, _BATCHES)), network)
