"""Poses as CSV: columns and rows of the export format, and its reader (ground truth of folders and recordings).

One row a frame and hand: frame number, timestamp, hand, tracked, confidence, then x, y, z of each joint in metres in
the camera frame, each joint's confidence, its standard deviation along an axis in mm (empty where the network was not
calibrated), and how far the tracker believes the pose: tracked, unsure or lost (models/reading/verdict.py). tracked is
1 where the verdict is "tracked", and in rows of poses that nobody judged, such as ground truth. A frame that is lost
has empty coordinates.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from models.core.skeleton import HAND
from models.core.types import Pose
from models.data.label_files import read_lines

HEAD = ("frame", "timestamp_ms", "hand", "tracked", "confidence")
_COORDINATES = tuple(f"{joint}_{axis}" for joint in HAND.joints for axis in "xyz")
_CONFIDENCES = tuple(f"{joint}_conf" for joint in HAND.joints)
_DEVIATIONS = tuple(f"{joint}_sd_mm" for joint in HAND.joints)

COLUMNS: tuple[str, ...] = (*HEAD, *_COORDINATES, *_CONFIDENCES, *_DEVIATIONS, "verdict")
REQUIRED_COLUMNS: tuple[str, ...] = (*HEAD, *_COORDINATES)


def csv_row(frame_id: int, timestamp_ms: float, pose: Pose | None, verdict: str = "") -> list[str]:
    """The cells of one row in the order of COLUMNS, lengths to the micrometre; verdict: "" where nobody judged."""
    head = [str(frame_id), f"{timestamp_ms:.3f}"]
    if pose is None:
        return [*head, "", "0", "0", *[""] * (len(COLUMNS) - len(HEAD) - 1), verdict]
    joints = [f"{value:.6f}" for value in pose.joints_cam_m.reshape(-1)]
    confidences = [f"{value:.4f}" for value in pose.joint_confidence]
    deviations = [""] * len(_DEVIATIONS) if pose.joint_sd_mm is None else [f"{value:.2f}" for value in pose.joint_sd_mm]
    tracked = "1" if verdict in ("", "tracked") else "0"
    return [*head, pose.hand, tracked, f"{pose.confidence:.4f}", *joints, *confidences, *deviations, verdict]


def read_poses(path: str | Path) -> dict[int, Pose]:
    """One pose a frame of a pose CSV, by frame number: the most confident one, the first among equals.

    Otherwise as `read_hands`.
    """
    return {frame: max(poses, key=lambda pose: pose.confidence) for frame, poses in read_hands(path).items()}


def read_hands(path: str | Path) -> dict[int, tuple[Pose, ...]]:
    """The poses of each frame of a pose CSV, by frame number; frames without a tracked hand are left out.

    The columns of confidences (each joint then has the row's) and of standard deviations may be missing or empty.
    Raises ValueError with one line naming the file, and the line within it, where the file cannot be read or a row is
    broken.
    """
    path = Path(path)
    poses: dict[int, tuple[Pose, ...]] = {}
    lines = read_lines(path)
    rows = csv.DictReader((line.text for line in lines), strict=True)
    try:
        names = rows.fieldnames
    except csv.Error as error:
        raise ValueError(f"{path}, line {lines[0].number}: is not CSV ({error})") from None
    _check_header(path, names)
    while True:
        try:
            row = next(rows, None)
            if row is None:
                return poses
            frame, pose = _parse_row(row)
        except csv.Error as error:
            raise ValueError(f"{path}, line {lines[rows.line_num - 1].number}: is not CSV ({error})") from None
        except (ValueError, TypeError) as error:
            raise ValueError(f"{path}, line {lines[rows.line_num - 1].number}: {error}") from None
        if pose is not None:
            poses[frame] = (*poses.get(frame, ()), pose)


def _check_header(path: Path, names: object) -> None:
    if not names:
        raise ValueError(f"{path}: is empty; expected a pose CSV that starts with a line of column names")
    missing = [name for name in REQUIRED_COLUMNS if name not in names]  # type: ignore[operator]
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise ValueError(f"{path}: is not a pose CSV: column {missing[0]!r}{more} is missing")


def _number(row: dict[str, str], name: str) -> float:
    text = row[name]
    try:
        value = float(text)
    except (TypeError, ValueError):
        raise ValueError(f"{name}: expected a number, got {text!r}") from None
    if not np.isfinite(value):
        raise ValueError(f"{name}: expected a finite number, got {text!r}")
    return value


def _parse_row(row: dict[str, str]) -> tuple[int, Pose | None]:
    """The frame number and the pose of one row, no pose where the row says tracked = 0."""
    try:
        frame = int(row["frame"])
    except (TypeError, ValueError):
        raise ValueError(f"frame: expected a whole number, got {row['frame']!r}") from None
    tracked = row["tracked"]
    if tracked not in ("0", "1"):
        raise ValueError(f"tracked: expected 0 or 1, got {tracked!r}")
    if tracked == "0":
        return frame, None
    hand = row["hand"]
    if hand not in ("left", "right"):
        raise ValueError(f"hand: expected 'left' or 'right', got {hand!r}")
    confidence = _number(row, "confidence")
    joints = np.array([_number(row, name) for name in _COORDINATES]).reshape(-1, 3)
    if all(row.get(name) for name in _CONFIDENCES):
        joint_confidence = np.array([_number(row, name) for name in _CONFIDENCES])
    else:
        joint_confidence = np.full(len(joints), confidence)
    deviations = None
    if all(row.get(name) for name in _DEVIATIONS):
        deviations = np.array([_number(row, name) for name in _DEVIATIONS])
    return frame, Pose(joints, joint_confidence, confidence, "left" if hand == "left" else "right", None, deviations)
