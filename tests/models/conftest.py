"""Networks trained for a moment on fakes and exported, for the tests of everything that uses exported networks."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from models.export import __main__ as export
from models.train import __main__ as train
from tests.models.fakes import FakeSampler

torch.set_num_threads(1)  # spinning for each other on a shared machine, two take longer than one


def train_briefly(model: str, out: Path, *more: str) -> int:
    options = ["--samples", "16", "--batch", "8", "--workers", "0", "--threads", "1", "--eval-samples", "0", *more]
    return train.main(["--model", model, "--out", str(out), *options], FakeSampler)


@pytest.fixture(scope="session")
def run_folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Finished runs by model name."""
    folder = tmp_path_factory.mktemp("runs")
    for model in ("compact", "reference"):
        assert train_briefly(model, folder / model) == 0
    return {model: folder / model for model in ("compact", "reference")}


@pytest.fixture(scope="session")
def exported(run_folders: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Exported .onnx files by model name, their cards beside them."""
    folder = tmp_path_factory.mktemp("exported")
    for model, run in run_folders.items():
        out = folder / f"{model}.onnx"
        assert export.main(["--run", str(run), "--out", str(out), "--eval-samples", "8"], FakeSampler) == 0
    return {model: folder / f"{model}.onnx" for model in run_folders}
