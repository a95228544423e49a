"""Poses to files: CSV (the project's export format), JSON lines and NumPy archives, chosen by the file's ending."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.errors import ExportError
from app.run import states
from app.run.npz_rows import JOINT_COUNT, archive_of
from app.settings import CSV_COLUMNS
from app.tracking.result import TrackResult
from models.core.hand_state.state import HandState, HandStates
from models.core.skeleton import HAND
from models.data.pose_csv import COLUMNS, HEAD, csv_row
from models.outputs import OutputError, RecordFile, part_path, write_whole
from models.reading.verdict import Verdict


class PoseWriter(ABC):
    """Writes one row a hand of each TrackResult, and one without a pose where no hand was found.

    One thread at a time; `close` may be called twice.

    Coordinates are metres in the camera frame. Opening, `write` and `close` raise ExportError with one line.
    """

    def __init__(self, path: Path, head: str = "") -> None:
        """head: the file's first line, with its end."""
        self._path = path
        self._states = HandStates()
        self._rows: RecordFile | None = None
        with self._errors():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._rows = RecordFile(self._rows_path(path), head.encode())

    def write(self, result: TrackResult) -> None:
        """Add one frame; what was written so far stays readable if the program dies."""
        if self._rows is None:
            raise ExportError(f"poses cannot be added to {self._path}: it was closed already")
        for pose in result.poses:
            if len(pose.joints_cam_m) != JOINT_COUNT:
                raise ValueError(f"pose: expected {JOINT_COUNT} joints, got {len(pose.joints_cam_m)}")
        rows = [self._row(hand) + "\n" for hand in result.hands]
        with self._errors():
            self._rows.add("".join(rows).encode())

    def close(self) -> None:
        rows, self._rows = self._rows, None
        if rows is None:
            return
        with self._errors():
            rows.close()
            self._finish(rows.path)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except OutputError as error:
            raise ExportError(f"poses cannot be written: {error}{self._kept()}") from None
        except OSError as error:
            reason = error.strerror or str(error)
            message = f"poses cannot be written to {self._path}: {reason}; choose another file"
            raise ExportError(f"{message}{self._kept()}") from None

    def _kept(self) -> str:
        """Where the rows are that were written before an error, if not in the file itself."""
        return ""

    def _rows_path(self, path: Path) -> Path:
        """Where the rows go while the run lasts."""
        return path

    def _state(self, result: TrackResult) -> HandState | None:
        """The state of the hand, to be asked for once a frame, in order."""
        return self._states.next(result.pose, result.timestamp_ms / 1000)

    @abstractmethod
    def _row(self, result: TrackResult) -> str: ...

    def _finish(self, rows_path: Path) -> None:
        """Make the file of its rows, where they are not the file already."""


class CsvPoseWriter(PoseWriter):
    """One row a frame and hand: columns of models.data.pose_csv and of app.run.states; empty where nothing is known.

    columns: groups of columns, of CSV_COLUMNS. Every row begins as in models.data.pose_csv; joints and verdict follow,
    then the other groups.
    """

    def __init__(self, path: Path, columns: Sequence[str] = CSV_COLUMNS[:1]) -> None:
        self._has_joints = "joints" in columns
        self._groups = [group for group in states.COLUMNS if group in columns]
        names = [*self._own(COLUMNS), *(name for group in self._groups for name in states.COLUMNS[group])]
        super().__init__(path, ",".join(names) + "\n")

    def _own(self, cells: Sequence[str]) -> Sequence[str]:
        """Of the cells of models.data.pose_csv: all, or those that are not of joints."""
        return cells if self._has_joints else [*cells[: len(HEAD)], cells[-1]]

    def _row(self, result: TrackResult) -> str:
        cells = [*self._own(csv_row(result.frame_id, result.timestamp_ms, result.pose, result.verdict.value))]
        if self._groups:
            state = self._state(result)
            cells += [cell for group in self._groups for cell in states.csv_cells(state, group)]
        return ",".join(cells)


class JsonLinesPoseWriter(PoseWriter):
    """One JSON object a line: the CSV's values, joints as [x, y, z] by name, the hand's state, and what the model says.

    Null where the hand was lost, the model's also where none was fitted; joint_sd_mm and angles_sd_deg also where the
    network was not calibrated.
    """

    def _row(self, result: TrackResult) -> str:
        pose, state = result.pose, self._state(result)
        deviations = pose.joint_sd_mm if pose else None
        row: dict[str, Any] = {
            "frame": result.frame_id,
            "timestamp_ms": round(result.timestamp_ms, 3),
            "hand": pose.hand if pose else None,
            "tracked": result.verdict is Verdict.TRACKED,
            "confidence": round(pose.confidence, 4) if pose else 0.0,
            "joints": dict(zip(HAND.joints, pose.joints_cam_m.round(6).tolist())) if pose else None,
            "joint_confidence": dict(zip(HAND.joints, pose.joint_confidence.round(4).tolist())) if pose else None,
            "joint_sd_mm": dict(zip(HAND.joints, deviations.round(2).tolist())) if deviations is not None else None,
            "verdict": result.verdict.value,
            "state": states.as_json(state) if state else None,
            "fit": states.fit_as_json(result.fit) if result.fit else None,
        }
        return json.dumps(row)


class NpzPoseWriter(PoseWriter):
    """One archive, made at `close` of rows that lie beside it until then and moved into place in one step.

    Arrays: frame (N,) int64; timestamp_ms (N,); hand (N,) str, empty where lost; tracked (N,) bool;
    confidence (N,); joints_cam_m (N, 21, 3) metres, joint_confidence (N, 21), NaN where lost; joint_sd_mm (N, 21),
    NaN also where the network was not calibrated; joint_names (21,); verdict (N,) str: tracked, unsure or lost. Of the
    hand's state: the arrays of app.run.states.ARRAYS, NaN where not known; gesture (N,) str, empty where lost;
    angle_names (23,) and openxr_names (26,).

    Where the program is killed, or the archive cannot be made, the rows are left: NAME.part-RANDOM.jsonl, a JSON object
    a line with these names, every number in full.
    """

    _rows_at: Path | None = None

    def _rows_path(self, path: Path) -> Path:
        if path.is_dir():
            raise IsADirectoryError(21, "it is a folder")
        self._rows_at = part_path(path, ".jsonl")
        return self._rows_at

    def _row(self, result: TrackResult) -> str:
        pose = result.pose
        return json.dumps(
            {
                "frame": int(result.frame_id),
                "timestamp_ms": float(result.timestamp_ms),
                "hand": pose.hand if pose else "",
                "tracked": result.verdict is Verdict.TRACKED,
                "confidence": float(pose.confidence) if pose else 0.0,
                "joints_cam_m": pose.joints_cam_m.tolist() if pose else None,
                "joint_confidence": pose.joint_confidence.tolist() if pose else None,
                "joint_sd_mm": pose.joint_sd_mm.tolist() if pose and pose.joint_sd_mm is not None else None,
                "verdict": result.verdict.value,
                **states.as_arrays(self._state(result)),
            }
        )

    def _kept(self) -> str:
        at = self._rows_at
        if at is None or not at.exists():
            return ""
        return f"; the rows are kept in {at}, of which --check makes the file"

    def _finish(self, rows_path: Path) -> None:
        write_whole(self._path, archive_of(rows_path))
        rows_path.unlink()


WRITERS: dict[str, type[PoseWriter]] = {
    ".csv": CsvPoseWriter,
    ".jsonl": JsonLinesPoseWriter,
    ".npz": NpzPoseWriter,
}


def check_pose_path(path: Path) -> None:
    """Raise ExportError where the ending names no known format."""
    if path.suffix.lower() not in WRITERS:
        raise ExportError(f"poses cannot be written to {path}: name a file ending in {', '.join(WRITERS)}")


def open_pose_writer(path: Path, columns: Sequence[str] = CSV_COLUMNS[:1]) -> PoseWriter:
    """The writer that the file's ending asks for, with the file created; raises ExportError where that fails.

    columns: groups of columns of a CSV, of CSV_COLUMNS; other files have everything.
    """
    check_pose_path(path)
    if path.suffix.lower() == ".csv":
        return CsvPoseWriter(path, columns)
    return WRITERS[path.suffix.lower()](path)
