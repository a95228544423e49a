"""Records what is playing as .bag or .db3, which the RealSense SDK and this program play back."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from app.errors import ExportError, SourceError
from app.sources.base import SourceInfo
from app.sources.checksums import SumsWriter, sums_path
from app.sources.db3_writer import DB3_MARK, Db3Writer
from app.sources.frame_numbers import FrameNumbers
from app.sources.ground_truth import ground_truth_path
from app.sources.recording_file import BAG_MAGIC, DB3_MAGIC, check_recording
from app.sources.sdk import one_line
from models.core.types import DepthFrame, Pose
from models.data.pose_csv import COLUMNS, csv_row
from models.outputs import OutputError, RecordFile, part_path, take_place, write_whole

log = logging.getLogger(__name__)

VERIFIED_FRAMES = 3000
"""A .bag with more frames is not read again at its end, which would take long: what it misses was an error before. The
SDK, which writes .db3 files, says nothing of frames that it loses."""
LONGEST_STEP_MS = 3_600_000.0
"""Time stamps further apart are taken for a jump of the source's clock."""
HINT = "choose another file"
GONE = "it was removed or moved while it was written"

BAG_MARK = b"metres per unit"
"""How the .bag's writer describes its depth units (bag_writer.py); no other program does."""
BAG_MARK_WITHIN = 20_000
"""Bytes from the start of a .bag, in which its first chunk lies."""


def is_our_recording(path: Path) -> bool:
    """Was this file written by a Recorder, and not by another program?"""
    try:
        with path.open("rb") as file:
            head = file.read(BAG_MARK_WITHIN)
    except OSError:
        return False
    if head.startswith(DB3_MAGIC):
        return head[68:72] == DB3_MARK.to_bytes(4, "big")
    return head.startswith(BAG_MAGIC) and BAG_MARK in head


class _Writer(Protocol):
    def write(self, frame: DepthFrame, time_ns: int) -> None: ...

    def close(self) -> None: ...


class _FileTime:
    """Times of frames in their file, nanoseconds above zero: as the source's timestamps, but never backwards."""

    def __init__(self, fps: float) -> None:
        self._period_ns = round(1e9 / fps)
        self._last_ms: float | None = None
        self._time_ns = 1

    def of(self, timestamp_ms: float) -> int:
        last_ms = self._last_ms
        if timestamp_ms > 0:  # else it is not known
            self._last_ms = timestamp_ms
        step_ms = 0.0 if last_ms is None else timestamp_ms - last_ms
        # A looping source starts over with its timestamps; a camera's clock may jump by decades.
        is_step = 0 < step_ms <= LONGEST_STEP_MS
        self._time_ns += max(1, round(step_ms * 1e6)) if is_step else self._period_ns
        return self._time_ns


class Recorder:
    """A new recording at `path`, which replaces an older one there; folders on the way are made.

    Timestamps, pixels, intrinsics and depth units come back as they were, frame numbers as FrameNumbers has them. One
    thread at a time; `close` may be called twice. Until then the recording lies beside its place as NAME.part-RANDOM
    with its suffix, and plays.
    Where the program is killed, that .bag keeps every frame that was written and that .db3 all but those of the last
    DB3_LAG_S (app/sources/db3_writer.py). So it stays, too, where `write` has failed; the error says under which name.
    A checksum of each frame stands in NAME.bag.sums (app/sources/checksums.py). Where the source knows the truth,
    NAME.joints.csv beside the recording keeps it (models/data/pose_csv.py).
    compression_level: of .bag only; 0 keeps up with any camera, 1 to 12 give smaller files.
    Everything raises ExportError with one line where it cannot go on.
    """

    def __init__(self, path: str | Path, info: SourceInfo, compression_level: int = 0) -> None:
        self._path, self._info = Path(path), info
        self._written = 0
        self._time, self._numbers = _FileTime(info.fps), FrameNumbers()
        self._writer: _Writer | None = None
        self._truth: RecordFile | None = None
        self._sums: SumsWriter | None = None
        self._is_broken = False
        suffix = self._path.suffix
        if suffix not in (".bag", ".db3"):
            expected = "a recording ends in .bag or .db3; a name without an ending is a folder of images"
            raise ExportError(f"{self._path}: {expected}; {HINT}")
        self._part = part_path(self._path)
        try:
            self._make_room()
            if suffix == ".bag":
                self._writer = self._open_bag(compression_level)
            else:
                self._writer = Db3Writer(self._part, info)
        except (OSError, OutputError, RuntimeError, SourceError) as error:
            failure = self._failed(error)
            with suppress(OSError):
                self._part.unlink()
            raise failure from None

    def write(self, frame: DepthFrame) -> None:
        """Add one frame. Raises ValueError where it is not of the size that the recording began with."""
        if self._writer is None:
            raise ExportError(f"{self._path}: is closed already, no frame can be added")
        if frame.camera.shape != self._info.camera.shape:
            raise ValueError(f"frame: expected (height, width) {self._info.camera.shape}, got {frame.camera.shape}")
        poses, number = self._info.ground_truth.get(frame.frame_id, ()), self._numbers.of(frame.frame_id)
        if number != frame.frame_id:
            frame = replace(frame, frame_id=number)
        try:
            self._writer.write(frame, self._time.of(frame.timestamp_ms))
            if not self._part.exists():  # an open file can be written to wherever it is
                raise OSError(GONE)
            self._sums = self._sums or SumsWriter(sums_path(self._part))
            self._sums.add_frame(frame)
            self._write_truth(frame, poses)
        except (OSError, OutputError, RuntimeError) as error:
            self._is_broken = True
            raise self._failed(error) from None
        self._written += 1

    def close(self) -> None:
        writer, self._writer = self._writer, None
        if writer is None:
            return
        try:
            self._close_files(writer)
            if self._is_broken:
                return
            if self._written and (self._path.suffix == ".db3" or self._written <= VERIFIED_FRAMES):
                self._verify()
            self._take_place()
        except (OSError, OutputError, RuntimeError) as error:
            if self._is_broken:
                log.info("%s: closing it failed, too: %s", self._path, error)
            else:
                raise self._failed(error) from None

    def _close_files(self, writer: _Writer) -> None:
        try:
            writer.close()
        finally:
            for beside in (self._truth, self._sums):
                if beside is not None:
                    beside.close()

    def _make_room(self) -> None:
        """Make sure that the file may be written, and can be."""
        played = self._info.path
        mine = {self._path: played, ground_truth_path(self._path): played and ground_truth_path(played)}
        for path, read in mine.items():
            if read is not None and path.exists() and read.exists() and path.samefile(read):
                raise OSError("it is being played")
        if self._path.is_dir():
            raise IsADirectoryError(21, "it is a directory")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self._part, b"")
        self._part.unlink()

    def _take_place(self) -> None:
        """The recording and what is beside it replace older ones, once they are whole."""
        sums, truth = sums_path(self._path), ground_truth_path(self._path)
        # First of all: beside another recording, its frames would be taken for damaged, and its poses for the truth.
        sums.unlink(missing_ok=True)
        truth.unlink(missing_ok=True)
        take_place(self._part, self._path)
        if self._sums is not None:
            take_place(self._sums.path, sums)
        if self._truth is not None:
            take_place(self._truth.path, truth)

    def _write_truth(self, frame: DepthFrame, poses: tuple[Pose, ...]) -> None:
        """Add the true poses of one frame; a source that knows none for the first frames may know later ones."""
        if self._truth is None:
            if not self._info.ground_truth:
                return
            self._truth = RecordFile(ground_truth_path(self._part), (",".join(COLUMNS) + "\n").encode())
        for pose in poses or (None,):
            self._truth.add((",".join(csv_row(frame.frame_id, frame.timestamp_ms, pose)) + "\n").encode())

    def _open_bag(self, compression_level: int) -> _Writer:
        from app.sources.bag_writer import BagWriter

        info = self._info
        return BagWriter(self._part, info.camera, info.fps, info.depth_units, info.label, compression_level)

    def _verify(self) -> None:
        try:
            kept = check_recording(self._part).depth_frames
        except SourceError as error:
            raise ExportError(f"the recording did not succeed: {error}") from None
        if kept < self._written:
            lost = f"{self._written - kept} of {self._written} frames were lost"
            raise ExportError(f"{self._path}: {lost}; use a faster disk; the others are in {self._part.name}")

    def _failed(self, error: Exception) -> ExportError:
        reason = (error.strerror or str(error)) if isinstance(error, OSError) else one_line(error)
        if self._written and not self._part.exists():
            return ExportError(f"{self._path}: cannot be recorded ({GONE}); {HINT}")
        kept = f"; what was recorded until then is in {self._part.name}" if self._written else ""
        return ExportError(f"{self._path}: cannot be recorded ({reason}); {HINT}{kept}")
