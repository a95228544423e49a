"""What the command on joint angles prints is measured, and its bad input is one line."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from models.data.pose_csv import COLUMNS, csv_row
from models.evaluate import angles
from models.rendering.gestures import GESTURES
from tests.app.fakes import pose


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["angles", *map(str, arguments)])
    return angles.main()


def write(path, poses):
    rows = [",".join(csv_row(frame, 0.0, found)) for frame, found in poses.items()]
    path.write_text("\n".join([",".join(COLUMNS), *rows]) + "\n")
    return path


def test_angles_of_fingers_are_read_within_a_few_degrees_from_exact_joints():
    errors = angles.rig_errors_deg(40, seed=3)[:, :16]
    assert np.isfinite(errors).all() and np.abs(errors).max() < 5
    assert np.abs(errors).mean() > 0, "every shape has its own error"


def test_shaken_joints_show_gestures_less_well():
    exact, wild = (angles.gesture_shares(4, shake_mm, seed=2) for shake_mm in (0.0, 40.0))
    assert set(exact) == set(GESTURES)
    assert np.mean(list(exact.values())) > 0.85 > np.mean(list(wild.values()))


def test_an_export_is_compared_with_the_truth(tmp_path, monkeypatch, capsys):
    truth = write(tmp_path / "truth.csv", {1: pose(seed=1), 2: pose(seed=2)})
    run(monkeypatch, "--poses", write(tmp_path / "poses.csv", {2: pose(seed=2), 3: pose(seed=3)}), "--truth", truth)
    shown = capsys.readouterr().out
    assert "1 frames" in shown and "100.0% of the frames" in shown


@pytest.mark.parametrize("content", [None, "no,csv\n1,2\n", "other side"])
def test_files_that_cannot_be_compared_are_one_line(tmp_path, monkeypatch, capsys, content):
    truth, poses = write(tmp_path / "truth.csv", {1: pose(seed=1)}), tmp_path / "poses.csv"
    if content == "other side":
        write(poses, {1: pose(hand="left", seed=1)})
    elif content is not None:
        poses.write_text(content)
    assert run(monkeypatch, "--poses", poses, "--truth", truth) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize("arguments", [["--poses", "a.csv"], ["--count", "0"]])
def test_wrong_usage_is_status_2(monkeypatch, arguments):
    with pytest.raises(SystemExit) as stop:
        run(monkeypatch, *arguments)
    assert stop.value.code == 2
