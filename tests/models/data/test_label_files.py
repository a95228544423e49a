"""Text files of labels: whatever ends their lines, and what is said of those that cannot be used."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.data.label_files import Skipped, read_lines
from models.data.pose_csv import COLUMNS, csv_row, read_poses
from models.data.registry import DATASETS
from tests.models.data.published import write_whole

ENDS = {
    "LF": b"\n",
    "CR LF": b"\r\n",
    "CR CR LF": b"\r\r\n",
    "CR": b"\r",
    "blank lines": b"\n\n \t\n",
    "blanks": b" \t \n",
}
TEXT_FILES = {
    "icvl": ["Training/labels.txt", "Testing/test_seq_1.txt", "Testing/test_seq_2.txt"],
    "msra": ["P0/1/joint.txt", "P3/1/joint.txt"],
    "hands2017": ["training/Training_Annotation.txt", "frame/BoundingBox.txt"],
    "fpha": [
        "data_split_action_recognition.txt",
        "Hand_pose_annotation_v1/Subject_1/put_salt/1/skeleton.txt",
    ],
    "hands2019": ["training_joint_annotation.txt", "test_bbs.txt"],
    "cvar": ["P4/joint.txt", "P4/detections.txt"],
}


def rewrite(path: Path, end: bytes, head: bytes = b"") -> None:
    path.write_bytes(head + end.join(line.encode() for line in path.read_text().splitlines()) + end)


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("data", TEXT_FILES)
def test_a_data_set_is_the_same_whatever_ends_its_lines(tmp_path, data, end):
    write_whole(tmp_path, data)
    splits = DATASETS[data].splits
    before = [DATASETS[data].open(tmp_path, split, skipped=Skipped()) for split in splits]
    for name in TEXT_FILES[data]:
        rewrite(tmp_path / name, end, head=b"\xef\xbb\xbf")
    for split, frames in zip(splits, before):
        again = DATASETS[data].open(tmp_path, split, skipped=Skipped())
        assert again.names == frames.names and again.numbers == frames.numbers
        if frames.joints_cam_m is not None:
            np.testing.assert_array_equal(again.joints_cam_m, frames.joints_cam_m)


def test_tabs_and_trailing_blanks_are_no_part_of_a_label(tmp_path):
    write_whole(tmp_path, "icvl")
    before = DATASETS["icvl"].open(tmp_path, "test").joints_cam_m
    for name in TEXT_FILES["icvl"]:
        path = tmp_path / name
        path.write_text(path.read_text().replace(" ", "\t ").replace("\n", " \t\n"))
    np.testing.assert_array_equal(DATASETS["icvl"].open(tmp_path, "test").joints_cam_m, before)


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_reference_points_are_the_same_whatever_ends_their_lines(tmp_path, end):
    write_whole(tmp_path, "icvl")
    path = tmp_path / "centers.txt"
    path.write_bytes(end.join([b"20 30 350", b"invalid invalid invalid"]) + end)
    frames = DATASETS["icvl"].open(tmp_path, "test", centers=path)
    np.testing.assert_allclose(frames.centers_cam_m, [[0.02, 0.03, 0.35]])


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_poses_are_the_same_whatever_ends_their_lines(tmp_path, end):
    path = tmp_path / "joints.csv"
    path.write_text("\n".join([",".join(COLUMNS), ",".join(csv_row(4, 1.0, None))]) + "\n")
    row = path.read_text().splitlines()[1].split(",")
    row[2:5] = ["right", "1", "0.5"]
    row[5 : 5 + 63] = ["0.25"] * 63
    path.write_text(",".join(COLUMNS) + "\n" + ",".join(row) + "\n")
    rewrite(path, end, head=b"\xef\xbb\xbf")
    assert list(read_poses(path)) == [4]


def test_a_line_keeps_the_number_that_an_editor_shows(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbf1\r\n\r\n2\r\r\n3\n\n")
    assert [(line.number, line.text) for line in read_lines(path)] == [(1, "1"), (3, "2"), (4, "3")]
