"""Poses to files: CSV (the project's export format), JSON lines and NumPy archives, chosen by the file's ending."""

from __future__ import annotations

import csv
import json
import os
from abc import ABC, abstractmethod
from pathlib import Path
from typing import IO, Any

import numpy as np

from app.errors import ExportError
from app.tracking.result import TrackResult
from models.core.skeleton import HAND
from models.core.types import Pose
from models.data.pose_csv import COLUMNS, csv_row

JOINT_COUNT = len(HAND.joints)


class PoseWriter(ABC):
    """Writes one row a TrackResult, with or without a pose. One thread at a time; `close` may be called twice.

    Coordinates are metres in the camera frame. Opening, `write` and `close` raise ExportError with one line.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[Any] | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._open(path)
        except OSError as error:
            raise self._error(error) from None

    def write(self, result: TrackResult) -> None:
        """Add one frame; what was written so far stays readable if the program dies."""
        if self._file is None:
            raise ExportError(f"poses cannot be added to {self._path}: it was closed already")
        if result.pose is not None and len(result.pose.joints_cam_m) != JOINT_COUNT:
            raise ValueError(f"pose: expected {JOINT_COUNT} joints, got {len(result.pose.joints_cam_m)}")
        try:
            self._write(self._file, result)
        except OSError as error:
            raise self._error(error) from None

    def close(self) -> None:
        file, self._file = self._file, None
        if file is None:
            return
        try:
            self._finish(file)
        except OSError as error:
            raise self._error(error) from None

    def _error(self, error: OSError) -> ExportError:
        reason = error.strerror or str(error)
        return ExportError(f"poses cannot be written to {self._path}: {reason}; choose another file with --export")

    def _open(self, path: Path) -> IO[Any]:
        return path.open("w", encoding="utf-8", newline="")

    @abstractmethod
    def _write(self, file: IO[Any], result: TrackResult) -> None: ...

    def _finish(self, file: IO[Any]) -> None:
        file.close()


class CsvPoseWriter(PoseWriter):
    """One row a frame: the columns of models.data.pose_csv; empty cells where no hand was tracked."""

    def _open(self, path: Path) -> IO[str]:
        file = super()._open(path)
        file.write(",".join(COLUMNS) + "\n")
        file.flush()
        return file

    def _write(self, file: IO[str], result: TrackResult) -> None:
        csv.writer(file, lineterminator="\n").writerow(csv_row(result.frame_id, result.timestamp_ms, result.pose))
        file.flush()


class JsonLinesPoseWriter(PoseWriter):
    """One JSON object a line: the CSV's values, joints as [x, y, z] by name; null where no hand was tracked."""

    def _write(self, file: IO[str], result: TrackResult) -> None:
        pose = result.pose
        row: dict[str, Any] = {
            "frame": result.frame_id,
            "timestamp_ms": round(result.timestamp_ms, 3),
            "hand": pose.hand if pose else None,
            "tracked": pose is not None,
            "confidence": round(pose.confidence, 4) if pose else 0.0,
            "joints": dict(zip(HAND.joints, pose.joints_cam_m.round(6).tolist())) if pose else None,
            "joint_confidence": dict(zip(HAND.joints, pose.joint_confidence.round(4).tolist())) if pose else None,
        }
        file.write(json.dumps(row) + "\n")
        file.flush()


class NpzPoseWriter(PoseWriter):
    """One archive, written at `close` and moved into place in one step, so that it is never half there.

    Arrays: frame (N,) int64; timestamp_ms (N,); hand (N,) str, empty where untracked; tracked (N,) bool;
    confidence (N,); joints_cam_m (N, 21, 3) metres, joint_confidence (N, 21), NaN where untracked; joint_names (21,).
    """

    def _open(self, path: Path) -> IO[bytes]:
        self._rows: list[tuple[int, float, Pose | None]] = []
        if path.is_dir():
            raise IsADirectoryError(21, "it is a folder")
        self._part = path.with_name(path.name + ".part")
        return self._part.open("wb")

    def _write(self, file: IO[bytes], result: TrackResult) -> None:
        self._rows.append((result.frame_id, result.timestamp_ms, result.pose))

    def _finish(self, file: IO[bytes]) -> None:
        poses = [pose for _, _, pose in self._rows]
        with file:
            np.savez_compressed(
                file,
                frame=np.array([frame for frame, _, _ in self._rows], dtype=np.int64),
                timestamp_ms=np.array([time for _, time, _ in self._rows], dtype=np.float64),
                hand=np.array([pose.hand if pose else "" for pose in poses], dtype="U5"),
                tracked=np.array([pose is not None for pose in poses], dtype=bool),
                confidence=np.array([pose.confidence if pose else 0.0 for pose in poses], dtype=np.float64),
                joints_cam_m=_stack([pose.joints_cam_m if pose else None for pose in poses], (JOINT_COUNT, 3)),
                joint_confidence=_stack([pose.joint_confidence if pose else None for pose in poses], (JOINT_COUNT,)),
                joint_names=np.array(HAND.joints),
            )
        os.replace(self._part, self._path)


WRITERS: dict[str, type[PoseWriter]] = {
    ".csv": CsvPoseWriter,
    ".jsonl": JsonLinesPoseWriter,
    ".npz": NpzPoseWriter,
}


def check_pose_path(path: Path) -> None:
    """Raise ExportError where the ending names no known format."""
    if path.suffix.lower() not in WRITERS:
        raise ExportError(f"poses cannot be written to {path}: name a file ending in {', '.join(WRITERS)}")


def open_pose_writer(path: Path) -> PoseWriter:
    """The writer that the file's ending asks for, with the file created; raises ExportError where that fails."""
    check_pose_path(path)
    return WRITERS[path.suffix.lower()](path)


def _stack(rows: list[np.ndarray | None], shape: tuple[int, ...]) -> np.ndarray:
    stacked = np.full((len(rows), *shape), np.nan)
    for index, row in enumerate(rows):
        if row is not None:
            stacked[index] = row
    return stacked
