"""A labelled folder of one's own as a data set, and one that the program itself has labelled."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from app.cli import main as program
from app.settings import BUNDLED_RECORDING
from models.data.label_files import Skipped
from models.data.labelled_folder import LABELLED_FOLDER
from models.train import __main__ as train
from models.train.state import load_checkpoint
from tests.models.data.published import SURFACE_M, on_surface, write_folder


def test_joints_lie_on_their_own_pixels_and_keep_their_sides(tmp_path):
    written = write_folder(tmp_path, 10, hands=("left", "right"))
    training, test = (list(LABELLED_FOLDER.frames(tmp_path, split)) for split in ("train", "test"))
    assert [frame.frame.frame_id for frame in training + test] == list(range(10))
    assert len(test) == 2
    for frame, joints, hand in zip(training + test, written, 5 * ["left", "right"]):
        np.testing.assert_allclose(frame.joints_cam_m, joints, atol=1e-6)
        np.testing.assert_allclose(on_surface(frame), SURFACE_M, atol=1.1e-3)
        assert frame.hand == hand


def test_images_without_a_row_and_rows_without_an_image_are_left_out(tmp_path):
    write_folder(tmp_path, 6)
    path = tmp_path / "joints.csv"
    rows = path.read_text().splitlines()
    cells = rows[3].split(",")
    cells[3] = "0"
    rows[3], rows[4] = ",".join(cells), rows[4].replace("3,", "99,", 1)
    path.write_text("\n".join(rows))
    skipped = Skipped()
    frames = LABELLED_FOLDER.open(tmp_path, "all", skipped=skipped)
    assert frames.numbers == [0, 1, 4, 5]
    assert skipped.counts == {"row without an image": 1}


def test_what_is_missing_is_one_clear_line(tmp_path):
    with pytest.raises(ValueError, match="joints.csv: is missing; it holds the joints, a row a frame"):
        LABELLED_FOLDER.open(tmp_path, "train")
    write_folder(tmp_path, 2)
    (tmp_path / "camera.json").unlink()
    with pytest.raises(ValueError, match="camera.json: is missing"):
        LABELLED_FOLDER.open(tmp_path, "train")


def test_a_folder_whose_poses_the_program_exported_is_trained_on(tmp_path):
    """The commands of docs/training.md, on a recording whose truth is not known."""
    pytest.importorskip("pyrealsense2")
    recording, folder, run = tmp_path / "mine.bag", tmp_path / "frames", tmp_path / "run"
    recording.symlink_to(BUNDLED_RECORDING)
    assert program([str(recording), "--headless", "--frames", "12", "--record", str(folder)]) == 0
    assert program([str(folder), "--headless", "--export", str(folder / "joints.csv")]) == 0
    with (folder / "joints.csv").open(newline="") as file:
        tracked = {int(row["frame"]): row for row in csv.DictReader(file) if row["tracked"] == "1"}
    assert len(tracked) > 6
    frames = LABELLED_FOLDER.open(folder, "all")
    assert frames.numbers == sorted(tracked)
    for index, number in enumerate(frames.numbers):
        assert frames[index].joints_cam_m[0, 0] == pytest.approx(float(tracked[number]["wrist_x"]), abs=1e-6)
    chosen = ["--data", "folder", "--root", str(folder), "--samples", "2", "--eval-samples", "2"]
    small = ["--model", "compact", "--batch", "1", "--workers", "0", "--threads", "1", "--device", "cpu"]
    assert train.main([*chosen, *small, "--out", str(run)]) == 0
    assert load_checkpoint(run).steps == 2
