"""The log of a run: its training loss as JSON lines, no row lost or twice, and curves for TensorBoard."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from types import ModuleType

from models.train.config import TrainConfig
from models.train.log import STEPS_A_ROW, TRAINING_LOG
from models.train.run import METRICS, train
from models.train.tasks import make_task
from tests.models.conftest import train_briefly
from tests.models.fakes import FakeSampler

STEPS = 2 * STEPS_A_ROW + 3
TINY = TrainConfig("reference", samples=STEPS, batch=1, workers=0, threads=1, eval_samples=2, device="cpu")


def rows(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_the_training_loss_is_written_down_and_no_row_is_lost_or_twice(tmp_path):
    task = make_task("reference", "best")
    train(TINY, task, FakeSampler, tmp_path)
    written = rows(tmp_path / TRAINING_LOG)
    seen = [row["samples"] for row in written]
    assert seen[-1] == STEPS and seen == sorted(set(seen))
    assert all(row["loss"] > 0 and row["error_mm"] > 0 and row["lr"] > 0 for row in written)
    train(dataclasses.replace(TINY, samples=STEPS + 5), task, FakeSampler, tmp_path)
    again = rows(tmp_path / TRAINING_LOG)
    assert again[: len(written)] == written
    assert again[-1]["samples"] == STEPS + 5


class FakeWriter:
    """Takes what TensorBoard's writer takes."""

    def __init__(self, folder: str) -> None:
        self.points: list[tuple[str, int]] = []
        self.folder, self.closed = folder, False
        writers.append(self)

    def add_scalar(self, name: str, _value: float, samples: int) -> None:
        self.points.append((name, samples))

    def close(self) -> None:
        self.closed = True


writers: list[FakeWriter] = []


def test_curves_of_losses_and_held_out_errors_are_drawn_on_wish(tmp_path, monkeypatch):
    module = ModuleType("torch.utils.tensorboard")
    module.SummaryWriter = FakeWriter
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", module)
    writers.clear()
    assert train_briefly("reference", tmp_path / "run", "--tensorboard", "--eval-samples", "2") == 0
    (writer,) = writers
    assert writer.closed and writer.folder == str(tmp_path / "run" / "tensorboard")
    last = rows(tmp_path / "run" / METRICS)[-1]["samples"]
    assert {("training/loss", last), ("training/lr", last), ("held out/error_mm", last)} <= set(writer.points)


def test_without_tensorboard_one_line_says_what_to_install(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    assert train_briefly("reference", tmp_path / "run", "--tensorboard") == 1
    assert capsys.readouterr().err.splitlines()[-1].endswith("pip install tensorboard")


def test_a_run_without_curves_writes_no_folder_for_them(tmp_path):
    assert train_briefly("reference", tmp_path / "run") == 0
    assert not (tmp_path / "run" / "tensorboard").exists()
