"""Prediction files: right figures for errors that are known, and one clear line for files that cannot be used."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from models.data.registry import DATASETS
from models.evaluate import __main__ as evaluate
from models.evaluate.predictions import evaluate_predictions, format_predictions, read_rows

FRAMES = 4


def poses_mm(data: str, frames: int = FRAMES) -> np.ndarray:
    """Joints (frames, J, 3), mm, in front of the camera."""
    rng = np.random.default_rng(0)
    return np.array([0.0, 0.0, 500.0]) + rng.uniform(-60, 60, (frames, len(DATASETS[data].joints), 3))


def to_uvd(joints_mm: np.ndarray, data: str) -> np.ndarray:
    camera = DATASETS[data].camera
    x, y, z = np.moveaxis(joints_mm, -1, 0)
    return np.stack([x * camera.fx / z + camera.ppx, y * camera.fy / z + camera.ppy, z], axis=-1)


def write(path: Path, rows: np.ndarray, names: list[str] | None = None) -> Path:
    lines = [" ".join(f"{value:.9g}" for value in np.ravel(row)) for row in rows]
    path.write_text("\n".join(f"{name} {line}" for name, line in zip(names or [""] * len(lines), lines)) + "\n")
    return path


def edit_line(path: Path, line: int, change) -> None:
    lines = path.read_text().splitlines()
    lines[line - 1] = change(lines[line - 1])
    path.write_text("\n".join(lines) + "\n")


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Predictions and labels of NYU, u v d; frame i is off by 10 (i + 1) mm along x at its first joint."""
    truth = poses_mm("nyu")
    said = truth.copy()
    said[:, 0, 0] += 10.0 * np.arange(1, FRAMES + 1)
    return write(tmp_path / "said.txt", to_uvd(said, "nyu")), write(tmp_path / "truth.txt", to_uvd(truth, "nyu"))


def test_known_errors_give_known_figures(files):
    report = evaluate_predictions("nyu", *files)
    assert report.frames == FRAMES
    assert report.mean_error_mm == pytest.approx(25 / 14, abs=1e-4)
    assert report.per_joint_mm["little_tip"] == pytest.approx(25, abs=1e-4)
    assert report.per_joint_mm["palm"] == pytest.approx(0, abs=1e-4)
    assert tuple(report.per_joint_mm) == DATASETS["nyu"].joints
    assert [report.success_worst_joint[limit] for limit in ("9", "15", "25", "35", "45")] == [0, 0.25, 0.5, 0.75, 1]
    assert report.success_mean["0"] == 0 and report.success_mean["1"] == 0.25 and report.success_mean["3"] == 1
    assert list(report.success_worst_joint) == [str(limit) for limit in range(81)]
    assert report.map_10cm is None
    assert report.warnings == ()


@pytest.mark.parametrize("data", [name for name, dataset in DATASETS.items() if dataset.camera is not None])
def test_both_formats_and_units_of_one_pose_give_one_error(tmp_path, data):
    truth = poses_mm(data)
    said = truth + [3.0, 4.0, 12.0]
    write(tmp_path / "p1", to_uvd(said, data)), write(tmp_path / "l1", to_uvd(truth, data))
    write(tmp_path / "p2", said), write(tmp_path / "l2", truth)
    write(tmp_path / "p3", said / 1000), write(tmp_path / "l3", truth / 1000)
    reports = [
        evaluate_predictions(data, tmp_path / "p1", tmp_path / "l1", "uvd"),
        evaluate_predictions(data, tmp_path / "p2", tmp_path / "l2", "xyz"),
        evaluate_predictions(data, tmp_path / "p3", tmp_path / "l3", "xyz", "m"),
    ]
    for report in reports:
        assert report.mean_error_mm == pytest.approx(13, abs=1e-3)
        assert report.warnings == ()
    usual = 1 if data in ("hands2017", "hands2019", "bighand", "itop_front", "itop_top") else 0
    again = evaluate_predictions(data, tmp_path / f"p{usual + 1}", tmp_path / f"l{usual + 1}")
    assert again.format == ("xyz, mm" if usual else "uvd, mm")
    assert again.mean_error_mm == reports[usual].mean_error_mm


def test_an_axis_that_points_the_other_way_does_not_matter(tmp_path):
    truth = poses_mm("nyu")
    said = truth + np.random.default_rng(1).normal(0, 10, truth.shape)
    turned = [1.0, -1.0, 1.0]
    one = evaluate_predictions("nyu", write(tmp_path / "p", said), write(tmp_path / "l", truth), "xyz")
    files = write(tmp_path / "q", said * turned), write(tmp_path / "m", truth * turned)
    assert evaluate_predictions("nyu", *files, "xyz").mean_error_mm == pytest.approx(one.mean_error_mm)


def test_itop_has_the_share_of_joints_within_ten_centimetres(tmp_path):
    truth = poses_mm("itop_top") + [0, 0, 2500]
    said = truth.copy()
    said[0, 7, 2] += 101
    said[1, 7, 2] += 99
    report = evaluate_predictions("itop_top", write(tmp_path / "p", said), write(tmp_path / "l", truth))
    joint = DATASETS["itop_top"].joints[7]
    assert report.per_joint_10cm[joint] == 0.75
    assert report.map_10cm == pytest.approx((14 + 0.75) / 15)
    assert report.success_worst_joint["200"] == 1


def test_rows_may_start_with_the_name_of_their_image(tmp_path):
    truth = poses_mm("hands2017")
    names = [f"image_D{number:08d}.png" for number in range(FRAMES)]
    said = write(tmp_path / "p", truth + [0, 0, 5], names)
    labels = write(tmp_path / "l", truth, names)
    assert evaluate_predictions("hands2017", said, labels).mean_error_mm == pytest.approx(5, abs=1e-4)
    assert evaluate_predictions("hands2017", said, write(tmp_path / "m", truth)).frames == FRAMES
    edit_line(said, 3, lambda line: line.replace("00002", "00007"))
    with pytest.raises(ValueError, match=r"p, line 3: is of the frame image_D00000007.png, but .*l has .*02.png there"):
        evaluate_predictions("hands2017", said, labels)


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda line: line.rpartition(" ")[0], "expected 42 numbers, got 41"),
        (lambda line: line + " 1.5", "expected 42 numbers, got 43"),
        (lambda line: line.rpartition(" ")[0] + " nan", "not finite"),
        (lambda line: line.rpartition(" ")[0] + " wrist", "wrist"),
        (lambda line: "0", "expected 42 numbers, got 1"),
    ],
    ids=["short", "long", "nan", "word", "cut"],
)
def test_a_broken_row_names_file_and_line(files, which, change, said):
    edit_line(files[which], 2, change)
    with pytest.raises(ValueError, match=said) as caught:
        evaluate_predictions("nyu", *files)
    assert str(caught.value).startswith(f"{files[which]}, line 2: ")
    assert "\n" not in str(caught.value)


def test_different_row_counts_name_both_files_and_counts(files):
    files[0].write_text("\n".join(files[0].read_text().splitlines()[:-1]))
    with pytest.raises(ValueError, match="has 3 rows") as caught:
        evaluate_predictions("nyu", *files)
    assert all(part in str(caught.value) for part in (str(files[0]), str(files[1]), "has 4"))


def test_empty_missing_and_binary_files_are_named(tmp_path):
    (tmp_path / "empty").write_text("\n \n")
    (tmp_path / "binary").write_bytes(b"\x89PNG\xff\xfe")
    for name, said in (("empty", "is empty"), ("none", "cannot be read"), ("binary", "is not a text file")):
        with pytest.raises(ValueError, match=f"{name}: {said}"):
            read_rows(tmp_path / name, 14)


def test_a_file_read_in_the_wrong_format_is_remarked_on(tmp_path):
    truth = poses_mm("nyu")
    path = write(tmp_path / "p", truth)
    assert "--format xyz" in evaluate_predictions("nyu", path, path, "uvd").warnings[0]
    path = write(tmp_path / "p", truth / 1000)
    assert "--unit m" in evaluate_predictions("nyu", path, path, "xyz").warnings[0]


def test_predictions_and_labels_of_either_format_are_read_and_said(tmp_path):
    truth = poses_mm("nyu")
    found = truth + [3.0, 4.0, 12.0]
    uvd, xyz = write(tmp_path / "l", to_uvd(truth, "nyu")), write(tmp_path / "m", truth * [1, -1, 1])
    others = write(tmp_path / "p", found), write(tmp_path / "q", found * [1, -1, 1])
    for predictions in others:  # its y down, and up
        report = evaluate_predictions("nyu", predictions, uvd)
        assert report.mean_error_mm == pytest.approx(13, abs=1e-3)
        assert report.format == "xyz, mm"
        assert "was read as x y z, by the distance" in report.warnings[0]
    report = evaluate_predictions("nyu", others[1], xyz)
    assert report.mean_error_mm == pytest.approx(13, abs=1e-3)
    assert "was read as x y z, not u v d" in report.warnings[0]
    report = evaluate_predictions("nyu", write(tmp_path / "r", to_uvd(found, "nyu")), xyz)
    assert report.mean_error_mm == pytest.approx(13, abs=1e-3)
    assert report.format == "uvd, mm"


@pytest.mark.parametrize("data", ["nyu", "hands2017"])
def test_predictions_that_are_neither_format_are_one_line_with_both_files(tmp_path, data):
    truth = poses_mm(data)
    labels = write(tmp_path / "l", truth if data == "hands2017" else to_uvd(truth, data))
    for wrong in (truth + [0, 0, 400], truth / 1000, truth[..., ::-1]):
        with pytest.raises(ValueError, match=r"p: .* lies \d+ mm from .*l \(.*another format, unit") as caught:
            evaluate_predictions(data, write(tmp_path / "p", wrong), labels)
        assert "\n" not in str(caught.value)


def test_bodies_are_named_at_the_thresholds_of_bodies(tmp_path):
    truth = poses_mm("itop_top") + [0, 0, 2500]
    labels = write(tmp_path / "l", truth)
    report = evaluate_predictions("itop_top", write(tmp_path / "p", truth + [0, 0, 150]), labels)
    assert "worst joint within 100 mm 0.0 %, 200 mm 100.0 %, 300 mm 100.0 %" in format_predictions(report)


def test_the_command_prints_and_writes_the_figures_and_curves(files, tmp_path, capsys):
    out, png, svg = tmp_path / "out.json", tmp_path / "out.png", tmp_path / "out.svg"
    arguments = ["--data", "nyu", "--predictions", str(files[0]), "--labels", str(files[1]), "--format", "uvd"]
    assert evaluate.main([*arguments, "--json", str(out), "--plot", str(png), "--plot", str(svg)]) == 0
    figures = json.loads(out.read_text())
    assert figures["mean_error_mm"] == pytest.approx(25 / 14, abs=1e-4)
    assert figures["frames"] == FRAMES
    assert figures["per_joint_mm"]["little_tip"] == pytest.approx(25, abs=1e-4)
    assert {"20", "30", "40"} <= set(figures["success_worst_joint"])
    printed = capsys.readouterr().out
    assert "mean 1.786 mm" in printed and "little_tip        25.00" in printed
    assert png.read_bytes().startswith(b"\x89PNG")
    assert "<svg" in svg.read_text()


def test_the_command_says_in_one_line_what_is_wrong(files, capsys):
    edit_line(files[0], 4, lambda line: line + " 7")
    assert evaluate.main(["--data", "nyu", "--predictions", str(files[0]), "--labels", str(files[1])]) == 1
    assert capsys.readouterr().err == f"models.evaluate: {files[0]}, line 4: expected 42 numbers, got 43\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--model and --predictions"),
        (["--predictions", "p"], "needs --data and --labels too"),
        (["--predictions", "p", "--data", "nyu"], "needs --labels too"),
        (["--predictions", "p", "--labels", "l", "--data", "mnist"], "invalid choice"),
        (["--predictions", "p", "--labels", "l", "--data", "nyu", "--model", "m"], "--model does not go with"),
        (["--predictions", "p", "--labels", "l", "--data", "nyu", "--folder", "f"], "--folder does not go with"),
        (["--model", "m", "--labels", "l"], "--labels goes with --predictions"),
        (["--model", "m", "--root", "d"], "--root goes with --data"),
        (["--predictions", "p", "--labels", "l", "--data", "nyu", "--plot", "a.pdf"], ".png or .svg"),
    ],
)
def test_options_that_do_not_go_together_are_usage_errors(arguments, said, capsys):
    with pytest.raises(SystemExit) as caught:
        evaluate.parse_arguments(arguments)
    assert caught.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("data", "frames", "mean", "shares"),
    [("nyu", 8252, "8.419", ["71.2", "83.1", "88.1"]), ("icvl", 1596, "6.284", ["84.6", "93.9", "97.2"])],
)
def test_published_predictions_give_the_published_figures(shared_data, tmp_path, capsys, data, frames, mean, shares):
    folder, out = shared_data / "published" / data, tmp_path / "out.json"
    files = folder / f"CVPR18_{data.upper()}_V2V_PoseNet.txt", folder / f"{data}_test_groundtruth_label.txt"
    if not all(path.is_file() for path in files):
        pytest.skip(f"no published predictions in {folder}")
    arguments = ["--data", data, "--predictions", str(files[0]), "--labels", str(files[1]), "--json", str(out)]
    assert evaluate.main(arguments) == 0
    figures = json.loads(out.read_text())
    assert figures["frames"] == frames
    assert f"{figures['mean_error_mm']:.3f}" == mean
    assert [f"{100 * figures['success_worst_joint'][limit]:.1f}" for limit in ("20", "30", "40")] == shares
    printed = capsys.readouterr().out
    assert f"mean {mean} mm" in printed
    assert "worst joint within 20 mm {} %, 30 mm {} %, 40 mm {} %".format(*shares) in printed
    assert figures["warnings"] == []
