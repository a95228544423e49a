"""The whole command on a handful of stand-in hands, and what it says to bad input."""

from __future__ import annotations

import json
import os
import signal

import pytest
import torch

from models.ablation import measuring
from models.ablation.__main__ import main
from models.ablation.learning import RUNS, TABLE_1
from models.ablation.measuring import Accuracy, Measured
from models.ablation.tables import PAPER_TABLE_1, format_tables, order
from models.train.loop import Trainer
from models.train.state import load_checkpoint
from tests.models.ablation.fakes import fake_frame, fake_sources

ARGUMENTS = ("--samples", "4", "--epochs", "2", "--batch", "4", "--test", "3", "--ensemble", "2")


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(measuring, "_TIMED", 1)
    monkeypatch.setattr(measuring, "_WARM_UP", 0)


def command(folder, *more: str, make=fake_sources) -> int:
    return main(["--out", str(folder), *ARGUMENTS, *more], make)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A finished folder."""
    folder = tmp_path_factory.mktemp("ablation")
    assert command(folder) == 0
    return folder


def test_the_command_trains_all_alike_and_prints_both_tables(finished, capsys, tmp_path):
    before = {name: load_checkpoint(finished / name) for name in RUNS}
    assert {(saved.samples, saved.steps) for saved in before.values()} == {(8, 2)}
    out = tmp_path / "figures.json"
    assert command(finished, "--json", str(out)) == 0
    text = capsys.readouterr().out
    figures = {one["name"]: one for one in json.loads(out.read_text())}
    assert set(figures) == set(RUNS)
    for name, one in figures.items():
        after = load_checkpoint(finished / name)
        assert all(torch.equal(after.network[key], value) for key, value in before[name].network.items())
        assert f"{one['last']['mean_error_mm']:.2f} mm" in text
        assert one["hands"] == 3
        assert one["parameters"] == sum(p.numel() for p in RUNS[name].build().parameters())
        assert one["multiply_adds"] > 0
    assert "The paper's order of the four" in text
    assert f"{figures['voxels-likelihood']['ensemble']['mean_error_mm']:.2f} mm" in text
    assert "8 samples each" in text


def test_one_run_alone_can_be_trained(tmp_path, capsys):
    assert command(tmp_path, "--only", "depth-coordinates") == 0
    assert [p.name for p in sorted(tmp_path.iterdir()) if p.name in RUNS] == ["depth-coordinates"]
    assert "1 of 4 networks are finished" in capsys.readouterr().out


def test_another_budget_in_the_same_folder_is_refused(finished, capsys):
    assert command(finished, "--epochs", "5") == 1
    assert "the folder's runs have epochs 2, not 5; use another --out" in capsys.readouterr().err


@pytest.mark.parametrize("when", ["hands", "training"])
def test_a_stop_leaves_what_the_same_command_goes_on_from(tmp_path, capsys, monkeypatch, when):
    def stopping(index: int, seed: int):
        if index == 2 and when == "hands":
            os.kill(os.getpid(), signal.SIGTERM)
        return fake_frame(index, seed)

    if when == "training":
        trained = Trainer.step

        def step(self, batch, rate):
            os.kill(os.getpid(), signal.SIGINT)
            return trained(self, batch, rate)

        monkeypatch.setattr(Trainer, "step", step)
    assert command(tmp_path, "--only", "depth-coordinates", make=lambda: fake_sources(train=stopping)) == 1
    error = capsys.readouterr().err
    assert error.strip().splitlines()[-1] == "models.ablation: stopped; the same command goes on from here"
    assert "Traceback" not in error
    if when == "training":
        assert load_checkpoint(tmp_path / "depth-coordinates").samples == 4
        monkeypatch.undo()
    assert command(tmp_path, "--only", "depth-coordinates") == 0
    assert load_checkpoint(tmp_path / "depth-coordinates").samples == 8


def test_damaged_files_are_one_clear_line(tmp_path, capsys):
    (tmp_path / "depth-coordinates").mkdir()
    (tmp_path / "depth-coordinates" / "checkpoint.pt").write_bytes(b"nothing")
    assert command(tmp_path, "--only", "depth-coordinates") == 1
    assert "is not a readable checkpoint" in capsys.readouterr().err.strip().splitlines()[-1]
    (tmp_path / "ablation.json").write_text("{")
    assert command(tmp_path) == 1
    assert "ablation.json: is not readable" in capsys.readouterr().err.strip().splitlines()[-1]


def test_an_out_that_is_a_file_is_one_clear_line(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert command(tmp_path / "file") == 1
    assert capsys.readouterr().err.startswith("models.ablation: ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--samples", "0"), "--samples: expected a value above zero, got 0"),
        (("--lr", "nan"), "--lr: expected a value above zero, got nan"),
        (("--seed", "-1"), "--seed: expected zero or more, got -1"),
        (("--ensemble", "11"), "--ensemble: expected at most 10, got 11"),
        (("--only", "transformer"), "invalid choice: 'transformer'"),
    ],
)
def test_senseless_options_are_usage_errors(tmp_path, capsys, arguments, message):
    with pytest.raises(SystemExit, match="2"):
        main(["--out", str(tmp_path), *arguments], fake_sources)
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def measured(name: str, error_mm: float) -> Measured:
    run, figures = RUNS[name], Accuracy(error_mm, 0.5)
    cost = {"parameters": 1_000_000, "multiply_adds": 60.0, "frame_ms": 2.0, "samples": 99, "minutes": 1.0}
    return Measured(name, run.view, run.output, run.reference, 10, 12.0, 0.03, figures, figures, figures, **cost)


def test_the_order_holds_only_when_all_four_stand_as_in_the_paper():
    same = [measured(name, error) for name, error in PAPER_TABLE_1.items()]
    assert order(same).startswith("The paper's order of the four holds: voxels-likelihood, depth-likelihood")
    other = [measured(name, -error) for name, error in PAPER_TABLE_1.items()]
    assert "does not hold: here depth-coordinates" in order(other)


def test_the_second_table_has_the_refinement_and_the_ensemble():
    text = format_tables([measured("voxels-likelihood", 9.5), measured("voxels-likelihood-unrefined", 11.5)], 5)
    rows = [line.split(" | ")[3] for line in text.splitlines() if "| 12.0 mm | 3.0 % |" in line]
    assert rows == ["11.50 mm", "9.50 mm", "9.50 mm", "9.50 mm"]


def test_the_first_table_has_the_four_in_the_paper_s_order_and_their_cost():
    text = format_tables([measured(run.name, 12.34) for run in TABLE_1], ensemble=5)
    rows = [line for line in text.splitlines() if line.startswith(("| depth map |", "| voxels |"))]
    assert [row.split(" | ")[1] for row in rows] == ["coordinates", "likelihood"] * 2
    assert all("| 12.34 mm | 12.34 mm | 50.0 % | 1.00 M | 60 M | 1.00 |" in row for row in rows)
