"""Stand-ins for synthetic frames and the reference network: a small square of depth at every joint."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from models.ablation.sources import FrameSources
from models.core.camera import project
from models.core.skeleton import hand_reference_point
from models.core.types import Camera, DepthFrame
from models.data.record import LabelledFrame

CAMERA = Camera(160, 120, 240.0, 240.0, 79.5, 59.5)


def fake_frame(index: int, seed: int) -> LabelledFrame:
    """A hand near 0.5 m whose joints are seen; every second frame shows a left one."""
    rng = np.random.default_rng([seed, index])
    joints = np.array([0.02, -0.01, 0.5]) + rng.uniform(-0.07, 0.07, (21, 3))
    raw = np.zeros(CAMERA.shape, np.uint16)
    for joint in joints[np.argsort(-joints[:, 2])]:
        u, v = np.round(project(joint, CAMERA)).astype(int)
        raw[max(v - 2, 0) : v + 3, max(u - 2, 0) : u + 3] = round(joint[2] / 0.0001)
    frame = DepthFrame(raw, 0.0001, CAMERA, index, 0.0, 0.0)
    return LabelledFrame(frame, joints, "left" if index % 2 else "right")


class FakeRefiner:
    """Always moves a crop's centre by the same offset."""

    card = SimpleNamespace(size_m=0.3, input_resolution=48)

    def __init__(self, offset_m: tuple[float, float, float] = (0.003, 0.0, -0.002)) -> None:
        self.offset = np.array(offset_m) / self.card.size_m

    def infer(self, crops: np.ndarray) -> SimpleNamespace:
        return SimpleNamespace(offset=np.tile(self.offset, (len(crops), 1)), presence=np.ones(len(crops)))


def fake_sources(train=fake_frame, test=fake_frame) -> FrameSources:
    return FrameSources(train, test, FakeRefiner(), "fake", test_seed=99)


def truth_of(index: int, seed: int) -> np.ndarray:
    """The reference point of a frame."""
    joints = fake_frame(index, seed).joints_cam_m
    assert joints is not None
    return hand_reference_point(joints)
