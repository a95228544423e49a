"""What the compared networks are worth and what they cost."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from models.ablation.hands import Hands
from models.ablation.learning import Run, found_joints
from models.ablation.setting import SYNTHETIC_SETTING, Setting
from models.ablation.views import from_view, shown, to_view
from models.core.metrics import joint_errors_mm, success_rates
from models.networks.baselines import RESOLUTION
from models.train.state import EPOCHS, epoch_path, load_checkpoint, load_epoch

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

    hands: how many were measured. cube_off_mm: mean distance of the cubes' centres to the true reference points.
    outside: share of joints that lie outside what the network is shown. Accuracy with three kinds of weights: averaged,
    the running average; last, those at the end; ensemble, the mean of the joints by the weights after each of the last
    tenths, None where it was not asked for. samples: seen in training, `minutes` long.
    multiply_adds: of one frame, in millions. frame_ms: median time of one frame on this processor, decoding included.
    """

    name: str
    view: str
    output: str
    reference: str
    hands: int
    cube_off_mm: float
    outside: float
    averaged: Accuracy
    last: Accuracy
    ensemble: Accuracy | None
    parameters: int
    multiply_adds: float
    frame_ms: float
    samples: int
    minutes: float


def accuracy(found_cam_m: NDArray, truth_cam_m: NDArray) -> Accuracy:
    """Of joints (N, J, 3) in metres, one frame of reference."""
    errors = joint_errors_mm(found_cam_m, truth_cam_m)
    return Accuracy(float(errors.mean()), float(success_rates(errors, np.array([WITHIN_MM]))[0]))


def measure(run: Run, folder: Path, hands: Hands, ensemble: int, frame_ms: float) -> Measured:
    """Measure a finished run; `ensemble`: how many of its tenths, from the last, 0 for no ensemble.

    Raises ValueError where weights are damaged.
    """
    saved = load_checkpoint(folder)
    setting = hands.setting
    network = run.build(setting.joints).eval()
    kept = [epoch for epoch in range(1, EPOCHS + 1) if epoch_path(folder, epoch).exists()]  # short runs skip some
    snapshots = [load_epoch(folder, epoch) for epoch in kept[max(len(kept) - ensemble, 0) :]]
    each = [predict(network, weights, run, hands) for weights in (saved.average, saved.network, *snapshots)]
    truth, centers = hands.joints_cam_m, hands.centers_cam_m(run.reference)
    return Measured(
        run.name,
        run.view,
        run.output,
        run.reference,
        len(hands),
        1000 * float(np.linalg.norm(centers - setting.reference_point(truth), axis=1).mean()),
        float((np.abs(to_view(truth, centers, run.view, cube_m=setting.cube_m)) > 0.5).any(axis=-1).mean()),
        accuracy(each[0], truth),
        accuracy(each[1], truth),
        accuracy(np.mean(each[2:], axis=0), truth) if ensemble else None,
        sum(parameter.numel() for parameter in network.parameters()),
        multiply_adds(network, example(run)) / 1e6,
        frame_ms,
        saved.samples,
        saved.elapsed_s / 60,
    )


def example(run: Run) -> Tensor:
    """One frame as input, of zeros; what it costs does not depend on what it shows."""
    return torch.zeros(1, 1, *[RESOLUTION] * (2 if run.view == "depth map" else 3))


@torch.inference_mode()
def predict(network: nn.Module, weights: dict[str, Tensor], run: Run, hands: Hands) -> NDArray[np.float64]:
    """Joints (N, J, 3) that a network with these weights finds, camera frame, metres."""
    network.load_state_dict(weights)
    centers = hands.centers_cam_m(run.reference)
    found = []
    for start in range(0, len(hands), _BATCH):
        indices = range(start, min(start + _BATCH, len(hands)))
        inputs = np.stack([shown(hands, index, centers[index], run.view) for index in indices])
        found.append(found_joints(network(torch.from_numpy(inputs).float()), hands.setting.protocol).numpy())
    return from_view(np.concatenate(found), centers, run.view, hands.setting.cube_m)


def multiply_adds(network: nn.Module, inputs: Tensor) -> float:
    """Multiplications with an addition that a network needs for a batch, counted by torch."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(inputs)
    return counter.get_total_flops() / 2


@torch.inference_mode()
def frame_times_ms(runs: Sequence[Run], setting: Setting = SYNTHETIC_SETTING) -> dict[str, float]:
    """Median time of one frame by run, from input to joints, after a warm-up.

    The networks take turns, so that what else the processor does is the same for all.
    """
    networks = {run.name: (run.build(setting.joints).eval(), example(run)) for run in runs}
    times: dict[str, list[float]] = {name: [] for name in networks}
    for _ in range(_WARM_UP + _TIMED):
        for name, (network, inputs) in networks.items():
            start = time.perf_counter()
            found_joints(network(inputs), setting.protocol)
            times[name].append(1000 * (time.perf_counter() - start))
    return {name: float(np.median(values[_WARM_UP:])) for name, values in times.items()}
