"""A network to change."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from models.export import rewriting


@pytest.fixture
def network(exported, tmp_path):
    """An exported network of its own, with its card."""
    path = tmp_path / "net.onnx"
    shutil.copy(exported["compact"], path)
    shutil.copy(exported["compact"].with_suffix(".json"), path.with_suffix(".json"))
    return path


def volumes_of_noise(plain, count, seed):
    """Four instead of `count`, of voxels at random, and joints in their middle."""
    size = [plain.card.input_resolution] * 3
    occupancy = (np.random.default_rng(seed).random((4, *size)) < 0.02).astype(np.uint8)
    return rewriting.Volumes(occupancy, np.zeros((4, 21, 3)), np.full(4, 0.25))


@pytest.fixture
def noise(monkeypatch):
    """Instead of rendered hands, what is rewritten is compared on noise."""
    monkeypatch.setattr(rewriting, "volumes", volumes_of_noise)
