"""The compared networks on a public data set of hands: its frames, its cubes, and what refines its reference points."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from models.ablation.setting import Setting
from models.ablation.sources import FrameSources
from models.core.protocol import Protocol
from models.core.skeleton import BODY
from models.data.dataset import Dataset, FrameList
from models.data.label_files import Skipped
from models.data.record import LabelledFrame
from models.data.registry import DATASETS
from models.evaluate.dataset_pose import check_reference
from models.runtime import ReferenceNetwork
from models.train.augmentation import paper_augmentation

HAND_DATASETS = sorted(name for name, dataset in DATASETS.items() if dataset.skeleton is not BODY)
POINT = "joint mean"
TEST_SEED = 0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ShuffledFrames:
    """The frames of a list in an order of their own for each seed."""

    frames: FrameList

    def __call__(self, index: int, seed: int) -> LabelledFrame | None:
        """Frame `index` of a seed; None where its image cannot be used."""
        order = np.random.default_rng(seed).permutation(len(self.frames))
        try:
            return self.frames[int(order[index])]
        except ValueError as error:
            _log.warning("%s; left out", error)
            return None


def public_sources(
    dataset: Dataset, root: Path, subject: int | None, reference: Path, protocol: Protocol
) -> FrameSources:
    """The training and the measured part of a data set. reference: a network that finds its reference points.

    Raises ValueError or RuntimeModelError with one line where one of them cannot be used.
    """
    refiner = ReferenceNetwork(reference, "cpu", threads=torch.get_num_threads())
    check_reference(refiner.card, dataset, POINT)
    training, test = (dataset.open(root, split, subject, skipped=Skipped()) for split in ("train", dataset.measured))
    key = hashlib.sha256(reference.read_bytes()).hexdigest()[:12]
    setting = Setting(len(dataset.joints), dataset.cube_m, POINT, paper_augmentation(dataset.cube_m), protocol)
    return FrameSources(
        ShuffledFrames(training),
        ShuffledFrames(test),
        refiner,
        f"{key} {dataset.name} {subject} {protocol.name} {len(training)} {len(test)}",
        TEST_SEED,
        setting,
        len(training),
        len(test),
    )
