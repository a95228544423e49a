"""A network to change."""

from __future__ import annotations

import shutil

import pytest


@pytest.fixture
def network(exported, tmp_path):
    """An exported network of its own, with its card."""
    path = tmp_path / "net.onnx"
    shutil.copy(exported["compact"], path)
    shutil.copy(exported["compact"].with_suffix(".json"), path.with_suffix(".json"))
    return path
