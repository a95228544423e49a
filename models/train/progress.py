"""What people see of a run while it trains: the progress bar and the held-out errors."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm

from models.outputs import write_whole
from models.train.data import Batch
from models.train.log import Curves
from models.train.source import on_device
from models.train.tasks import StreamTask


class Meter:
    """The progress bar: samples, samples a second, running error."""

    def __init__(self, done: int, total: int | None, show: bool) -> None:
        """done: samples before. total: None where a run ends by time."""
        self._bar = tqdm(total=total, initial=done, unit=" samples", smoothing=0.05, disable=not show)
        self._error: float | None = None
        self._pending: list[Tensor] = []

    def update(self, samples: int, progress: float, error_mm: Tensor) -> None:
        """Count the samples of one step; errors are read off the device every 20 steps only."""
        self._pending.append(error_mm)
        self._bar.update(samples)
        if len(self._pending) < 20:
            return
        mean = torch.stack(self._pending).mean().item()
        self._pending.clear()
        self._error = mean if self._error is None else 0.8 * self._error + 0.2 * mean
        self._bar.set_description(f"{100 * progress:.1f} %", refresh=False)
        self._bar.set_postfix_str(f"error {self._error:.1f} mm", refresh=False)

    def __enter__(self) -> Meter:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()


class Evaluation:
    """Held-out errors of the averaged weights, added to metrics.jsonl now and then."""

    def __init__(
        self,
        task: StreamTask,
        batches: Sequence[Batch],
        device: torch.device,
        path: Path,
        every_s: float,
        elapsed_s: float,
        curves: Curves | None = None,
    ) -> None:
        """every_s: of training, 0 for an evaluation at the end only. elapsed_s: how long the run has trained. curves:
        where the figures are drawn, too.
        """
        self._task, self._batches, self._device = task, batches, device
        self._network = task.build().to(device).eval()
        self._path, self._every_s, self._curves = path, every_s, curves
        self._due_s = elapsed_s + every_s

    def is_due(self, elapsed_s: float) -> bool:
        """Whether a run that has trained so long should be measured again."""
        return self._every_s > 0 and elapsed_s >= self._due_s

    @torch.no_grad()
    def run(self, weights: Mapping[str, Tensor], samples: int, elapsed_s: float) -> None:
        """Measure averaged weights after so many samples, log and append the figures."""
        self._due_s = elapsed_s + self._every_s
        self._network.load_state_dict(weights)
        figures = self._task.evaluate(self._network, [on_device(batch, self._device) for batch in self._batches])
        row = {"samples": samples, "minutes": round(elapsed_s / 60, 2), **figures}
        lines = self._path.read_bytes() if self._path.exists() else b""
        write_whole(self._path, lines + (json.dumps(row) + "\n").encode())
        if self._curves is not None:
            self._curves.add("held out", figures, samples)
        text = ", ".join(f"{name} {value:.3g}" for name, value in figures.items())
        tqdm.write(f"{samples} samples, {elapsed_s / 60:.1f} min: {text}")
