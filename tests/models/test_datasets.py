"""Public data sets in their authors' formats: trained on, exported, run and evaluated, each by its name."""

from __future__ import annotations

import json
import multiprocessing
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from models.core.skeleton import joints_center
from models.core.types import Cube
from models.core.voxels import cube_to_cam
from models.data.label_files import Skipped
from models.data.registry import DATASETS
from models.evaluate import __main__ as evaluate
from models.export import __main__ as export
from models.export.run import export_run, measured_batches
from models.reading.volume import volume_of
from models.report import __main__ as report
from models.runtime import PoseNetwork, load_card
from models.train import __main__ as train
from models.train.state import load_checkpoint, load_epoch, save_epoch
from models.train.tasks import make_task
from tests.models.data.published import write_msra, write_whole

SMALL = ["--batch", "1", "--workers", "0", "--threads", "1", "--device", "cpu"]


def of(data: str, root: Path) -> list[str]:
    return ["--data", data, "--root", str(root)]


def train_on(data: str, root: Path, out: Path, *more: str) -> int:
    return train.main([*of(data, root), "--out", str(out), *SMALL, *more])


def measure(arguments: list[str], out: Path) -> dict:
    assert evaluate.main([*arguments, "--device", "cpu", "--json", str(out)]) == 0
    return json.loads(out.read_text())


@pytest.mark.parametrize("data", sorted(DATASETS))
def test_a_data_set_is_trained_on_exported_run_and_evaluated(tmp_path, data, monkeypatch, capsys):
    monkeypatch.setattr("models.train.schedule.WARM_UP_STEPS", 5)
    dataset, root, run, model = DATASETS[data], tmp_path / "data", tmp_path / "run", tmp_path / "model.onnx"
    counts = write_whole(root, data)
    assert train_on(data, root, run, "--model", "compact", "--samples", "2", "--eval-samples", "2") == 0
    metrics = json.loads((run / "metrics.jsonl").read_text())
    assert metrics["samples"] == load_checkpoint(run).steps == 2

    assert export.main(["--run", str(run), "--out", str(model), "--eval-samples", "9"]) == 0
    network = PoseNetwork(model, "cpu")
    assert (network.card.joints, network.card.size_m) == (dataset.joints, dataset.cube_m)
    frame = dataset.open(root, dataset.measured, skipped=Skipped())[0]
    cube = Cube(joints_center(frame.joints_cam_m), dataset.cube_m)
    estimate = network.infer(volume_of(frame.frame, cube, network.card.input_resolution).as_right(frame.hand))
    assert cube_to_cam(estimate.joints_cube, cube).shape == (len(dataset.joints), 3)
    assert estimate.right is None  # all hands of a data set are of one side

    rows = {kind: tmp_path / f"{kind}.txt" for kind in ("predictions", "labels")}
    writes = [word for kind, path in rows.items() for word in (f"--write-{kind}", str(path))]
    figures = measure(["--model", str(model), *of(data, root), *writes], tmp_path / "report.json")
    assert figures["frames"] == counts[dataset.measured]
    assert list(figures["per_joint_mm"]) == list(dataset.joints)
    # The same frames around the same points, voxelised for training and for the runtime.
    assert figures["mean_error_mm"] == pytest.approx(network.card.details["held_out"]["error_mm"], abs=0.5)
    assert figures["mean_error_mm"] < 300 * dataset.cube_m
    assert (figures["map_10cm"] is not None) == data.startswith("itop")
    assert figures["centers"] == "true reference points (joint mean)"
    assert "cubes centred at: true reference points" in capsys.readouterr().out
    # A data set without one camera for all asks for its images, and then for a row for each of them.
    times, where = (2, []) if dataset.camera is not None else (1, ["--root", str(root)])
    files = [word for kind, path in rows.items() for word in (f"--{kind}", *(times * [str(path)]))]
    assert evaluate.main(["--data", data, *where, *files, "--json", str(tmp_path / "pooled.json")]) == 0
    pooled = json.loads((tmp_path / "pooled.json").read_text())
    assert pooled["frames"] == times * figures["frames"]
    assert pooled["mean_error_mm"] == pytest.approx(figures["mean_error_mm"], abs=0.1)
    page = tmp_path / "page.html"
    assert report.main(["--out", str(page), str(tmp_path / "report.json"), str(tmp_path / "pooled.json")]) == 0
    assert dataset.title in page.read_text()


@pytest.fixture(scope="module")
def msra(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A root of MSRA frames, and a compact and a reference run of ten steps on it, with exports of both."""
    folder = tmp_path_factory.mktemp("msra")
    paths = {"root": folder / "data"}
    write_whole(paths["root"], "msra")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("models.train.schedule.WARM_UP_STEPS", 1)
        for model in ("compact", "reference"):
            paths[f"{model}_run"], paths[model] = folder / model, folder / f"{model}.onnx"
            run = ["--model", model, "--subject", "0", "--samples", "10", "--eval-samples", "2"]
            assert train_on("msra", paths["root"], paths[f"{model}_run"], *run) == 0
            export_run(paths[f"{model}_run"], paths[model], 2)
    return paths


def test_a_reference_network_is_measured_on_its_data_set_and_puts_the_cubes(msra, tmp_path):
    card = load_card(msra["reference"])
    assert (card.kind, card.size_m) == ("reference", pytest.approx(1.2 * 0.2))
    assert 0 <= card.details["held_out"]["presence_accuracy"] <= 1
    chosen = of("msra", msra["root"])
    report = measure(["--model", str(msra["reference"]), *chosen], tmp_path / "r.json")
    assert report["skipped"] == {"gesture folder missing": 16}
    assert list(report["stages"]) == ["centre of mass", "refined 1x", "refined 2x"]
    pose = ["--model", str(msra["compact"]), *chosen]
    refined = measure([*pose, "--reference", str(msra["reference"])], tmp_path / "p.json")
    assert refined["centers"] == "the centre of mass around the truth, refined 2x by reference"
    assert refined["frames"] == 2
    assert refined["mean_error_mm"] != measure(pose, tmp_path / "t.json")["mean_error_mm"]


def test_an_ensemble_is_the_mean_of_the_last_epochs(msra, tmp_path, capsys):
    run, chosen = str(tmp_path / "run"), of("msra", msra["root"])
    shutil.copytree(msra["compact_run"], run)
    weights = load_epoch(Path(run), 9)
    # after so few steps all epochs say much the same: the joints change places, and what is said is said aloud
    weights["decoder.head.weight"] = 200 * weights["decoder.head.weight"].flip(0)
    save_epoch(Path(run), 9, weights)
    epochs = [tmp_path / f"{epoch}.onnx" for epoch in (9, 10)]
    for path in epochs:
        assert export.main(["--run", run, "--out", str(path), "--eval-samples", "2", "--epoch", path.stem]) == 0
    apart = measure(["--model", *map(str, epochs), *chosen], tmp_path / "apart.json")
    as_one = measure(["--run", run, "--ensemble", "2", *chosen], tmp_path / "as_one.json")
    assert as_one["model"] == "run_ensemble2"
    assert list(as_one["per_joint_mm"].values()) == pytest.approx(list(apart["per_joint_mm"].values()), abs=0.05)
    for alone in (["--run", run], *(["--model", str(path)] for path in epochs)):
        error = measure([*alone, *chosen], tmp_path / "a.json")["mean_error_mm"]
        assert abs(error - as_one["mean_error_mm"]) > 3
    capsys.readouterr()
    assert evaluate.main(["--run", run, "--ensemble", "11", *chosen]) == 1
    assert "up to 10 epochs" in one_line(capsys)


def test_an_ensemble_s_card_says_of_what_it_is_the_mean_and_how_far_off(msra, tmp_path):
    out = tmp_path / "three.onnx"
    run = ["--run", str(msra["compact_run"]), "--eval-samples", "2"]
    assert export.main([*run, "--out", str(out), "--ensemble", "3"]) == 0
    details = load_card(out).details
    assert details["weights"] == "mean of the estimates after epochs 8, 9, 10 of 10"
    assert details["training_data"] == "msra, without 0"
    figures = measure(["--model", str(out), *of("msra", msra["root"])], tmp_path / "report.json")
    assert details["held_out"]["error_mm"] == pytest.approx(figures["mean_error_mm"], abs=0.5)


def test_no_frame_is_measured_twice_for_a_card(tmp_path):
    write_msra(tmp_path, {"P0/1": 23, "P1/1": 1})
    saved = SimpleNamespace(config={"data": "msra", "root": str(tmp_path), "held_out": 0})
    batches, measured = measured_batches(saved, make_task("compact", "best", "msra"), 500, None, None)
    assert measured["samples"] == sum(len(batch.occupancy) for batch in batches) == 20


def test_the_paper_s_network_takes_its_steps_on_a_data_set(tmp_path):
    root, run = tmp_path / "data", tmp_path / "run"
    write_whole(root, "icvl")
    assert train_on("icvl", root, run, "--model", "v2v", "--samples", "1", "--eval-samples", "0") == 0
    saved = load_checkpoint(run)
    assert saved.steps == 1
    assert saved.network["head.weight"].shape[0] == 16
    assert (saved.config["recipe"], saved.config["lr"]) == ("paper", 2.5e-4)


def test_without_an_end_a_data_set_is_trained_on_for_the_paper_s_ten_passes():
    options = train.parse_arguments(["--model", "v2v", "--out", "o", "--data", "msra", "--root", "d"])
    config = train.make_config(options, "", frames=7)
    assert (config.samples, config.batch, config.recipe, config.held_out) == (70, 8, "paper", 0)
    assert (config.reuse, config.eval_samples) == (1, 192)


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    """What a command said on stderr: one line, apart from the log of what it opened."""
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("models.")]
    assert len(lines) == 1
    return lines[0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--data", "mnist"], "invalid choice: 'mnist'"),
        (["--data", "nyu"], "--data nyu needs --root too"),
        (["--data", "nyu", "--root", "d", "--subject", "3"], "nyu has a fixed test part"),
        (["--data", "msra", "--root", "d", "--subject", "9"], "msra has 0 to 8, got 9"),
        (["--subject", "3"], "--subject goes with --data"),
        (["--root", "d"], "--root goes with --data"),
    ],
)
@pytest.mark.parametrize(
    "command",
    [
        lambda arguments: train.main(["--model", "compact", "--out", "o", "--samples", "1", *arguments]),
        lambda arguments: evaluate.main(["--model", "m.onnx", *arguments]),
    ],
    ids=["train", "evaluate"],
)
def test_a_data_set_that_is_not_said_right_is_a_usage_error(command, arguments, said, capsys):
    with pytest.raises(SystemExit) as caught:
        command(arguments)
    assert caught.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--reuse", "2", "--data", "nyu", "--root", "d"], "--reuse goes with synthetic hands"),
        (["--epochs", "2"], "--epochs goes with --data"),
        (["--epochs", "0", "--data", "nyu", "--root", "d"], "--epochs: expected a number above zero"),
        ([], "one of --time-budget and --samples is needed"),
    ],
)
def test_training_options_that_do_not_go_together_are_usage_errors(arguments, said, capsys):
    with pytest.raises(SystemExit) as caught:
        train.parse_arguments(["--model", "compact", "--out", "o", *arguments])
    assert caught.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--model", "m", "--data", "nyu", "--root", "d", "--synthetic", "3"], "--synthetic does not go with --data"),
        (["--model", "m", "--folder", "f", "--stretched"], "--stretched does not go with --folder"),
        (["--model", "m", "--folder", "f", "--foreign"], "--foreign does not go with --folder"),
        (["--model", "m", "--folder", "f", "--behind"], "--behind does not go with --folder"),
        (["--model", "m", "--folder", "f", "--objects"], "--objects does not go with --folder"),
        (["--model", "m", "--data", "nyu", "--root", "d", "--labels", "l"], "--labels goes with --predictions"),
        (["--model", "m", "--run", "r"], "one of --run, --model"),
        (["--model", "m", "--ensemble", "3"], "--ensemble goes with --run"),
        (["--data", "nyu", "--predictions", "p", "--labels", "l", "--subject", "1"], "--subject does not go with"),
        (["--model", "m", "--reference", "r"], "--reference goes with --data"),
    ],
)
def test_evaluation_options_that_do_not_go_together_are_usage_errors(arguments, said, capsys):
    with pytest.raises(SystemExit) as caught:
        evaluate.parse_arguments(arguments)
    assert caught.value.code == 2
    assert said in capsys.readouterr().err


def test_a_missing_root_is_one_clear_line(msra, tmp_path, capsys):
    gone = tmp_path / "gone"
    assert train_on("nyu", gone, tmp_path / "run", "--model", "compact") == 1
    assert f"{gone}: is not a folder; get NYU" in one_line(capsys)
    assert evaluate.main(["--model", str(msra["compact"]), *of("msra", gone)]) == 1
    assert f"{gone}: is not a folder; get MSRA15" in one_line(capsys)
    assert export.main(["--run", str(msra["compact_run"]), "--out", str(tmp_path / "x.onnx"), "--root", str(gone)]) == 1
    assert f"{gone}: is not a folder" in one_line(capsys)


def test_a_model_of_another_skeleton_is_one_line_that_names_both(msra, tmp_path, capsys):
    assert evaluate.main(["--model", str(msra["compact"]), *of("nyu", tmp_path)]) == 1
    line = one_line(capsys)
    assert "model compact: gives 21 joints" in line
    assert "nyu has 14 joints" in line
    assert evaluate.main(["--model", str(msra["reference"]), *of("nyu", tmp_path)]) == 1
    line = one_line(capsys)
    assert "finds the joint mean of 'hand'" in line
    assert "needed on nyu" in line


def test_a_reference_network_for_another_point_is_refused(exported, msra, capsys):
    pose = ["--model", str(msra["compact"]), *of("msra", msra["root"]), "--device", "cpu"]
    assert evaluate.main([*pose, "--reference", str(exported["reference"])]) == 1
    assert "finds the palm of 'hand', but the joint mean" in one_line(capsys)


def test_a_part_without_labels_is_one_clear_line(msra, tmp_path, capsys):
    write_whole(tmp_path, "hands2017")
    arguments = ["--model", str(msra["compact"]), *of("hands2017", tmp_path), "--device", "cpu"]
    assert evaluate.main([*arguments, "--split", "test"]) == 1
    assert "hands2017 test: its labels are not published" in one_line(capsys)
    assert evaluate.main([*arguments, "--split", "middle"]) == 1
    assert "split must be one of train, validation, test" in one_line(capsys)


def test_images_that_are_all_missing_end_a_run_with_one_clear_line(tmp_path, capsys):
    root = tmp_path / "data"
    write_whole(root, "nyu")
    for path in (root / "train").glob("*.png"):
        path.unlink()
    run = ["--model", "compact", "--samples", "4", "--eval-samples", "0", "--workers", "1"]
    assert train_on("nyu", root, tmp_path / "run", *run) == 1
    assert "models.train: none of 3 frames can be used; the last: " in one_line(capsys)
    assert multiprocessing.active_children() == []


def test_a_run_is_not_gone_on_with_on_other_data(msra, tmp_path, capsys):
    again = ["--model", "compact", "--samples", "20", "--eval-samples", "0"]
    assert train_on("msra", msra["root"], msra["compact_run"], *again, "--subject", "3") == 1
    assert "holds a checkpoint with held_out 0, not 3" in one_line(capsys)
