"""Training one of the compared networks: the same hands in the same order for all, changed alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from models.ablation.hands import REFERENCES, Hands
from models.ablation.views import UNCHANGED, View, shown, to_view
from models.data.synthetic.samples import POSE_CUBE_M
from models.networks.baselines import DepthToCoordinates, DepthToLikelihood, VoxelsToCoordinates, VoxelsToLikelihood
from models.networks.decode import decode_soft_argmax
from models.training.config import TrainConfig
from models.training.data import SYNTHETIC_AUGMENTATION, Batch, InputBatch, Maker, random_change
from models.training.loop import Trainer
from models.training.tasks import COORDINATE_WEIGHT, StepLoss, soft_loss

WARM_UP_STEPS = 200


@dataclass(frozen=True, slots=True)
class Run:
    """One training: a network, by what it takes and gives, and where its cubes are put, one of REFERENCES."""

    view: View
    likelihood: bool
    reference: str = REFERENCES[-1]

    @property
    def output(self) -> str:
        return "likelihood" if self.likelihood else "coordinates"

    @property
    def name(self) -> str:
        """A word for files and command lines."""
        place = "" if self.reference == REFERENCES[-1] else "-unrefined"
        return f"{'depth' if self.view == 'depth map' else 'voxels'}-{self.output}{place}"

    def build(self) -> nn.Module:
        """The network, with random weights."""
        if self.view == "depth map":
            return DepthToLikelihood() if self.likelihood else DepthToCoordinates()
        return VoxelsToLikelihood() if self.likelihood else VoxelsToCoordinates()


TABLE_1 = (Run("depth map", False), Run("depth map", True), Run("voxels", False), Run("voxels", True))
UNREFINED = Run("voxels", True, REFERENCES[0])
RUNS = {run.name: run for run in (*TABLE_1, UNREFINED)}


def found_joints(outputs: Tensor) -> Tensor:
    """Joints (B, J, 3) of either output: coordinates as they are, volumes of logits decoded below the voxel."""
    return outputs if outputs.ndim == 3 else decode_soft_argmax(outputs).joints


@dataclass(frozen=True, slots=True)
class AblationTask:
    """Joints from either input by either output."""

    run: Run

    def build(self) -> nn.Module:
        return self.run.build()

    def prepared(self, batch: Batch) -> Batch:
        """The batch as it is."""
        return batch

    def inputs(self, batch: Batch) -> Tensor:
        return cast(InputBatch, batch).inputs.float()

    def loss(self, outputs: Tensor, batch: Batch) -> StepLoss:
        """Of volumes the soft loss, of coordinates that part of it that is about coordinates."""
        truth = cast(InputBatch, batch).joints
        if self.run.likelihood:
            total, found = soft_loss(outputs, truth)
        else:
            found = outputs.float()
            total = COORDINATE_WEIGHT * (found - truth).norm(dim=-1).mean()
        return StepLoss(total, 1000 * POSE_CUBE_M * (found.detach() - truth).norm(dim=-1).mean())


def input_batches(hands: Hands, run: Run, config: TrainConfig, position: int = 0) -> Iterator[InputBatch]:
    """Endless batches from a position in the run: passes over the hands, all but the first changed at random.

    Which hand comes at a position, and how it is changed, is a function of seed and position: the same for every run.
    """
    centers = hands.centers_cam_m(run.reference)
    current, order = -1, np.empty(0, dtype=np.int64)
    while True:
        inputs, joints = [], []
        for at in range(position, position + config.batch):
            number, place = divmod(at, len(hands))
            if number != current:
                current, order = number, np.random.default_rng([config.seed, number]).permutation(len(hands))
            index = int(order[place])
            rng = np.random.default_rng([config.seed, number, index])
            change = random_change(rng, SYNTHETIC_AUGMENTATION) if number else UNCHANGED
            inputs.append(shown(hands, index, centers[index], run.view, change))
            joints.append(to_view(hands.joints_cam_m[index], centers[index], run.view, change))
        position += config.batch
        yield InputBatch(torch.from_numpy(np.stack(inputs)), torch.from_numpy(np.stack(joints).astype(np.float32)))


class AblationTrainer(Trainer):
    """A run at a constant rate, as the paper's, on hands that are there already."""

    def __init__(self, config: TrainConfig, run: Run, hands: Hands, folder: Path) -> None:
        super().__init__(config, AblationTask(run), _no_maker, folder)
        self._run, self._hands = run, hands

    def batches(self) -> Iterator[Batch]:
        """Batches from where the run stands."""
        return input_batches(self._hands, self._run, self.config, self.samples)

    def learning_rate(self, progress: float) -> float:
        """Warm-up, then constant."""
        return self.config.lr * min(1.0, (self.steps + 1) / WARM_UP_STEPS)


def _no_maker(seed: int) -> Maker:
    raise AssertionError("these runs make no samples")
