"""A run that goes on with other settings than it had: refused, or written down."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from models.train.config import TrainConfig

FIXED = ("model", "recipe", "data", "held_out")
"""A run with another of these is another run."""
SETTINGS = ("protocol", "centers", "batch", "lr", "reuse", "seed", "precision", "ema_decay", "init", "grow")
"""What a run learns depends on these. Where it ends, on what it runs and how often it is measured may change freely."""


def gone_on_with(config: TrainConfig, saved: dict[str, Any], samples: int, folder: Path, allowed: bool) -> TrainConfig:
    """The configuration with which a run goes on after so many `samples`, former changes and new ones written in it.

    saved: the configuration in the checkpoint of `folder`. allowed: whether SETTINGS may change. Raises ValueError
    with one line that names what differs.
    """
    for name in FIXED:
        was, wanted = saved[name], getattr(config, name)
        if was != wanted:
            raise ValueError(f"{folder}: holds a checkpoint with {name} {was!r}, not {wanted!r}; use another --out")
    differ = [name for name in SETTINGS if name in saved and saved[name] != getattr(config, name)]
    if differ and not allowed:
        said = ", ".join(f"{name} {saved[name]!r}, not {getattr(config, name)!r}" for name in differ)
        raise ValueError(f"{folder}: was trained with {said}; use another --out, or go on so with --allow-change")
    new = tuple(
        {"after_samples": samples, "setting": name, "was": saved[name], "now": getattr(config, name)} for name in differ
    )
    return replace(config, changes=(*saved.get("changes", ()), *new))
