"""What the compared networks are worth and what they cost."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from models.ablation.hands import Hands
from models.ablation.learning import Run, found_joints
from models.ablation.views import from_view, shown
from models.core.metrics import joint_errors_mm, success_rates
from models.training.state import EPOCHS, load_checkpoint, load_epoch

WITHIN_MM = 40
_BATCH = 20
_WARM_UP, _TIMED = 5, 30


@dataclass(frozen=True, slots=True)
class Accuracy:
    """mean_error_mm: over all joints and hands. within_40_mm: share of hands whose worst joint is that near."""

    mean_error_mm: float
    within_40_mm: float


@dataclass(frozen=True, slots=True)
class Measured:
    """A finished run.

    averaged, last and ensemble: of the weights averaged over the run, of those at its end, and of the mean joints of
    the weights after each of its last tenths. hands: measured ones. samples: seen in training, `minutes` long.
    multiply_adds: of one frame, in millions. frame_ms: median time of one frame on this processor, decoding included.
    """

    name: str
    view: str
    output: str
    reference: str
    hands: int
    averaged: Accuracy
    last: Accuracy
    ensemble: Accuracy
    parameters: int
    multiply_adds: float
    frame_ms: float
    samples: int
    minutes: float


def accuracy(found_cam_m: NDArray, truth_cam_m: NDArray) -> Accuracy:
    """Of joints (N, J, 3) in metres, one frame of reference."""
    errors = joint_errors_mm(found_cam_m, truth_cam_m)
    return Accuracy(float(errors.mean()), float(success_rates(errors, np.array([WITHIN_MM]))[0]))


def measure(run: Run, folder: Path, hands: Hands, ensemble: int) -> Measured:
    """Measure a finished run; `ensemble`: how many of its last tenths. Raises ValueError where weights are missing."""
    saved = load_checkpoint(folder)
    network = run.build().eval()
    snapshots = [load_epoch(folder, epoch) for epoch in range(EPOCHS - ensemble + 1, EPOCHS + 1)]
    each = [predict(network, weights, run, hands) for weights in (saved.average, saved.network, *snapshots)]
    averaged, last, together = each[0], each[1], np.mean(each[2:], axis=0)
    example = torch.from_numpy(shown(hands, 0, hands.centers_cam_m(run.reference)[0], run.view)[None]).float()
    return Measured(
        run.name,
        run.view,
        run.output,
        run.reference,
        len(hands),
        accuracy(averaged, hands.joints_cam_m),
        accuracy(last, hands.joints_cam_m),
        accuracy(together, hands.joints_cam_m),
        sum(parameter.numel() for parameter in network.parameters()),
        multiply_adds(network, example) / 1e6,
        frame_ms(network, example),
        saved.samples,
        saved.elapsed_s / 60,
    )


@torch.inference_mode()
def predict(network: nn.Module, weights: dict[str, Tensor], run: Run, hands: Hands) -> NDArray[np.float64]:
    """Joints (N, J, 3) that a network with these weights finds, camera frame, metres."""
    network.load_state_dict(weights)
    centers = hands.centers_cam_m(run.reference)
    found = []
    for start in range(0, len(hands), _BATCH):
        indices = range(start, min(start + _BATCH, len(hands)))
        inputs = np.stack([shown(hands, index, centers[index], run.view) for index in indices])
        found.append(found_joints(network(torch.from_numpy(inputs).float())).numpy())
    return from_view(np.concatenate(found), centers, run.view)


def multiply_adds(network: nn.Module, example: Tensor) -> float:
    """Multiplications with an addition that a network needs for a batch, counted by torch."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(example)
    return counter.get_total_flops() / 2


@torch.inference_mode()
def frame_ms(network: nn.Module, example: Tensor) -> float:
    """Median time of one batch from input to joints, after a warm-up."""
    times = []
    for _ in range(_WARM_UP + _TIMED):
        start = time.perf_counter()
        found_joints(network(example))
        times.append(1000 * (time.perf_counter() - start))
    return float(np.median(times[_WARM_UP:]))
