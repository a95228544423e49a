"""Where the frames come from that the compared networks learn and are measured on."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import torch

from models.ablation.hands import MakeFrame
from models.ablation.setting import SYNTHETIC_SETTING, Setting
from models.assets import asset
from models.reading.networks import ReferenceNet
from models.runtime import ReferenceNetwork

REFERENCE_MODEL = asset("models/reference.onnx")


@dataclass(frozen=True, slots=True)
class FrameSources:
    """Where frames to train and to test on come from, and what refines; for tests others than the real ones.

    most, most_tests: how many frames there are, None for no end.
    """

    train: MakeFrame
    test: MakeFrame
    refiner: ReferenceNet
    refiner_key: str
    test_seed: int
    setting: Setting = SYNTHETIC_SETTING
    most: int | None = None
    most_tests: int | None = None


def synthetic_sources() -> FrameSources:
    """Synthetic hands and the shipped reference network. Raises RuntimeModelError where that cannot be used."""
    from models.data.synthetic.testset import TEST_SEED, hand_frame
    from models.data.synthetic.windows import hand_window

    refiner = ReferenceNetwork(REFERENCE_MODEL, "cpu", threads=torch.get_num_threads())
    key = hashlib.sha256(REFERENCE_MODEL.read_bytes()).hexdigest()[:12]
    return FrameSources(hand_window, hand_frame, refiner, key, TEST_SEED)
