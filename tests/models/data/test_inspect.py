"""The inspection of data sets, as a command, on every data set."""

from __future__ import annotations

import shutil

import cv2
import numpy as np
import pytest

from models.data import inspect
from models.data.registry import DATASETS
from tests.models.data import published

WRITERS = {
    "icvl": lambda root: [
        published.write_icvl(root, f"{label}.txt", [f"{folder}/image_0000.png"])
        for label, folder in (
            ("Training/labels", "201403121135"),
            ("Testing/test_seq_1", "test_seq_1"),
            ("Testing/test_seq_2", "test_seq_2"),
        )
    ],
    "nyu": lambda root: [published.write_nyu(root, split, 2) for split in ("train", "test")],
    "msra": lambda root: published.write_msra(root, {"P0/1": 2, "P4/Y": 1}),
    "hands2017": lambda root: published.write_hands2017(root, 2, held_out=1),
    "itop_front": lambda root: [published.write_itop(root, split, [1, 0, 1]) for split in ("train", "test")],
    "itop_top": lambda root: [published.write_itop(root, split, [1], "top") for split in ("train", "test")],
    "hands2019": lambda root: published.write_hands2019(root, 2, held_out=1),
    "bighand": lambda root: published.write_whole(root, "bighand"),
    "dexycb": lambda root: published.write_whole(root, "dexycb"),
    "fpha": lambda root: published.write_whole(root, "fpha"),
    "folder": lambda root: published.write_folder(root, 5),
    "cvar": lambda root: published.write_cvar(root, "P4", 6),
}


def test_every_data_set_is_registered_under_its_name():
    assert set(DATASETS) == set(WRITERS)
    for name, dataset in DATASETS.items():
        assert dataset.name == name
        assert max(max(bone) for bone in dataset.bones) < len(dataset.joints) == len(dataset.skeleton.groups)
        assert {child for _, child in dataset.bones} | {dataset.bones[0][0]} == set(range(len(dataset.joints)))


@pytest.mark.parametrize("name", WRITERS)
def test_counts_checks_and_a_picture(name, tmp_path, capsys):
    WRITERS[name](tmp_path / "data")
    assert inspect.main(["--data", name, "--root", str(tmp_path / "data"), "--out", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr().out
    for split in DATASETS[name].splits:
        assert f"{name} {split}: " in printed
        picture = cv2.imread(str(tmp_path / "out" / f"{name}_{split}.png"))
        assert picture.shape[0] == inspect.TILE_PX
        assert len(np.unique(picture)) > 10
    assert "joints inside the image: 100.0%" in printed
    assert "surface: 100.0%" in printed
    assert "few joints" not in printed


def test_what_is_left_out_is_reported(tmp_path, capsys):
    WRITERS["itop_front"](tmp_path)
    assert inspect.main(["--data", "itop_front", "--root", str(tmp_path), "--split", "test"]) == 0
    printed = capsys.readouterr().out
    assert "itop_front test: 2 frames" in printed
    assert "left out: 1" in printed
    assert "marked as not valid: 1" in printed


def test_wrong_labels_are_warned_of(tmp_path, capsys):
    WRITERS["cvar"](tmp_path)
    path = tmp_path / "P4" / "joint.txt"
    lines = [line.split() for line in path.read_text().splitlines()]
    for parts in lines:
        parts[3::3] = [str(2 * float(z)) for z in parts[3::3]]
    path.write_text("\n".join(" ".join(parts) for parts in lines))
    assert inspect.main(["--data", "cvar", "--root", str(tmp_path), "--split", "all"]) == 0
    assert "warning: few joints lie near the surface" in capsys.readouterr().out


@pytest.mark.parametrize("name", WRITERS)
def test_an_empty_folder_is_one_clear_line(name, tmp_path, capsys):
    assert inspect.main(["--data", name, "--root", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ") and error.count("\n") == 1
    assert "http" in error or "no usable frame" in error or "joints.csv" in error


def test_a_split_whose_images_are_all_missing_is_an_error(tmp_path, capsys):
    WRITERS["cvar"](tmp_path)
    for image in tmp_path.glob("P4/*.png"):
        image.unlink()
    assert inspect.main(["--data", "cvar", "--root", str(tmp_path), "--split", "all"]) == 1
    assert "_depth.png: is missing" in capsys.readouterr().err


@pytest.mark.parametrize("there", ["Training", "Testing"])
def test_a_part_that_is_not_there_does_not_hide_the_other(there, tmp_path, capsys):
    published.write_whole(tmp_path, "icvl")
    for part in {"Training", "Testing"} - {there}:
        shutil.rmtree(tmp_path / part)
    assert inspect.main(["--data", "icvl", "--root", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    shown, missing = ("train", "test") if there == "Training" else ("test", "train")
    assert f"icvl {shown}: {3 if shown == 'train' else 2} frames" in printed
    assert f"icvl {missing}: {tmp_path}" in printed and "is missing" in printed
    assert inspect.main(["--data", "icvl", "--root", str(tmp_path), "--split", missing]) == 1


def test_the_part_that_is_left_out_has_the_name_of_other_commands(tmp_path, capsys):
    published.write_msra(tmp_path, {"P0/1": 2, "P4/Y": 1})
    chosen = ["--data", "msra", "--root", str(tmp_path), "--split", "test"]
    assert inspect.main([*chosen, "--subject", "4"]) == 0
    assert "msra test: 1 frames" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        inspect.main([*chosen, "--subject", "9"])
    assert "msra has 0 to 8, got 9" in capsys.readouterr().err
