"""What people see of a run while it trains: the progress bar and the held-out errors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor
from tqdm import tqdm

from models.training.config import write_atomically
from models.training.data import held_out
from models.training.tasks import StepLoss, StreamTask

if TYPE_CHECKING:
    from models.training.loop import Trainer


class Meter:
    """The progress bar: samples, samples a second, running error."""

    def __init__(self, trainer: Trainer, show: bool) -> None:
        self._trainer = trainer
        self._total = trainer.config.samples
        self._bar = tqdm(total=self._total, initial=trainer.samples, unit=" samples", smoothing=0.05, disable=not show)
        self._error: float | None = None
        self._pending: list[Tensor] = []
        self.is_first = True

    def update(self, loss: StepLoss) -> None:
        """Count one step. Figures are read off the device every 20 steps only."""
        self.is_first = False
        self._pending.append(loss.error_mm)
        self._bar.update(self._trainer.config.batch * self._trainer.processes.world)
        if len(self._pending) < 20:
            return
        mean = torch.stack(self._pending).mean().item()
        self._pending.clear()
        self._error = mean if self._error is None else 0.8 * self._error + 0.2 * mean
        self._bar.set_description(f"{100 * self._trainer.progress():.1f} %", refresh=False)
        self._bar.set_postfix_str(f"error {self._error:.1f} mm", refresh=False)

    def __enter__(self) -> Meter:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()


class Evaluation:
    """Held-out errors of the averaged weights, added to metrics.jsonl now and then."""

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer
        config = trainer.config
        self._task = cast(StreamTask, trainer.task)
        spec = self._task.data(config.batch, 1)
        self._batches = held_out(trainer.make_held_out, spec, config.seed, config.eval_samples)
        self._network = trainer.task.build().to(trainer.device).eval()
        self._due_s = trainer.elapsed_s + 60 * config.eval_minutes

    def is_due(self) -> bool:
        config = self._trainer.config
        return config.eval_minutes > 0 and self._trainer.elapsed_s >= self._due_s

    @torch.no_grad()
    def run(self) -> dict[str, float]:
        """Evaluate, log and append; returns the figures."""
        trainer = self._trainer
        self._due_s = trainer.elapsed_s + 60 * trainer.config.eval_minutes
        self._network.load_state_dict(trainer.average.values)
        moved = [type(b)(*(tensor.to(trainer.device) for tensor in b)) for b in self._batches]
        figures = self._task.evaluate(self._network, moved)
        row = {"samples": trainer.samples, "minutes": round(trainer.elapsed_s / 60, 2), **figures}
        path = trainer.folder / "metrics.jsonl"
        lines = path.read_bytes() if path.exists() else b""
        write_atomically(path, lines + (json.dumps(row) + "\n").encode())
        text = ", ".join(f"{name} {value:.3g}" for name, value in figures.items())
        tqdm.write(f"{trainer.samples} samples, {trainer.elapsed_s / 60:.1f} min: {text}")
        return figures
