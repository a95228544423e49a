"""The comparison on a public data set: its joints, its cubes and its side, by either protocol."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from models.ablation import measuring
from models.ablation.__main__ import main, parse_arguments
from models.ablation.hands import HandStore
from models.ablation.learning import RUNS, AblationTask
from models.ablation.public import HAND_DATASETS, ShuffledFrames
from models.ablation.setting import Setting
from models.ablation.views import from_view, shown, to_view
from models.core.protocol import PAPER
from models.data.label_files import Skipped
from models.data.registry import DATASETS
from models.export.run import export_run
from models.train import __main__ as train
from models.train.augmentation import paper_augmentation
from tests.models.ablation.fakes import FakeRefiner
from tests.models.data.published import write_whole

SETTING = Setting(16, 0.2, "joint mean", paper_augmentation(0.2), PAPER)


@pytest.fixture(scope="module")
def icvl(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Its root, and a reference network that has seen a few of its frames."""
    folder = tmp_path_factory.mktemp("icvl")
    write_whole(folder / "data", "icvl")
    run = ["--model", "reference", "--data", "icvl", "--root", str(folder / "data"), "--out", str(folder / "run")]
    small = ["--samples", "4", "--batch", "2", "--workers", "0", "--threads", "1", "--eval-samples", "0"]
    assert train.main([*run, *small, "--device", "cpu"]) == 0
    export_run(folder / "run", folder / "reference.onnx", 2)
    return folder / "data", folder / "reference.onnx"


def hands_of(root: Path, folder: Path, setting: Setting = SETTING):
    frames = ShuffledFrames(DATASETS["icvl"].open(root, "train", skipped=Skipped()))
    return HandStore(folder, frames, 1, FakeRefiner(), "a", setting).load(3)


def test_joints_and_cubes_are_those_of_the_data_set(icvl, tmp_path):
    hands = hands_of(icvl[0], tmp_path)
    assert hands.joints_cam_m.shape == (3, 16, 3)
    joints, centers = hands.joints_cam_m, hands.joints_cam_m.mean(axis=1)
    for view in ("voxels", "depth map"):
        seen = to_view(joints, centers, view, cube_m=0.2)
        np.testing.assert_allclose(from_view(seen, centers, view, 0.2), joints, atol=1e-9)
    # Every joint is behind its own disc: left hands were mirrored with their joints.
    volume = shown(hands, 0, centers[0], "voxels")[0]
    voxels = ((to_view(joints[0], centers[0], "voxels", cube_m=0.2) + 0.5) * 44).astype(int)
    near_m = 0.010  # of the surface; a voxel is 4.5 mm
    for x, y, z in voxels:
        assert volume[x - 1 : x + 2, y - 1 : y + 2, z - round(near_m / 0.0045) - 1 : z + 1].any()
    again = hands_of(icvl[0], tmp_path)
    np.testing.assert_array_equal(again.depth, hands.depth)


def test_a_frame_whose_image_is_missing_is_left_out(icvl, tmp_path):
    root = tmp_path / "data"
    write_whole(root, "icvl")
    (root / "Training" / "Depth" / "b.png").unlink()
    assert len(hands_of(root, tmp_path / "hands")) == 2


@pytest.mark.parametrize("name", RUNS)
def test_networks_answer_with_the_joints_of_the_data_set(icvl, tmp_path, name):
    hands = hands_of(icvl[0], tmp_path)
    run = RUNS[name]
    network = AblationTask(run, SETTING).build().eval()
    (found,) = measuring.predict(network, network.state_dict(), run, hands)[:1]
    assert found.shape == (16, 3)
    if run.likelihood and run.view == "voxels":  # the highest voxel: the middle of one of 22 an axis
        cells = (to_view(found, hands.centers_cam_m(run.reference)[0], run.view, cube_m=0.2) + 0.5) * 22
        np.testing.assert_allclose(cells % 1, 0.5, atol=1e-4)


def test_the_command_trains_and_prints_both_tables(icvl, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(measuring, "_TIMED", 1)
    monkeypatch.setattr(measuring, "_WARM_UP", 0)
    root, reference = icvl
    chosen = ["--data", "icvl", "--root", str(root), "--reference", str(reference)]
    budget = ["--samples", "50", "--epochs", "2", "--batch", "2", "--test", "50", "--ensemble", "2"]
    out, figures = tmp_path / "runs", tmp_path / "figures.json"
    assert main(["--out", str(out), *chosen, *budget, "--protocol", "paper", "--json", str(figures)]) == 0
    text = capsys.readouterr().out
    assert "2 hands of icvl by the protocol 'paper'; trained on 6 samples each" in text
    assert "| voxels in, likelihood out |" in text
    measured = {one["name"]: one for one in json.loads(figures.read_text())}
    assert set(measured) == set(RUNS)
    for name, one in measured.items():
        assert one["hands"] == 2
        assert one["parameters"] == sum(p.numel() for p in RUNS[name].build(16).parameters())
    assert main(["--out", str(out), *chosen, *budget, "--protocol", "ours"]) == 1
    assert "the folder's runs have protocol paper, not ours" in capsys.readouterr().err


def test_a_reference_network_of_another_skeleton_is_one_line(icvl, tmp_path, capsys):
    write_whole(tmp_path / "nyu", "nyu")
    chosen = ["--data", "nyu", "--root", str(tmp_path / "nyu"), "--reference", str(icvl[1])]
    assert main(["--out", str(tmp_path / "runs"), *chosen]) == 1
    assert "finds the joint mean of 'icvl', but the joint mean of the skeleton 'nyu'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--root", "d"], "--root goes with --data"),
        (["--protocol", "paper"], "--protocol goes with --data"),
        (["--data", "nyu"], "needs --root too"),
        (["--data", "nyu", "--root", "d"], "needs --reference too: train one with"),
        (["--data", "itop_front", "--root", "d"], "invalid choice"),
    ],
)
def test_options_that_do_not_go_together_are_usage_errors(arguments, said, capsys):
    with pytest.raises(SystemExit) as caught:
        parse_arguments(["--out", "o", *arguments])
    assert caught.value.code == 2
    assert said in capsys.readouterr().err
    assert "itop_top" not in HAND_DATASETS
