"""What a training run was asked to do, as it is written beside its result."""

from __future__ import annotations

import json
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from models.core.protocol import ProtocolName
from models.outputs import write_whole

ModelName = Literal["compact", "v2v", "reference"]
Recipe = Literal["best", "paper"]
SYNTHETIC = "synthetic"
"""The name of the project's own rendered hands among the data that can be trained on."""


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """One training run.

    model: which network. recipe: "best" (cross entropy and soft-argmax, AdamW) or "paper" (Gaussians, RMSProp).
    data: SYNTHETIC or the name of a public data set, which lies in `root`; held_out: the subject or fold left out of
    it; centers: file of the reference points of its training part, empty for the true ones; protocol: see
    models/core/protocol.py. time_budget_min or samples
    says when it ends: minutes of training, over all resumes, or samples.
    batch: samples a step and process. reuse: how often each rendered cloud is used. workers: data processes, a
    training process each; 0 makes the data in the training process. threads: torch threads, 0 for all cores. grow:
    volumes are coarse at first (models/train/source.py). compile: the network is compiled (models/train/loop.py).
    eval_minutes: time between held-out evaluations, 0 for none but the last. init: folder of a finished run, or
    exported network, whose averaged weights this one starts from; empty for a random start. changes: settings that were
    changed on the way, see models/train/changes.py.
    """

    model: str
    recipe: Recipe = "best"
    data: str = SYNTHETIC
    root: str = ""
    held_out: int | None = None
    centers: str = ""
    protocol: ProtocolName = "ours"
    time_budget_min: float | None = None
    samples: int | None = None
    batch: int = 16
    lr: float = 2e-3
    reuse: int = 2
    workers: int = 1
    threads: int = 0
    seed: int = 1
    device: str = "auto"
    precision: str = "auto"
    ema_decay: float = 0.999
    eval_samples: int = 192
    eval_minutes: float = 10.0
    init: str = ""
    grow: bool = False
    compile: bool = False
    command: str = ""
    commit: str = "unknown"
    changes: tuple[dict[str, Any], ...] = ()

    def __post_init__(self) -> None:
        if (self.time_budget_min is None) == (self.samples is None):
            raise ValueError("expected either a time budget or a number of samples")
        if self.samples == 0 and not self.init:
            raise ValueError("samples: 0 keeps the weights of --init, which is missing")
        for name in ("time_budget_min", "batch", "lr", "reuse"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise ValueError(f"{name}: expected a value above zero, got {value}")
        for name in ("samples", "workers", "threads", "seed", "eval_samples"):
            value = getattr(self, name)
            if value is not None and value < 0:
                raise ValueError(f"{name}: expected zero or more, got {value}")

    def write(self, path: Path) -> None:
        """Write it as JSON, whole or not at all."""
        write_whole(path, (json.dumps(asdict(self), indent=1) + "\n").encode())


def git_commit() -> str:
    """The commit of the working tree, "-dirty" appended where tracked files differ; "unknown" outside a repository."""
    here = Path(__file__).parent

    def git(*arguments: str) -> str:
        result = subprocess.run(["git", *arguments], cwd=here, capture_output=True, text=True, check=True, timeout=20)
        return result.stdout.strip()

    try:
        dirty = git("status", "--porcelain", "--untracked-files=no", "--", str(here.parent))
        return git("rev-parse", "HEAD") + ("-dirty" if dirty else "")
    except (OSError, subprocess.SubprocessError):
        return "unknown"
