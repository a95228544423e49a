"""A run on samples that are made while it goes on, put together from its parts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from torch import Tensor, nn

from models.train.config import TrainConfig
from models.train.data import Batch, held_out
from models.train.devices import Processes, resolve_device
from models.train.log import TRAINING_LOG, Curves, TrainingLog
from models.train.loop import Trainer
from models.train.pictures import RunPictures
from models.train.progress import Evaluation
from models.train.samplers import MakeSampler
from models.train.schedule import schedule_of
from models.train.source import SampleSource, on_device
from models.train.start import start_from
from models.train.tasks import PoseTask, StreamTask

METRICS = "metrics.jsonl"
_CALIBRATION, _CALIBRATION_BATCH = 256, 16
"""Samples that restore the batch normalisations of an exported network."""


def make_trainer(
    config: TrainConfig, task: StreamTask, make_sampler: MakeSampler, folder: Path, allow_change: bool = False
) -> Trainer:
    """A run on what samplers draw.

    Raises ValueError where the folder holds a checkpoint of another model or data, the device is not there, or the run
    to start from does not fit.
    """
    processes = Processes()
    device = resolve_device(config.device, processes.local)
    source = SampleSource(config, task.data(config.batch, config.reuse), make_sampler, device, processes.rank)

    def calibration_inputs() -> Iterator[Tensor]:
        for batch in held_out(make_sampler, task.data(_CALIBRATION_BATCH, 1), config.seed, _CALIBRATION):
            yield task.inputs(on_device(batch, device))

    def initialise(network: nn.Module) -> None:
        start_from(network, Path(config.init), config.model, calibration_inputs(), config.data)

    start = initialise if config.init else None
    return Trainer(config, task, source, schedule_of(config), folder, start, allow_change)


def train(
    config: TrainConfig,
    task: StreamTask,
    make_sampler: MakeSampler,
    folder: Path,
    make_held_out: MakeSampler | None = None,
    allow_change: bool = False,
    curves: Curves | None = None,
    pictures: bool = False,
) -> Trainer:
    """Train to the end of the run, or until a stop is asked for, and return the trainer.

    `make_held_out` makes what held-out errors are measured on; by default `make_sampler`, from another seed. curves:
    where losses and held-out errors are drawn. pictures: of samples, after each tenth. Raises ValueError as
    `make_trainer` does, and DivergedError.
    """
    trainer = make_trainer(config, task, make_sampler, folder, allow_change)
    trainer.log = TrainingLog(folder / TRAINING_LOG, curves)
    evaluation = None
    batches: list[Batch] = []
    if config.eval_samples and trainer.processes.rank == 0:
        batches = held_out(make_held_out or make_sampler, task.data(config.batch, 1), config.seed, config.eval_samples)
        every_s = 60 * config.eval_minutes
        evaluation = Evaluation(task, batches, trainer.device, folder / METRICS, every_s, trainer.elapsed_s, curves)
    if pictures and isinstance(task, PoseTask):
        trainer.after_tenth = RunPictures(task, batches, trainer.device, folder).draw
    trainer.run(evaluation)
    return trainer
