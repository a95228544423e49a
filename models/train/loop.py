"""The training loop: steps, progress, checkpoints, and ending cleanly."""

from __future__ import annotations

import io
import logging
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from models.outputs import write_whole
from models.train.changes import gone_on_with
from models.train.config import TrainConfig
from models.train.data import Batch
from models.train.devices import Processes, resolve_device, use_bfloat16
from models.train.log import TRAINING_LOG, TrainingLog
from models.train.progress import Evaluation, Meter
from models.train.schedule import Schedule
from models.train.source import BatchSource
from models.train.state import (
    CHECKPOINT,
    EPOCHS,
    Checkpoint,
    WeightAverage,
    epoch_path,
    give_weights,
    load_checkpoint,
    save_epoch,
)
from models.train.stop import StopRequest
from models.train.tasks import StepLoss, Task

CHECKPOINT_EVERY_S = 60.0
_log = logging.getLogger(__name__)


class DivergedError(Exception):
    """The loss stopped being a number; the message names the file that holds the batch."""


class Compiled(nn.Module):
    """A network, compiled (torch.compile) for inputs of its full resolution; others take it as it is.

    Its small operations are joined: on a GPU they cost as much as the convolutions between them. To compile for each
    further resolution would cost most of a minute again. Raises ValueError at the first step where this machine cannot.
    """

    def __init__(self, network: nn.Module, resolution: int) -> None:
        super().__init__()
        self.network, self._resolution = network, resolution
        self._compiled = torch.compile(network.forward, dynamic=False)

    def forward(self, inputs: Tensor) -> Any:
        if inputs.shape[-1] != self._resolution:
            return self.network(inputs)
        try:
            return self._compiled(inputs)
        except torch._dynamo.exc.TorchDynamoException as error:
            reason = str(error).strip().splitlines()[0]
            raise ValueError(f"the network cannot be compiled ({reason}); leave --compile away") from None


class Trainer:
    """One run in one folder, from its last checkpoint where there is one."""

    def __init__(
        self,
        config: TrainConfig,
        task: Task,
        source: BatchSource,
        schedule: Schedule,
        folder: Path,
        initialise: Callable[[nn.Module], None] | None = None,
        allow_change: bool = False,
    ) -> None:
        """initialise: gives the network its first weights in place; by default they are random. allow_change: go on
        with other settings than before.

        Raises ValueError where the folder holds a checkpoint of another model or data, or the device is not there.
        """
        self.config, self.task, self.source, self.schedule, self.folder = config, task, source, schedule, folder
        self.processes = Processes()
        self.device = resolve_device(config.device, self.processes.local)
        self.bfloat16 = use_bfloat16(config.precision, self.device)
        torch.manual_seed(config.seed)
        self.network = task.build().to(self.device)
        if any(isinstance(module, nn.Conv3d) for module in self.network.modules()):
            self.network = self.network.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
        resumes = (folder / CHECKPOINT).exists()
        if initialise is not None and not resumes:
            initialise(self.network)
        self.average = WeightAverage(self.network, config.ema_decay)
        self.optimizer = self._make_optimizer()
        self.samples, self.steps, self.elapsed_s, self.rate = 0, 0, 0.0, 0.0
        if resumes:
            self._resume(allow_change)
        self.log = TrainingLog(folder / TRAINING_LOG)
        self.after_tenth: Callable[[int, Batch, Mapping[str, Tensor]], None] | None = None
        self._wrapped: nn.Module = self.network
        if self.processes.world > 1:
            ids = [self.device.index] if self.device.type == "cuda" else None
            self._wrapped = DistributedDataParallel(self.network, device_ids=ids)
        if config.compile:
            self._wrapped = Compiled(self._wrapped, task.resolution)

    def _make_optimizer(self) -> torch.optim.Optimizer:
        if self.config.recipe == "paper":
            return torch.optim.RMSprop(self.network.parameters(), lr=self.config.lr, alpha=0.99, eps=1e-8)
        fused = self.device.type == "cuda"
        return torch.optim.AdamW(self.network.parameters(), lr=self.config.lr, weight_decay=1e-4, fused=fused)

    def _resume(self, allow_change: bool) -> None:
        saved = load_checkpoint(self.folder, self.device)
        self.config = gone_on_with(self.config, saved.config, saved.samples, self.folder, allow_change)
        give_weights(self.network, saved.network, self.folder)
        self.average.values = {name: saved.average[name].clone() for name in self.average.values}
        self.average.steps = saved.average_steps
        self.optimizer.load_state_dict(saved.optimizer)
        self.samples, self.steps, self.elapsed_s = saved.samples, saved.steps, saved.elapsed_s
        _log.info("resumed %s after %d samples and %.1f min", self.folder, self.samples, self.elapsed_s / 60)

    def progress(self) -> float:
        """Share of the run that is done, 0 .. 1 and beyond."""
        if self.config.samples is not None:
            return self.samples / self.config.samples if self.config.samples else 1.0
        assert self.config.time_budget_min is not None
        return self.elapsed_s / (60 * self.config.time_budget_min)

    def step(self, batch: Batch, rate: float) -> StepLoss:
        """One step at a learning rate. Raises DivergedError, the batch saved, where the loss is not finite."""
        self.rate = rate
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16):
            outputs = self._wrapped(self.task.inputs(batch))
        loss = self.task.loss(outputs, batch)
        if not torch.isfinite(loss.total):
            path = self.folder / f"diverged_batch_{self.processes.rank}.pt"
            buffer = io.BytesIO()
            torch.save({"batch": list(batch), "samples": self.samples}, buffer)
            write_whole(path, buffer.getvalue())
            raise DivergedError(f"{self.folder}: the loss is {loss.total.item()}; its batch is in {path}")
        self.optimizer.zero_grad()
        loss.total.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.average.update(self.network)
        return loss

    def save(self) -> None:
        """Write the checkpoint, and keep the weights of each tenth of the run as it ends; process 0 only."""
        Checkpoint(
            network=self.network.state_dict(),
            average=self.average.values,
            average_steps=self.average.steps,
            optimizer=self.optimizer.state_dict(),
            samples=self.samples,
            steps=self.steps,
            elapsed_s=self.elapsed_s,
            config=asdict(self.config),
        ).save(self.folder)
        self.log.flush(self.samples, self.elapsed_s, self.rate)
        epoch = self.epoch()
        if epoch and not epoch_path(self.folder, epoch).exists():
            save_epoch(self.folder, epoch, self.network.state_dict())

    def epoch(self) -> int:
        """Tenths of the run that are done."""
        return min(int(self.progress() * EPOCHS + 1e-9), EPOCHS)

    def run(self, evaluation: Evaluation | None = None) -> None:
        """Train until the budget is used up or a stop is asked for; the checkpoint is written either way.

        evaluation: run now and then and at the end; in process 0 only.
        """
        lead = self.processes.rank == 0
        self.folder.mkdir(parents=True, exist_ok=True)
        if lead:
            self.config.write(self.folder / "config.json")
        with StopRequest() as stop, Meter(self.samples, self.config.samples, show=lead) as meter:
            try:
                self._loop(stop, meter, evaluation)
            except Exception as error:
                # What a worker raised holds the loader in a cycle of its frames; the workers end with the loader.
                traceback.clear_frames(error.__traceback__)
                raise
        if lead:
            self.save()
        if evaluation is not None and not stop.requested:
            self._evaluate(evaluation)

    def _evaluate(self, evaluation: Evaluation) -> None:
        evaluation.run(self.average.values, self.samples, self.elapsed_s)

    def _loop(self, stop: StopRequest, meter: Meter, evaluation: Evaluation | None) -> None:
        self._wrapped.train()
        batches = self.source.batches(self.samples, self.progress)
        lead, started = self.processes.rank == 0, self.steps
        last = saved = time.monotonic()
        epoch = self.epoch()
        while True:
            progress, stopping = self.processes.agree((self.progress(), stop.requested))
            if progress >= 1 or stopping:
                return
            batch = next(batches)
            if self.steps == started:
                last = time.monotonic()  # waiting for the workers to start is not training
            loss = self.step(batch, self.schedule(self.steps, progress))
            now = time.monotonic()
            self.elapsed_s, last = self.elapsed_s + now - last, now
            self.steps += 1
            self.samples += self.config.batch * self.processes.world
            meter.update(self.config.batch * self.processes.world, self.progress(), loss.error_mm)
            if lead:
                self.log.add(loss, self.samples, self.elapsed_s, self.rate)
            if lead and (now - saved >= CHECKPOINT_EVERY_S or self.epoch() > epoch):
                self.save()
                if self.after_tenth is not None and self.epoch() > epoch:
                    self.after_tenth(self.epoch(), batch, self.average.values)
                    now = last = time.monotonic()
                saved, epoch = now, self.epoch()
            if evaluation is not None and evaluation.is_due(self.elapsed_s):
                self._evaluate(evaluation)
                last = time.monotonic()
