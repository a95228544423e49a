"""Records what is playing as a folder of images, which this program plays and models.train learns from."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import cv2
import numpy as np

from app.errors import ExportError
from app.sources.base import SourceInfo
from models.core.types import DepthFrame
from models.data.pose_csv import COLUMNS, csv_row
from models.outputs import OutputError, RecordFile, check_there, write_whole

HINT = "choose another folder"
FAST = [cv2.IMWRITE_PNG_COMPRESSION, 1]


def is_folder_name(path: Path) -> bool:
    """Does --record mean a folder by this name? One without an ending, or a folder that is there."""
    return path.suffix.lower() not in (".bag", ".db3") and (not path.suffix or path.is_dir())


class FolderRecorder:
    """A new folder: camera.json, an image a frame, and joints.csv where the source knows the truth.

    Images are 000000.png, 000001.png and so on, 16-bit grey, in units of the source's `depth_units`; a frame's number
    is its place. Every finished image is in the folder however the program ends. One thread at a time; `close` may be
    called twice. Everything raises ExportError with one line where it cannot go on, also where the folder holds
    anything already: nothing is replaced.
    """

    def __init__(self, path: str | Path, info: SourceInfo) -> None:
        self._path, self._info = Path(path), info
        self._written, self._is_open = 0, True
        self._truth: RecordFile | None = None
        camera = {**asdict(info.camera), "depth_units": info.depth_units, "fps": info.fps}
        try:
            self._path.mkdir(parents=True, exist_ok=True)
            if any(self._path.iterdir()):
                raise ExportError(f"{self._path}: holds files already, and nothing in it is replaced; {HINT}")
            write_whole(self._path / "camera.json", (json.dumps(camera, indent=1) + "\n").encode())
        except (OSError, OutputError) as error:
            raise self._failed(error) from None

    def write(self, frame: DepthFrame) -> None:
        """Add one frame. Raises ValueError where it is not of the size that the recording began with."""
        if not self._is_open:
            raise ExportError(f"{self._path}: is closed already, no frame can be added")
        if frame.camera.shape != self._info.camera.shape:
            raise ValueError(f"frame: expected (height, width) {self._info.camera.shape}, got {frame.camera.shape}")
        try:
            png = cv2.imencode(".png", self._in_units(frame), FAST)[1]
            write_whole(self._path / f"{self._written:06d}.png", png.tobytes())
            self._write_truth(frame)
        except (OSError, OutputError) as error:
            raise self._failed(error) from None
        self._written += 1

    def close(self) -> None:
        if not self._is_open:
            return
        self._is_open = False
        try:
            if self._truth is not None:
                self._truth.close()
            check_there(self._path)
        except (OSError, OutputError) as error:
            raise self._failed(error) from None

    def _in_units(self, frame: DepthFrame) -> np.ndarray:
        """The raw values (H, W) uint16 in the folder's units; what these cannot say counts as no measurement."""
        if frame.depth_units == self._info.depth_units:
            return frame.raw
        raw = np.rint(frame.raw * (frame.depth_units / self._info.depth_units))
        return np.where(raw <= np.iinfo(np.uint16).max, raw, 0).astype(np.uint16)

    def _write_truth(self, frame: DepthFrame) -> None:
        poses = self._info.ground_truth.get(frame.frame_id, ())
        if not self._info.ground_truth:
            return
        if self._truth is None:
            self._truth = RecordFile(self._path / "joints.csv", (",".join(COLUMNS) + "\n").encode())
        for pose in poses or (None,):
            self._truth.add((",".join(csv_row(self._written, frame.timestamp_ms, pose)) + "\n").encode())

    def _failed(self, error: Exception) -> ExportError:
        reason = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
        return ExportError(f"{self._path}: cannot be recorded ({reason}); {HINT}")
