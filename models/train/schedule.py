"""Learning rates over a run."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

from models.train.config import TrainConfig

WARM_UP_STEPS = 200
FLOOR = 0.005
"""Where the cosine ends, as a share of the highest rate."""

Schedule = Callable[[int, float], float]
"""The learning rate after so many steps, when a share 0 .. 1 of the run is done."""


def warm_up_cosine(lr: float, steps: int, progress: float) -> float:
    """Warm-up, then a cosine down to a floor."""
    cosine = 0.5 * (1 + math.cos(math.pi * min(progress, 1.0)))
    return warm_up_constant(lr, steps, progress) * (FLOOR + (1 - FLOOR) * cosine)


def warm_up_constant(lr: float, steps: int, progress: float) -> float:
    """Warm-up, then `lr`."""
    return lr * min(1.0, (steps + 1) / WARM_UP_STEPS)


def constant(lr: float, steps: int, progress: float) -> float:
    """Always `lr`, as in the paper."""
    return lr


def schedule_of(config: TrainConfig) -> Schedule:
    """The schedule of a run's recipe."""
    return partial(constant if config.recipe == "paper" else warm_up_cosine, config.lr)
