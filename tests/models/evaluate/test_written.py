"""Predictions as files: others' evaluators and our own reader find in them what the network said."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from models.data.label_files import Skipped
from models.data.registry import DATASETS
from models.evaluate import __main__ as evaluate
from models.evaluate.predictions import evaluate_predictions
from models.evaluate.written import PredictionRows
from models.export import __main__ as export
from models.report import __main__ as report
from models.train import __main__ as train
from tests.models.data.published import HANDS2017_ORDER, write_hands2017, write_msra, write_whole

NOISE = np.random.default_rng(3)


@pytest.fixture(params=sorted(DATASETS))
def rows(request, tmp_path) -> PredictionRows:
    """Of each measured frame of a data set, joints that are off by noise."""
    dataset = DATASETS[request.param]
    write_whole(tmp_path, request.param)
    rows = PredictionRows(dataset)
    for labelled in dataset.frames(tmp_path, dataset.measured, skipped=Skipped()):
        rows.add(labelled, labelled.joints_cam_m + NOISE.normal(0, 0.01, labelled.joints_cam_m.shape))
    return rows


@pytest.mark.parametrize("form", ["uvd", "xyz"])
@pytest.mark.parametrize("unit", ["mm", "m"])
def test_our_own_reader_finds_the_same_errors_joint_by_joint(rows, tmp_path, form, unit):
    root = tmp_path if rows.dataset.camera is None else None
    rows.write_found(tmp_path / "found.txt", form, unit)
    rows.write_truth(tmp_path / "truth.txt", form, unit)
    data = rows.dataset.name
    if rows.dataset.many_cameras and form == "uvd":
        with pytest.raises(ValueError, match="several cameras"):
            evaluate_predictions(data, tmp_path / "found.txt", tmp_path / "truth.txt", form, unit, root)
        return
    figures = evaluate_predictions(data, tmp_path / "found.txt", tmp_path / "truth.txt", form, unit, root)
    errors = 1000 * np.linalg.norm(np.subtract(rows.found_cam_m, rows.truth_cam_m), axis=-1)
    assert figures.frames == len(errors)
    assert list(figures.per_joint_mm.values()) == pytest.approx(errors.mean(axis=0), abs=2e-3)
    assert tuple(figures.per_joint_mm) == rows.dataset.joints


EVALUATORS = {"nyu": (588.03, -587.07, 320.0, 240.0), "icvl": (240.99, 240.96, 160.0, 120.0)}
EVALUATORS["msra"] = (241.42, 241.42, 160.0, 120.0)
"""fx, fy, u0, v0 of the community's evaluators."""


@pytest.mark.parametrize("rows", EVALUATORS, indirect=True)
def test_the_communitys_arithmetic_finds_the_same_errors(rows, tmp_path):
    """u v d to x y z with the evaluators' intrinsics, then the mean distance, as they do it."""
    fx, fy, u0, v0 = EVALUATORS[rows.dataset.name]
    rows.write_found(tmp_path / "found.txt", "uvd", "mm")
    rows.write_truth(tmp_path / "truth.txt", "uvd", "mm")

    def joints_mm(path: Path) -> np.ndarray:
        u, v, d = np.moveaxis(np.loadtxt(path).reshape(len(rows.names), -1, 3), -1, 0)
        return np.stack([(u - u0) * d / fx, (v - v0) * d / fy, d], axis=-1)

    theirs = np.linalg.norm(joints_mm(tmp_path / "found.txt") - joints_mm(tmp_path / "truth.txt"), axis=-1)
    ours = 1000 * np.linalg.norm(np.subtract(rows.found_cam_m, rows.truth_cam_m), axis=-1)
    np.testing.assert_allclose(theirs, ours, atol=2e-3)


def test_a_row_of_hands_2017_is_as_its_challenge_wants_it(tmp_path):
    written = write_hands2017(tmp_path, 1)
    (labelled,) = DATASETS["hands2017"].frames(tmp_path, "train")
    rows = PredictionRows(DATASETS["hands2017"])
    rows.add(labelled, written[0])
    rows.write_found(tmp_path / "result.txt", "xyz", "mm")
    name, *values = (tmp_path / "result.txt").read_text().strip().split("\t")
    assert name == "image_D00000001.png"
    np.testing.assert_allclose(np.array(values, float).reshape(21, 3), 1000 * written[0][HANDS2017_ORDER], atol=1e-4)


@pytest.fixture(scope="module")
def msra(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A root of MSRA frames of two subjects, and an exported network."""
    folder = tmp_path_factory.mktemp("msra")
    write_msra(folder / "data", {"P0/1": 2, "P3/1": 3})
    chosen = ["--data", "msra", "--root", str(folder / "data"), "--samples", "3", "--eval-samples", "0"]
    small = ["--batch", "1", "--workers", "0", "--threads", "1", "--device", "cpu", "--model", "compact"]
    assert train.main([*chosen, *small, "--out", str(folder / "run")]) == 0
    assert export.main(["--run", str(folder / "run"), "--out", str(folder / "a.onnx"), "--eval-samples", "1"]) == 0
    return folder / "data", folder / "a.onnx"


def test_the_runs_of_msra_are_written_pooled_and_reported(msra, tmp_path):
    root, model = msra
    files: dict[str, list[str]] = {"predictions": [], "labels": []}
    means = []
    for subject in (0, 3):
        names = {kind: tmp_path / f"{kind}_{subject}.txt" for kind in files}
        chosen = ["--model", str(model), "--data", "msra", "--root", str(root), "--subject", str(subject)]
        writes = ["--write-predictions", str(names["predictions"]), "--write-labels", str(names["labels"])]
        out = tmp_path / f"{subject}.json"
        assert evaluate.main([*chosen, *writes, "--device", "cpu", "--json", str(out)]) == 0
        means.append(json.loads(out.read_text())["mean_error_mm"])
        for kind, path in names.items():
            files[kind].append(str(path))
    whole = tmp_path / "all.txt"
    whole.write_text("".join(Path(path).read_text() for path in files["labels"]))
    for labels in (files["labels"], [str(whole)]):
        out = tmp_path / "pooled.json"
        pooled = ["--data", "msra", "--predictions", *files["predictions"], "--labels", *labels, "--json", str(out)]
        assert evaluate.main(pooled) == 0
        figures = json.loads(out.read_text())
        assert figures["frames"] == 5
        assert figures["mean_error_mm"] == pytest.approx((2 * means[0] + 3 * means[1]) / 5, abs=2e-3)
    assert report.main(["--out", str(tmp_path / "page.html"), str(out)]) == 0
    assert "MSRA15" in (tmp_path / "page.html").read_text()


def test_labels_that_do_not_fit_the_predictions_are_one_line(tmp_path):
    joints = np.full((2, 63), 100.0)
    for name, count in (("a", 2), ("b", 1), ("all", 2)):
        np.savetxt(tmp_path / name, joints[:count])
    files = [tmp_path / "a", tmp_path / "b"]
    with pytest.raises(ValueError, match="all: has 2 rows, but the 2 predictions 3"):
        evaluate_predictions("msra", files, tmp_path / "all")
    with pytest.raises(ValueError, match="3 files of predictions need as many of labels, or one; got 2"):
        evaluate_predictions("msra", [*files, files[0]], files)
    with pytest.raises(ValueError, match=r"b: has 1 rows, but .*all has 2"):
        evaluate_predictions("msra", files, [tmp_path / "a", tmp_path / "all"])


def test_a_frame_that_cannot_be_read_has_no_row_so_that_none_is_written(msra, tmp_path, capsys):
    root, model = msra
    broken = tmp_path / "data"
    write_msra(broken, {"P0/1": 2})
    (broken / "P0" / "1" / "000000_depth.bin").unlink()
    out = tmp_path / "found.txt"
    chosen = ["--model", str(model), "--data", "msra", "--root", str(broken), "--device", "cpu"]
    assert evaluate.main([*chosen, "--write-predictions", str(out)]) == 1
    assert "1 of 2 frames could not be read, but a prediction file has a row for each" in capsys.readouterr().err
    assert not out.exists()


def test_frames_without_labels_are_predicted_around_given_points(msra, tmp_path, capsys):
    _, model = msra
    write_hands2017(tmp_path / "data", 1)
    (tmp_path / "centers.txt").write_text("20 30 500\n")
    card = json.loads(model.with_suffix(".json").read_text())
    (tmp_path / "b.json").write_text(json.dumps(card | {"cube_size_m": 0.25}))
    (tmp_path / "b.onnx").write_bytes(model.read_bytes())
    chosen = ["--model", str(tmp_path / "b.onnx"), "--data", "hands2017", "--root", str(tmp_path / "data")]
    out = tmp_path / "result.txt"
    test = [*chosen, "--split", "test", "--device", "cpu", "--write-predictions", str(out)]
    assert evaluate.main(test) == 1
    assert "--write-predictions needs --centers there" in capsys.readouterr().err
    assert evaluate.main([*test, "--centers", str(tmp_path / "centers.txt")]) == 0
    (line,) = out.read_text().splitlines()
    assert line.startswith("image_D00000001.png\t") and len(line.split("\t")) == 64
