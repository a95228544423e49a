"""Training one of the compared networks: the same hands in the same order for all, changed alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from models.ablation.hands import REFERENCES, Hands
from models.ablation.setting import SYNTHETIC_SETTING, Setting
from models.ablation.views import UNCHANGED, View, shown, to_view
from models.core.protocol import OURS, Protocol
from models.networks.baselines import (
    JOINTS,
    RESOLUTION,
    DepthToCoordinates,
    DepthToLikelihood,
    VoxelsToCoordinates,
    VoxelsToLikelihood,
)
from models.networks.decode import decode_soft_argmax, highest_voxel
from models.train.augmentation import random_change
from models.train.config import TrainConfig
from models.train.data import InputBatch
from models.train.loop import Trainer
from models.train.schedule import warm_up_constant
from models.train.tasks import COORDINATE_WEIGHT, StepLoss, soft_loss


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

    def build(self, joints: int = JOINTS) -> nn.Module:
        """The network, with random weights."""
        if self.view == "depth map":
            return DepthToLikelihood(joints) if self.likelihood else DepthToCoordinates(joints)
        return VoxelsToLikelihood(joints) if self.likelihood else VoxelsToCoordinates(joints)


TABLE_1 = (Run("depth map", False), Run("depth map", True), Run("voxels", False), Run("voxels", True))
UNREFINED = Run("voxels", True, REFERENCES[0])
RUNS = {run.name: run for run in (*TABLE_1, UNREFINED)}


def found_joints(outputs: Tensor, protocol: Protocol = OURS) -> Tensor:
    """Joints (B, J, 3) of either output: coordinates as they are, volumes of logits decoded by the protocol."""
    if outputs.ndim == 3:
        return outputs
    return highest_voxel(outputs) if protocol.highest_voxel else decode_soft_argmax(outputs).joints


@dataclass(frozen=True, slots=True)
class AblationTask:
    """Joints from either input by either output."""

    run: Run
    setting: Setting = SYNTHETIC_SETTING

    def build(self) -> nn.Module:
        return self.run.build(self.setting.joints)

    @property
    def resolution(self) -> int:
        return RESOLUTION

    def inputs(self, batch: InputBatch) -> Tensor:
        return batch.inputs.float()

    def loss(self, outputs: Tensor, batch: InputBatch) -> StepLoss:
        """Of volumes the soft loss, of coordinates that part of it that is about coordinates."""
        truth = batch.joints
        if self.run.likelihood:
            total, found = soft_loss(outputs, truth)
        else:
            found = outputs.float()
            total = COORDINATE_WEIGHT * (found - truth).norm(dim=-1).mean()
        return StepLoss(total, 1000 * self.setting.cube_m * (found.detach() - truth).norm(dim=-1).mean())


def input_batches(hands: Hands, run: Run, config: TrainConfig, position: int = 0) -> Iterator[InputBatch]:
    """Endless batches from a position in the run: passes over the hands, all but the first changed at random.

    Hands of a data set are changed in the first, too.

    Which hand comes at a position, and how it is changed, is a function of seed and position: the same for every run.
    """
    centers, setting = hands.centers_cam_m(run.reference), hands.setting
    ranges = setting.augmentation
    current, order = -1, np.empty(0, dtype=np.int64)
    while True:
        inputs, joints = [], []
        for at in range(position, position + config.batch):
            number, place = divmod(at, len(hands))
            if number != current:
                current, order = number, np.random.default_rng([config.seed, number]).permutation(len(hands))
            index = int(order[place])
            rng = np.random.default_rng([config.seed, number, index])
            change = random_change(rng, ranges) if number or ranges.always else UNCHANGED
            inputs.append(shown(hands, index, centers[index], run.view, change))
            joints.append(to_view(hands.joints_cam_m[index], centers[index], run.view, change, setting.cube_m))
        position += config.batch
        yield InputBatch(torch.from_numpy(np.stack(inputs)), torch.from_numpy(np.stack(joints).astype(np.float32)))


@dataclass(frozen=True, slots=True)
class HandSource:
    """The batches of one run, from hands that are there already."""

    hands: Hands
    run: Run
    config: TrainConfig

    def batches(self, samples: int, progress: Callable[[], float]) -> Iterator[InputBatch]:
        """Batches from where the run stands; they do not change with its progress."""
        return input_batches(self.hands, self.run, self.config, samples)


def make_trainer(config: TrainConfig, run: Run, hands: Hands, folder: Path) -> Trainer:
    """A run at a constant rate, as the paper's. Raises ValueError where the folder holds another run."""
    schedule = partial(warm_up_constant, config.lr)
    return Trainer(config, AblationTask(run, hands.setting), HandSource(hands, run, config), schedule, folder)
