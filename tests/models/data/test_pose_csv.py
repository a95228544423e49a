"""The pose CSV: what is read, and how broken files are reported."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.core.skeleton import HAND
from models.data.pose_csv import COLUMNS, REQUIRED_COLUMNS, read_hands, read_poses

JOINTS = np.arange(63).reshape(21, 3) / 100


def row(frame: object = 0, hand: str = "right", tracked: object = 1, confidence: object = 0.9, joints=JOINTS) -> str:
    values = [frame, 33.3, hand, tracked, confidence, *joints.ravel()]
    return ",".join(map(str, values))


def write(folder: Path, *rows: str, columns: tuple[str, ...] = REQUIRED_COLUMNS) -> Path:
    path = folder / "joints.csv"
    path.write_text("\n".join([",".join(columns), *rows]) + "\n")
    return path


def test_the_columns_are_those_of_the_export_format():
    assert COLUMNS[:8] == ("frame", "timestamp_ms", "hand", "tracked", "confidence", "wrist_x", "wrist_y", "wrist_z")
    assert COLUMNS[8:10] == ("index_mcp_x", "index_mcp_y")
    assert COLUMNS[5 + 63 :][:21] == tuple(f"{joint}_conf" for joint in HAND.joints)
    assert COLUMNS[5 + 63 + 21 :] == (*(f"{joint}_sd_mm" for joint in HAND.joints), "verdict")


def test_poses_are_read_by_frame_number(tmp_path):
    poses = read_poses(write(tmp_path, row(3), row(7, hand="left", joints=-JOINTS)))
    assert sorted(poses) == [3, 7]
    np.testing.assert_array_equal(poses[3].joints_cam_m, JOINTS)
    np.testing.assert_array_equal(poses[7].joints_cam_m, -JOINTS)
    assert (poses[3].hand, poses[7].hand) == ("right", "left")
    np.testing.assert_array_equal(poses[3].joint_confidence, np.full(21, 0.9))


def test_joint_confidences_are_read_where_they_are_there(tmp_path):
    confidences = np.arange(21) / 21
    path = write(tmp_path, row() + "," + ",".join(map(str, confidences)), columns=COLUMNS[: 5 + 63 + 21])
    np.testing.assert_array_equal(read_poses(path)[0].joint_confidence, confidences)
    assert read_poses(path)[0].joint_sd_mm is None


def test_standard_deviations_are_read_where_they_are_there(tmp_path):
    ones, deviations = ["1"] * 21, np.arange(21) + 2.5
    path = write(tmp_path, ",".join([row(), *ones, *map(str, deviations)]), columns=COLUMNS)
    np.testing.assert_array_equal(read_poses(path)[0].joint_sd_mm, deviations)
    path = write(tmp_path, ",".join([row(), *ones, *[""] * 21]), columns=COLUMNS)
    assert read_poses(path)[0].joint_sd_mm is None


def test_frames_without_a_hand_have_no_pose(tmp_path):
    empty = "4,133.3,right,0,0" + "," * 63
    assert sorted(read_poses(write(tmp_path, row(3), empty))) == [3]


def test_of_two_hands_in_a_frame_the_surer_is_kept(tmp_path):
    poses = read_poses(write(tmp_path, row(1, confidence=0.5), row(1, hand="left", confidence=0.8)))
    assert poses[1].hand == "left"


def test_both_hands_of_a_frame_are_read(tmp_path):
    path = write(tmp_path, row(1), row(1, hand="left", joints=-JOINTS), row(2, tracked=0))
    hands = read_hands(path)
    assert list(hands) == [1]
    assert [pose.hand for pose in hands[1]] == ["right", "left"]
    np.testing.assert_array_equal(hands[1][1].joints_cam_m, -JOINTS)


def fails(path: Path, *parts: str) -> None:
    with pytest.raises(ValueError, match="joints.csv") as caught:
        read_poses(path)
    message = str(caught.value)
    assert str(path) in message
    assert "\n" not in message
    for part in parts:
        assert part in message


@pytest.mark.parametrize(
    ("broken", "part"),
    [
        (row("x"), "frame: expected a whole number, got 'x'"),
        (row(hand="both"), "hand: expected 'left' or 'right', got 'both'"),
        (row(tracked=2), "tracked: expected 0 or 1, got '2'"),
        (row(confidence="high"), "confidence: expected a number, got 'high'"),
        (row().replace("0.07", "nan"), "index_pip_y: expected a finite number, got 'nan'"),
        (row()[:40], "expected a number"),
        ("5", "tracked: expected 0 or 1, got None"),
    ],
)
def test_a_broken_row_is_named_with_its_line(tmp_path, broken, part):
    fails(write(tmp_path, row(0), broken), "line 3", part)


def test_a_missing_column_is_named(tmp_path):
    columns = tuple(name for name in REQUIRED_COLUMNS if name != "thumb_ip_z")
    fails(write(tmp_path, columns=columns), "column 'thumb_ip_z' is missing")


def test_files_that_are_no_pose_csv_are_one_clear_line(tmp_path):
    fails(tmp_path / "joints.csv", "cannot be read")
    (tmp_path / "joints.csv").write_bytes(b"")
    fails(tmp_path / "joints.csv", "is empty")
    (tmp_path / "joints.csv").write_bytes(b"\xff\xfe\x00binary")
    fails(tmp_path / "joints.csv", "is not a text file")


def test_real_labels_are_read(shared_data):
    poses = read_poses(shared_data / "cvar" / "P1" / "joints.csv")
    assert len(poses) == 329
    assert all(0.1 < pose.joints_cam_m[:, 2].mean() < 1 for pose in poses.values())
