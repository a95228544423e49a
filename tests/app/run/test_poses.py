"""Pose files: what is written can be read back, at any moment."""

from __future__ import annotations

import csv
import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.errors import ExportError
from app.run import states
from app.run.poses import check_pose_path, open_pose_writer
from app.tracking.fit.result import FitVerdict
from models.core.hand_state.angles import ANGLES, joint_angles
from models.core.hand_state.openxr import JOINTS, openxr_hand
from models.core.skeleton import HAND, bone_lengths
from models.core.types import Pose
from models.data.pose_csv import COLUMNS, read_hands, read_poses
from tests.app.fakes import fit_result, hand_frame, pose, result_of

RIGHT = replace(pose(seed=1), joint_sd_mm=np.linspace(2, 12, 21))
LEFT = pose(hand="left", seed=2)  # of a network that was not calibrated
RESULTS = [
    result_of(hand_frame(frame_id=4), RIGHT),
    result_of(hand_frame(frame_id=5), None),
    result_of(hand_frame(frame_id=7), LEFT),
]
SUFFIXES = (".csv", ".jsonl", ".npz")


def write(path: Path) -> Path:
    with closing(open_pose_writer(path)) as writer:
        for result in RESULTS:
            writer.write(result)
    return path


def test_a_csv_reads_back_to_the_same_poses(tmp_path):
    poses = read_poses(write(tmp_path / "p.csv"))
    assert list(poses) == [4, 7]
    assert (poses[4].hand, poses[7].hand) == ("right", "left")
    for frame, wanted in ((4, RIGHT), (7, LEFT)):
        assert np.abs(poses[frame].joints_cam_m - wanted.joints_cam_m).max() < 1e-6
        assert np.allclose(poses[frame].joint_confidence, wanted.joint_confidence)
        assert poses[frame].confidence == wanted.confidence
    assert np.allclose(poses[4].joint_sd_mm, RIGHT.joint_sd_mm)
    assert poses[7].joint_sd_mm is None


def test_a_csv_has_the_columns_of_the_format_and_an_empty_row_for_no_hand(tmp_path):
    with write(tmp_path / "p.csv").open(newline="") as file:
        header, first, empty, _ = csv.reader(file)
    assert tuple(header) == COLUMNS
    assert first[:5] == ["4", "133.333", "right", "1", "0.8000"]
    assert empty[:5] == ["5", "166.667", "", "0", "0"]
    assert set(empty[5:-1]) == {""}
    assert (first[-1], empty[-1]) == ("tracked", "lost")
    assert len(empty) == len(COLUMNS)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_pose_that_may_be_wrong_is_written_and_not_called_tracked(tmp_path, suffix):
    path = tmp_path / f"p{suffix}"
    with closing(open_pose_writer(path)) as writer:
        writer.write(result_of(hand_frame(frame_id=4), RIGHT, unsure=True))
    if suffix == ".npz":
        with np.load(path) as data:
            tracked, verdict, wrist = data["tracked"][0], data["verdict"][0], data["joints_cam_m"][0, 0]
    elif suffix == ".jsonl":
        row = json.loads(path.read_text())
        tracked, verdict, wrist = row["tracked"], row["verdict"], row["joints"]["wrist"]
    else:
        (row,) = csv.DictReader(path.read_text().splitlines())
        tracked, verdict, wrist = int(row["tracked"]), row["verdict"], [float(row[f"wrist_{axis}"]) for axis in "xyz"]
    assert (bool(tracked), str(verdict)) == (False, "unsure")
    np.testing.assert_allclose(wrist, RIGHT.joints_cam_m[0], atol=1e-6)


def test_json_lines_hold_one_object_a_frame(tmp_path):
    rows = [json.loads(line) for line in write(tmp_path / "p.jsonl").read_text().splitlines()]
    assert [row["frame"] for row in rows] == [4, 5, 7]
    assert [row["tracked"] for row in rows] == [True, False, True]
    assert rows[1]["joints"] is None
    assert np.allclose(list(rows[0]["joint_sd_mm"].values()), RIGHT.joint_sd_mm)
    assert rows[1]["joint_sd_mm"] is rows[2]["joint_sd_mm"] is None
    assert list(rows[2]["joints"]) == list(HAND.joints)
    assert np.allclose(list(rows[2]["joints"].values()), LEFT.joints_cam_m, atol=1e-6)


def test_an_archive_holds_arrays_with_nan_for_no_hand(tmp_path):
    with np.load(write(tmp_path / "p.npz")) as data:
        assert data["frame"].tolist() == [4, 5, 7]
        assert data["hand"].tolist() == ["right", "", "left"]
        assert data["tracked"].tolist() == [True, False, True]
        assert np.allclose(data["joints_cam_m"][0], RIGHT.joints_cam_m)
        assert np.isnan(data["joints_cam_m"][1]).all()
        assert np.isnan(data["joint_confidence"][1]).all()
        assert np.allclose(data["joint_sd_mm"][0], RIGHT.joint_sd_mm)
        assert np.isnan(data["joint_sd_mm"][1:]).all()
        assert data["joint_names"].tolist() == list(HAND.joints)


def test_an_empty_run_gives_readable_files(tmp_path):
    for suffix in SUFFIXES:
        open_pose_writer(tmp_path / f"p{suffix}").close()
    assert read_poses(tmp_path / "p.csv") == {}
    assert (tmp_path / "p.jsonl").read_text() == ""
    with np.load(tmp_path / "p.npz") as data:
        assert data["joints_cam_m"].shape == (0, 21, 3)


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_rows_are_on_disk_before_the_file_is_closed(tmp_path, suffix):
    path = tmp_path / f"p{suffix}"
    writer = open_pose_writer(path)
    for count, result in enumerate(RESULTS, start=1):
        writer.write(result)
        assert len(path.read_text().splitlines()) == count + (suffix == ".csv")
    writer.close()


def test_an_archive_replaces_the_old_one_only_when_it_is_whole(tmp_path):
    path = write(tmp_path / "p.npz")
    before = path.read_bytes()
    writer = open_pose_writer(path)
    writer.write(RESULTS[0])
    assert path.read_bytes() == before
    writer.close()
    with np.load(path) as data:
        assert data["frame"].tolist() == [4]
    assert [file.name for file in tmp_path.iterdir()] == ["p.npz"], "nothing half-written is left"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_missing_folder_is_made(tmp_path, suffix):
    assert write(tmp_path / "new" / "folder" / f"p{suffix}").stat().st_size > 0


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_path_that_cannot_be_written_is_one_clear_line(tmp_path, suffix):
    (tmp_path / f"taken{suffix}").mkdir()
    (tmp_path / "file").write_text("in the way")
    for path in (tmp_path / f"taken{suffix}", tmp_path / "file" / f"p{suffix}"):
        with pytest.raises(ExportError, match=r"cannot be written to .*; choose another") as caught:
            open_pose_writer(path)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["poses.txt", "poses", "poses.csv.gz"])
def test_an_unknown_ending_names_the_known_ones(name):
    with pytest.raises(ExportError, match=r"\.csv, \.jsonl, \.npz"):
        check_pose_path(Path(name))


def test_an_ending_in_capitals_is_known(tmp_path):
    assert list(read_poses(write(tmp_path / "P.CSV"))) == [4, 7]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_closing_twice_is_fine_and_writing_afterwards_is_not(tmp_path, suffix):
    writer = open_pose_writer(tmp_path / f"p{suffix}")
    writer.close()
    writer.close()
    with pytest.raises(ExportError, match="closed"):
        writer.write(RESULTS[0])


def test_another_skeleton_is_refused(tmp_path):
    body = Pose(np.zeros((15, 3)), np.ones(15), 1.0, "right")
    with (
        closing(open_pose_writer(tmp_path / "p.csv")) as writer,
        pytest.raises(ValueError, match="expected 21 joints, got 15"),
    ):
        writer.write(result_of(hand_frame(), body))


def both_hands(frame_id: int):
    frame = hand_frame(frame_id=frame_id)
    return replace(result_of(frame, RIGHT), others=(result_of(frame, LEFT, unsure=True),))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_frame_with_two_hands_has_two_rows(tmp_path, suffix):
    path = tmp_path / f"p{suffix}"
    with closing(open_pose_writer(path)) as writer:
        for result in (both_hands(3), RESULTS[1]):
            writer.write(result)
    if suffix == ".npz":
        content = np.load(path)
        frames, hands, verdicts = (content[name].tolist() for name in ("frame", "hand", "verdict"))
    else:
        text = path.read_text()
        rows = list(csv.DictReader(text.splitlines()) if suffix == ".csv" else map(json.loads, text.splitlines()))
        frames, hands, verdicts = ([row[name] for row in rows] for name in ("frame", "hand", "verdict"))
    assert [int(frame) for frame in frames] == [3, 3, 5]
    assert [hand or "" for hand in hands] == ["right", "left", ""]
    assert verdicts == ["tracked", "unsure", "lost"]


def test_both_hands_of_a_frame_read_back(tmp_path):
    path = tmp_path / "p.csv"
    with closing(open_pose_writer(path)) as writer:
        writer.write(replace(both_hands(3), others=(result_of(hand_frame(frame_id=3), LEFT),)))
    hands = read_hands(path)[3]
    assert [found.hand for found in hands] == ["right", "left"]
    for found, wanted in zip(hands, (RIGHT, LEFT)):
        assert np.abs(found.joints_cam_m - wanted.joints_cam_m).max() < 1e-6


# -- the hand's state ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [("joints",), ("angles",), ("openxr", "joints"), ("joints", "angles", "openxr")])
def test_a_csv_has_the_groups_of_columns_that_are_asked_for(tmp_path, columns):
    path = tmp_path / "p.csv"
    with closing(open_pose_writer(path, columns)) as writer:
        for result in RESULTS:
            writer.write(result)
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    names = list(rows[0])
    wanted = list(COLUMNS) if "joints" in columns else [*COLUMNS[:5], COLUMNS[-1]]
    assert names == wanted + [
        name for group in ("angles", "openxr") if group in columns for name in states.COLUMNS[group]
    ]
    assert all(None not in row and None not in row.values() for row in rows), "every row has every cell"
    if "angles" in columns:
        degrees = [float(rows[0][f"{name}_deg"] or "nan") for name in ANGLES]
        assert np.allclose(degrees, joint_angles(RIGHT).degrees, atol=0.01, equal_nan=True)
        assert rows[0]["index_pip_flexion_sd_deg"] and not rows[2]["index_pip_flexion_sd_deg"]
        assert rows[0]["wrist_flexion_deg"] == rows[1]["index_pip_flexion_deg"] == ""
    if "openxr" in columns:
        palm = [float(rows[2][f"openxr_palm_{axis}"]) for axis in "xyz"]
        assert np.allclose(palm, openxr_hand(LEFT).positions_m[0], atol=1e-6)


def test_a_csv_with_all_columns_is_a_pose_csv_still(tmp_path):
    path = tmp_path / "p.csv"
    with closing(open_pose_writer(path, ("joints", "angles", "openxr"))) as writer:
        for result in RESULTS:
            writer.write(result)
    assert list(read_poses(path)) == [4, 7]


def test_json_lines_hold_the_whole_state_and_are_json_to_everybody(tmp_path):
    lines = write(tmp_path / "p.jsonl").read_text().splitlines()
    rows = [json.loads(line, parse_constant=lambda name: pytest.fail(f"{name} is no JSON")) for line in lines]
    first, lost, other = (row["state"] for row in rows)
    assert lost is None
    assert list(first["openxr"]) == list(JOINTS) and list(first["angles_deg"]) == list(ANGLES)
    assert np.allclose(
        list(first["bone_lengths_mm"].values()), 1000 * bone_lengths(RIGHT.joints_cam_m, HAND.bones), atol=0.01
    )
    assert first["angles_deg"]["wrist_flexion"] is None
    assert first["palm"]["velocity_m_s"] is None
    assert first["angles_sd_deg"] is not None and other["angles_sd_deg"] is None


def test_an_archive_holds_the_state_too(tmp_path):
    with np.load(write(tmp_path / "p.npz")) as data:
        assert data["openxr_names"].tolist() == list(JOINTS) and data["angle_names"].tolist() == list(ANGLES)
        for name, shape in states.ARRAYS.items():
            assert data[name].shape == (3, *shape)
            assert np.isnan(data[name][1]).all()
        assert np.allclose(data["angles_deg"][2], joint_angles(LEFT).degrees, equal_nan=True)
        assert np.allclose(data["openxr_rotations"][0], openxr_hand(RIGHT).rotations)
        assert data["gesture"][1] == "" and data["gesture"][0]


def test_json_lines_say_what_the_model_of_the_hand_says(tmp_path: Path):
    cut = fit_result(verdict=FitVerdict.CUT_OFF, residual_mm=6.1234, raw_residual_mm=None)
    path = tmp_path / "p.jsonl"
    with closing(open_pose_writer(path)) as writer:
        for result in (replace(RESULTS[0], fit=cut), RESULTS[1], RESULTS[2]):
            writer.write(result)
    said, lost, without = (json.loads(line)["fit"] for line in path.read_text().splitlines())
    assert said == {
        "verdict": "partly outside the picture",
        "shape_is_held": False,
        "residual_mm": 6.12,
        "raw_residual_mm": None,
    }
    assert lost is without is None
