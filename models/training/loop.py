"""The training loop: steps, progress, checkpoints, and ending cleanly."""

from __future__ import annotations

import logging
import math
import os
import signal
import threading
import time
import traceback
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import FrameType
from typing import cast

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from models.training.config import TrainConfig
from models.training.data import Batch, MakeMaker, SampleStream, held_out, make_loader
from models.training.exported import start_from_exported
from models.training.fused import Fused
from models.training.growth import resolution_at
from models.training.progress import Evaluation, Meter
from models.training.state import (
    CHECKPOINT,
    EPOCHS,
    Checkpoint,
    WeightAverage,
    epoch_path,
    load_checkpoint,
    save_epoch,
)
from models.training.takeover import take_over
from models.training.tasks import ModelTask, PoseTask, StepLoss, StreamTask, Task

CHECKPOINT_EVERY_S = 60.0
_WARMUP_STEPS = 200
_FLOOR = 0.005
_CALIBRATION, _CALIBRATION_BATCH = 256, 16
"""Samples that restore the batch normalisations of an exported network."""
_log = logging.getLogger(__name__)


class DivergedError(Exception):
    """The loss stopped being a number; the message names the file that holds the batch."""


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


class StopRequest:
    """Set by Ctrl-C or SIGTERM while entered; a second Ctrl-C interrupts at once."""

    def __init__(self) -> None:
        self.requested = False
        self._previous: dict[int, object] = {}

    def __enter__(self) -> StopRequest:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._previous[number] = signal.signal(number, self._handle)
        return self

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.requested and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.requested = True

    def __exit__(self, *_: object) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)  # type: ignore[arg-type]


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


class Trainer:
    """One run in one folder, from its last checkpoint where there is one."""

    def __init__(
        self,
        config: TrainConfig,
        task: Task,
        make_maker: MakeMaker,
        folder: Path,
        make_held_out: MakeMaker | None = None,
    ) -> None:
        """`make_held_out` makes what held-out errors are measured on; by default `make_maker`, from another seed.

        Raises ValueError where the folder holds a checkpoint of another model or data, or the device is not there.
        """
        self.config, self.task, self.folder = config, task, folder
        self.processes = Processes()
        self.device = resolve_device(config.device, self.processes.local)
        self.bfloat16 = use_bfloat16(config.precision, self.device)
        self.make_maker, self.make_held_out = make_maker, make_held_out or make_maker
        torch.manual_seed(config.seed)
        self.network = task.build().to(self.device)
        if any(isinstance(module, nn.Conv3d) for module in self.network.modules()):
            self.network = self.network.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
        self.average = WeightAverage(self.network, config.ema_decay)
        self.optimizer = self._make_optimizer()
        self.samples, self.steps, self.elapsed_s = 0, 0, 0.0
        if (folder / CHECKPOINT).exists():
            self._resume()
        elif config.init:
            self._start_from(Path(config.init))
        self._wrapped: nn.Module = self.network
        if self.processes.world > 1:
            ids = [self.device.index] if self.device.type == "cuda" else None
            self._wrapped = DistributedDataParallel(self.network, device_ids=ids)
        if config.compile:
            self._wrapped = Fused(self._wrapped, cast(ModelTask, task).resolution)

    def _make_optimizer(self) -> torch.optim.Optimizer:
        if self.config.recipe == "paper":
            return torch.optim.RMSprop(self.network.parameters(), lr=self.config.lr, alpha=0.99, eps=1e-8)
        fused = self.device.type == "cuda"
        return torch.optim.AdamW(self.network.parameters(), lr=self.config.lr, weight_decay=1e-4, fused=fused)

    def _resume(self) -> None:
        saved = load_checkpoint(self.folder, self.device)
        for name in ("model", "recipe", "data", "held_out"):
            was, wanted = saved.config[name], getattr(self.config, name)
            if was != wanted:
                message = f"holds a checkpoint with {name} {was!r}, not {wanted!r}; use another --out"
                raise ValueError(f"{self.folder}: {message}")
        self.network.load_state_dict(saved.network)
        self.average.values = {name: saved.average[name].clone() for name in self.average.values}
        self.average.steps = saved.average_steps
        self.optimizer.load_state_dict(saved.optimizer)
        self.samples, self.steps, self.elapsed_s = saved.samples, saved.steps, saved.elapsed_s
        _log.info("resumed %s after %d samples and %.1f min", self.folder, self.samples, self.elapsed_s / 60)

    def _start_from(self, run: Path) -> None:
        """Take over the averaged weights of a finished run of the same model; tensors that it lacks stay random.

        An exported network, a file, serves as well.
        """
        if run.suffix == ".onnx":
            taken = f"{start_from_exported(self.network, run, self._calibration_inputs())} layers"
        else:
            taken = self._take_averaged(run)
        self.average = WeightAverage(self.network, self.config.ema_decay)
        _log.info("starts from %s: %s", run, taken)

    def _calibration_inputs(self) -> Iterator[Tensor]:
        """Real inputs in batches, made only when they are asked for."""
        spec = cast(StreamTask, self.task).data(_CALIBRATION_BATCH, 1)
        for batch in held_out(self.make_maker, spec, self.config.seed, _CALIBRATION):
            yield self.task.inputs(self._prepared(batch))

    def _take_averaged(self, run: Path) -> str:
        """Load a run's averaged weights; how much of the network they are, in words."""
        saved = load_checkpoint(run, self.device)
        if saved.config["model"] != self.config.model:
            raise ValueError(f"{run}: holds a checkpoint of model {saved.config['model']!r}, not {self.config.model!r}")
        taken = take_over(self.network, saved.average, run)
        return f"{taken} of {len(self.network.state_dict())} tensors"

    def progress(self) -> float:
        """Share of the run that is done, 0 .. 1 and beyond."""
        if self.config.samples is not None:
            return self.samples / self.config.samples
        assert self.config.time_budget_min is not None
        return self.elapsed_s / (60 * self.config.time_budget_min)

    def learning_rate(self, progress: float) -> float:
        """Warm-up, then a cosine down to a floor; the paper's recipe keeps its rate."""
        if self.config.recipe == "paper":
            return self.config.lr
        warm_up = min(1.0, (self.steps + 1) / _WARMUP_STEPS)
        cosine = 0.5 * (1 + math.cos(math.pi * min(progress, 1.0)))
        return self.config.lr * warm_up * (_FLOOR + (1 - _FLOOR) * cosine)

    def _prepared(self, batch: Batch) -> Batch:
        """A batch on the training device as the network wants it."""
        moved = type(batch)(*(tensor.to(self.device, non_blocking=True) for tensor in batch))
        if not self.config.grow:
            return self.task.prepared(moved)
        task = cast(PoseTask, self.task)
        return task.prepared(moved, resolution_at(self.progress(), task.resolution))

    def step(self, batch: Batch, rate: float) -> StepLoss:
        """One optimisation step. Raises DivergedError, the batch saved, where the loss is not finite."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        moved = self._prepared(batch)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16):
            outputs = self._wrapped(self.task.inputs(moved))
        loss = self.task.loss(outputs, moved)
        if not torch.isfinite(loss.total):
            path = self.folder / f"diverged_batch_{self.processes.rank}.pt"
            torch.save({"batch": list(batch), "samples": self.samples}, path)
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
        epoch = self.epoch()
        if epoch and not epoch_path(self.folder, epoch).exists():
            save_epoch(self.folder, epoch, self.network.state_dict())

    def epoch(self) -> int:
        """Tenths of the run that are done."""
        return min(int(self.progress() * EPOCHS + 1e-9), EPOCHS)

    def batches(self) -> Iterator[Batch]:
        """Batches from where the run stands; here fresh synthetic samples."""
        spec = cast(StreamTask, self.task).data(self.config.batch, self.config.reuse)
        if self.device.type == "cuda" or self.config.grow:
            spec = replace(spec, as_clouds=True)
        entropy = (self.config.seed, self.processes.rank, self.samples)
        stream = SampleStream(self.make_maker, spec, entropy)
        return iter(make_loader(stream, self.config.workers, self.device.type == "cuda"))

    def run(self) -> None:
        """Train until the budget is used up or a stop is asked for; the checkpoint is written either way."""
        lead = self.processes.rank == 0
        self.folder.mkdir(parents=True, exist_ok=True)
        if lead:
            self.config.write(self.folder / "config.json")
        evaluation = Evaluation(self) if lead and self.config.eval_samples else None
        with StopRequest() as stop, Meter(self, show=lead) as meter:
            try:
                self._loop(self.batches(), stop, meter, evaluation)
            except Exception as error:
                # What a worker raised holds the loader in a cycle of its frames; the workers end with the loader.
                traceback.clear_frames(error.__traceback__)
                raise
        if lead:
            self.save()
            if evaluation is not None and not stop.requested:
                evaluation.run()

    def _loop(self, source: Iterator[Batch], stop: StopRequest, meter: Meter, evaluation: Evaluation | None) -> None:
        self._wrapped.train()
        lead = self.processes.rank == 0
        last = saved = time.monotonic()
        epoch = self.epoch()
        while True:
            progress, stopping = self.processes.agree((self.progress(), stop.requested))
            if progress >= 1 or stopping:
                return
            batch = next(source)
            if meter.is_first:
                last = time.monotonic()  # waiting for the workers to start is not training
            loss = self.step(batch, self.learning_rate(progress))
            now = time.monotonic()
            self.elapsed_s, last = self.elapsed_s + now - last, now
            self.steps += 1
            self.samples += self.config.batch * self.processes.world
            meter.update(loss)
            if lead and (now - saved >= CHECKPOINT_EVERY_S or self.epoch() > epoch):
                self.save()
                saved, epoch = now, self.epoch()
            if evaluation is not None and evaluation.is_due():
                evaluation.run()
                last = time.monotonic()
