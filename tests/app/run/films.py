"""What a user may have: sources with their truth, notes, photos, links and a pipe; and runs that would destroy some."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import cv2
import numpy as np

from app.run.poses import open_pose_writer
from tests.app.fakes import hand_frame, pose, result_of
from tests.app.test_cli import folder_of

INPUT, ASK = "is an input of this run", "--overwrite"
CASES = [
    ("frames", "--preview frames", INPUT),
    ("frames", "--export frames/joints.csv", INPUT),
    ("frames", "--json frames/camera.json", INPUT),
    ("frames", "--json frames/1.png", INPUT),
    ("x.bag#/camera/depth", "--json x.bag", INPUT),
    ("x.bag#/camera/depth", "--record x.db3", INPUT),
    ("ros", "--json ros/metadata.yaml", INPUT),
    ("ros", "--export ros/joints.csv", INPUT),
    ("frames", "--json linked.json", INPUT),
    ("x.bag", "--record x.bag", INPUT),
    ("x.bag", "--record x.db3", INPUT),
    ("x.bag", "--export x.joints.csv", INPUT),
    ("x.bag", "--json x.bag", INPUT),
    ("missing.bag", "--export table.csv", ASK),
    ("frames", "--export table.csv", ASK),
    ("frames", "--json notes.json", ASK),
    ("frames", "--record x.bag", ASK),
    ("frames", "--preview photos", ASK),
    ("frames", "--angles notes.json", ASK),
    ("frames", "--angles frames/1.png", INPUT),
    ("frames", "--export link.csv", "is a symbolic link"),
    ("frames", "--record link.bag", "is a symbolic link"),
    ("frames", "--export pipe.csv", "is a pipe"),
    ("frames", "--json x.new --export new.csv --preview x.new", "written twice"),
]
"""Source, outputs, and a part of why not."""


def write_films(folder: Path) -> Path:
    """`folder` with frames/ (a source, its truth and another file) and x.bag with x.joints.csv."""
    frames = folder_of(folder / "frames", hand_frame().raw)
    with_truth = open_pose_writer(frames / "joints.csv")
    with_truth.write(result_of(hand_frame(frame_id=0), pose()))
    with_truth.close()
    shutil.copy(frames / "joints.csv", folder / "x.joints.csv")
    (folder / "x.bag").write_bytes(b"#ROSBAG V2.0\n and what somebody recorded")
    (folder / "notes.json").write_text('{"somebody": "else"}')
    (folder / "table.csv").write_text("a,b\n1,2\n")
    os.link(frames / "1.png", folder / "linked.json")
    (folder / "link.csv").symlink_to(folder / "table.csv")
    (folder / "link.bag").symlink_to(folder / "x.bag")
    (folder / "ros").mkdir()
    shutil.copy(frames / "joints.csv", folder / "ros" / "joints.csv")
    (folder / "ros" / "metadata.yaml").write_text("rosbag2_bagfile_information: {}")
    (folder / "photos").mkdir()
    cv2.imwrite(str(folder / "photos" / "000001.png"), np.full((8, 8, 3), 9, np.uint8))
    os.mkfifo(folder / "pipe.csv")
    return folder


def state(folder: Path) -> dict[str, bytes | None]:
    """The content of every file below a folder, None for what is none."""
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}
