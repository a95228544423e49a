"""The paper's protocol: its volumes, its decoding, every frame; chosen, kept with the network and named in reports."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from models.core.camera import deproject
from models.core.heatmaps import NOTHING_EXPECTED, decode_argmax, gaussian_targets
from models.core.metrics import joint_errors_mm
from models.core.skeleton import joints_center
from models.core.types import Cube, DepthFrame
from models.data.synthetic.testset import TEST_SEED, hand_frame
from models.evaluate import __main__ as evaluate
from models.export import __main__ as export
from models.networks.decode import PoseOutput, highest_voxel
from models.reading.volume import volume_of
from models.report.results import read_result
from models.train import __main__ as train
from models.train.state import load_checkpoint
from models.train.tasks import make_task
from tests.models.data.published import nyu_png, write_whole

SMALL = ["--batch", "1", "--workers", "0", "--threads", "1", "--device", "cpu", "--model", "compact"]
PAPER = ["--protocol", "paper"]


def papers_volume(frame: DepthFrame, cube: Cube, resolution: int) -> np.ndarray:
    """The occupancy by the arithmetic of the paper's code: to -1 .. 1, to voxels, cast to integers."""
    v, u = np.nonzero(frame.raw)
    points = deproject(np.stack([u, v], axis=1), frame.raw[v, u] * float(frame.depth_units), frame.camera)
    normalised = (points - cube.center_cam_m) / (cube.size_m / 2)
    voxels = ((normalised + 1) / (2 / resolution)).astype(np.int32)
    voxels = voxels[((voxels >= 0) & (voxels < resolution)).all(axis=1)]
    volume = np.zeros((resolution,) * 3, np.uint8)
    volume[tuple(voxels.T)] = 1
    return volume


def test_volumes_are_those_of_the_papers_code():
    shared, either, dropped = 0, 0, 0
    for index in range(8):
        labelled = hand_frame(TEST_SEED, index)
        cube = Cube(joints_center(labelled.joints_cam_m), 0.25)
        theirs = papers_volume(labelled.frame, cube, 88)
        mine = volume_of(labelled.frame, cube, 88, keeps_flying=True).occupancy
        shared, either = shared + int((mine & theirs).sum()), either + int((mine | theirs).sum())
        dropped += int(theirs.sum()) - int(volume_of(labelled.frame, cube, 88).occupancy.sum())
    assert shared / either >= 0.99
    assert dropped > 0  # which is what the other protocol does


@pytest.mark.parametrize("recipe", ["best", "paper"])
def test_decoding_is_off_by_what_the_highest_voxel_is(recipe):
    joints = np.random.default_rng(0).uniform(-0.4, 0.4, (30, 3))
    volumes = gaussian_targets(joints, 44, 1.7)
    logits = np.log(volumes + 1e-30) if recipe == "best" else volumes
    outputs = PoseOutput(torch.from_numpy(logits)[None])
    task = make_task("v2v", recipe, "nyu", "paper")
    found = task.decode(outputs).joints[0].numpy()
    np.testing.assert_allclose(found, decode_argmax(volumes), atol=1e-6)
    # A point in a voxel is on average 0.4803 edges from its centre.
    off_mm = joint_errors_mm(found * 0.25, joints * 0.25).mean()
    assert off_mm == pytest.approx(0.4803 * 250 / 44, rel=0.1)
    nothing = torch.tensor(NOTHING_EXPECTED).expand(1, len(joints), 4)
    np.testing.assert_allclose(task.decode(outputs, nothing).joints[0], found)
    finer = make_task("v2v", recipe, "nyu").decode(outputs).joints[0].numpy()
    assert joint_errors_mm(finer * 0.25, joints * 0.25).mean() < off_mm / 2


def test_what_is_expected_moves_the_highest_voxel():
    volumes = torch.zeros(1, 1, 8, 8, 8)
    volumes[0, 0, 1, 1, 1], volumes[0, 0, 6, 6, 6] = 1.0, 0.9
    task = make_task("v2v", "paper", "nyu", "paper")
    expected = torch.tensor([[[5.5 / 8 - 0.5, 5.5 / 8 - 0.5, 5.5 / 8 - 0.5, 0.1]]])
    assert torch.equal(task.decode(PoseOutput(volumes)).joints, highest_voxel(volumes))
    assert (task.decode(PoseOutput(volumes), expected).joints > 0).all()


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """NYU, whose last test frame shows nothing, and a short run on it by each protocol."""
    folder = tmp_path_factory.mktemp("nyu")
    write_whole(folder / "data", "nyu")
    nyu_png(folder / "data" / "test" / "depth_1_0000002.png", np.zeros((480, 640)))
    chosen = ["--data", "nyu", "--root", str(folder / "data"), "--samples", "5", "--eval-samples", "1"]
    for protocol in ("paper", "ours"):
        arguments = [*SMALL, *chosen, "--protocol", protocol, "--out", str(folder / protocol)]
        assert train.main(arguments) == 0
    return {"data": folder / "data", "paper": folder / "paper", "ours": folder / "ours"}


def measured(arguments: list[str], runs: dict[str, Path], out: Path) -> dict:
    chosen = ["--data", "nyu", "--root", str(runs["data"]), "--device", "cpu", "--json", str(out)]
    assert evaluate.main([*arguments, *chosen]) == 0
    return json.loads(out.read_text())


def test_every_test_frame_counts_and_the_report_names_the_protocol(runs, tmp_path, capsys):
    paper = measured(["--run", str(runs["paper"])], runs, tmp_path / "a.json")
    assert (paper["protocol"], paper["frames"], paper["unseen"]) == ("paper", 2, 0)
    assert "protocol: paper (joints at the highest voxel" in capsys.readouterr().out
    assert read_result(tmp_path / "a.json").name == "paper (the paper's protocol)"
    ours = measured(["--run", str(runs["ours"])], runs, tmp_path / "b.json")
    assert (ours["protocol"], ours["frames"], ours["unseen"]) == ("ours", 1, 1)
    assert read_result(tmp_path / "b.json").name == "ours"
    other = measured(["--run", str(runs["ours"]), *PAPER], runs, tmp_path / "c.json")
    assert (other["protocol"], other["frames"]) == ("paper", 2)


def test_an_exported_network_says_its_protocol_and_is_refused_by_another(runs, tmp_path, capsys):
    model = tmp_path / "paper.onnx"
    assert export.main(["--run", str(runs["paper"]), "--out", str(model), "--eval-samples", "1"]) == 0
    assert json.loads(model.with_suffix(".json").read_text())["protocol"] == "paper"
    figures = measured(["--model", str(model)], runs, tmp_path / "a.json")
    assert figures["protocol"] == "paper"
    capsys.readouterr()
    chosen = ["--data", "nyu", "--root", str(runs["data"]), "--device", "cpu", "--protocol", "ours"]
    assert evaluate.main(["--model", str(model), *chosen]) == 1
    assert "its graph decodes by the protocol 'paper', not 'ours'" in capsys.readouterr().err


def test_a_card_with_an_unknown_protocol_is_one_line(runs, tmp_path, capsys):
    model = tmp_path / "a.onnx"
    assert export.main(["--run", str(runs["ours"]), "--out", str(model), "--eval-samples", "1"]) == 0
    card = model.with_suffix(".json")
    card.write_text(json.dumps(json.loads(card.read_text()) | {"protocol": "theirs"}))
    capsys.readouterr()
    assert evaluate.main(["--model", str(model), "--data", "nyu", "--root", str(runs["data"]), "--device", "cpu"]) == 1
    assert "its card says the protocol 'theirs', expected ours or paper" in capsys.readouterr().err


def test_the_paper_is_trained_in_float32():
    def precision(*arguments: str) -> str:
        options = train.parse_arguments(["--out", "o", "--data", "nyu", "--root", "d", *arguments])
        return train.make_config(options, "", frames=1).precision

    assert precision("--model", "v2v") == "f32"  # whose recipe is the paper's
    assert precision("--model", "compact", *PAPER) == "f32"
    assert precision("--model", "v2v", "--precision", "bf16") == "bf16"
    assert precision("--model", "v2v", "--recipe", "best") == "auto"


def test_a_run_keeps_its_protocol(runs, capsys):
    assert load_checkpoint(runs["paper"]).config["protocol"] == "paper"
    chosen = ["--data", "nyu", "--root", str(runs["data"]), "--samples", "9", "--eval-samples", "0"]
    assert train.main([*SMALL, *chosen, "--out", str(runs["paper"]), "--precision", "f32"]) == 1
    assert "was trained with protocol 'paper', not 'ours'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "arguments", "said"),
    [
        (train, ["--model", "v2v", "--out", "o", "--samples", "1"], "--protocol goes with --data"),
        (train, ["--model", "reference", "--out", "o", "--data", "nyu", "--root", "d"], "networks that give poses"),
        (evaluate, ["--model", "m.onnx"], "--protocol goes with --data"),
    ],
)
def test_a_protocol_that_says_nothing_is_a_usage_error(command, arguments, said, capsys):
    with pytest.raises(SystemExit) as caught:
        command.parse_arguments([*arguments, *PAPER])
    assert caught.value.code == 2
    assert said in capsys.readouterr().err
