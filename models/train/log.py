"""What a run writes down while it trains: the training loss as JSON lines, and on wish curves for TensorBoard."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from models.outputs import write_whole
from models.train.tasks import StepLoss

TRAINING_LOG = "training.jsonl"
STEPS_A_ROW = 20
"""Losses are read off the device this seldom, so that a GPU need not wait for it."""


class Curves(Protocol):
    """Where figures of a run are drawn over its samples."""

    def add(self, group: str, figures: Mapping[str, float], samples: int) -> None:
        """Add a point to the curve of each figure."""

    def close(self) -> None:
        """Write what is left."""


class TensorBoardCurves:
    """Event files for TensorBoard in the folder of the run."""

    def __init__(self, folder: Path) -> None:
        """Raises ValueError with what to install where TensorBoard is not there."""
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            raise ValueError("--tensorboard needs the package tensorboard: pip install tensorboard") from None
        self._writer: Any = SummaryWriter(str(folder / "tensorboard"))

    def add(self, group: str, figures: Mapping[str, float], samples: int) -> None:
        for name, value in figures.items():
            self._writer.add_scalar(f"{group}/{name}", value, samples)

    def close(self) -> None:
        self._writer.close()


class TrainingLog:
    """Rows of training.jsonl: samples, minutes, learning rate, mean loss and error of the steps since the last row.

    Rows are kept until `flush`, which the run calls with each checkpoint: a run that was killed goes on from there, and
    no row is written twice.
    """

    def __init__(self, path: Path, curves: Curves | None = None) -> None:
        self._path, self._curves = path, curves
        self._pending: list[Tensor] = []
        self._rows: list[dict[str, float]] = []

    def add(self, loss: StepLoss, samples: int, elapsed_s: float, rate: float) -> None:
        """Take in a step, after which so many samples were seen."""
        self._pending.append(torch.stack([loss.total.detach().float(), loss.error_mm.float()]))
        if len(self._pending) >= STEPS_A_ROW:
            self._finish_row(samples, elapsed_s, rate)

    def _finish_row(self, samples: int, elapsed_s: float, rate: float) -> None:
        total, error_mm = torch.stack(self._pending).mean(dim=0).tolist()
        self._pending.clear()
        figures = {"loss": total, "error_mm": error_mm, "lr": rate}
        self._rows.append({"samples": samples, "minutes": round(elapsed_s / 60, 2), **figures})
        if self._curves is not None:
            self._curves.add("training", figures, samples)

    def flush(self, samples: int, elapsed_s: float, rate: float) -> None:
        """Append the rows to the file, the steps of an unfinished one included."""
        if self._pending:
            self._finish_row(samples, elapsed_s, rate)
        if self._rows:
            lines = self._path.read_bytes() if self._path.exists() else b""
            write_whole(self._path, lines + "".join(json.dumps(row) + "\n" for row in self._rows).encode())
            self._rows.clear()
