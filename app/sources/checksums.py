"""A checksum of each frame, in a small file beside a recording: NAME.bag.sums.

    frame,timestamp_ms,crc32
    7,233.333,0f4b92aa

The number as the recording has it, and the CRC-32 of the pixels, row after row, two bytes each, the lower one first.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.sources.software_device import SDK_NUMBERS
from models.core.types import DepthFrame
from models.outputs import RecordFile

HEAD = "frame,timestamp_ms,crc32"
SUFFIX = ".sums"
LARGEST_BYTES = 1 << 28
"""Of ten million frames, four days at 30 a second."""
SAME_TIME_MS = 0.01


def sums_path(recording: Path) -> Path:
    """Where the checksums of a recording's frames are, if there are any."""
    return recording.with_name(recording.name + SUFFIX)


def pixel_sum(raw: NDArray[np.uint16]) -> int:
    """The CRC-32 of (H, W) uint16 pixels."""
    return zlib.crc32(np.ascontiguousarray(raw, dtype="<u2").data)


def is_sums(path: Path) -> bool:
    """Was this file written by a SumsWriter?"""
    try:
        with path.open("rb") as file:
            return file.read(len(HEAD) + 1) == f"{HEAD}\n".encode()
    except OSError:
        return False


class SumsWriter(RecordFile):
    """A new file of checksums; what was added stays readable however the program ends."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, f"{HEAD}\n".encode())

    def add_frame(self, frame: DepthFrame) -> None:
        self.add(f"{frame.frame_id & SDK_NUMBERS},{frame.timestamp_ms:.3f},{pixel_sum(frame.raw):08x}\n".encode())


@dataclass(frozen=True, slots=True)
class Checksums:
    """Of the frames of a recording, by the number that it keeps: time in milliseconds and checksum."""

    frames: dict[int, tuple[float, int]]

    def __len__(self) -> int:
        return len(self.frames)

    def of(self, number: int) -> int | None:
        """The checksum of the frame with this number; None where it has none."""
        known = self.frames.get(number & SDK_NUMBERS)
        return None if known is None else known[1]

    def are_of(self, number: int, timestamp_ms: float) -> bool:
        """Are they of the recording whose first frame has this number and time, and not of an older one there?"""
        known = self.frames.get(number & SDK_NUMBERS)
        return known is not None and abs(known[0] - timestamp_ms) < SAME_TIME_MS


def read_checksums(recording: Path) -> Checksums | None:
    """The checksums beside a recording; None where there are none. Lines that are torn or damaged are left out.

    Raises ValueError with the end of a sentence where the file is no file of checksums, or too large.
    """
    path = sums_path(recording)
    if not path.is_file():
        return None
    if not is_sums(path):
        raise ValueError(f"{path.name} holds no checksums")
    if path.stat().st_size > LARGEST_BYTES:
        raise ValueError(f"{path.name} is too large")
    frames = {}
    with path.open("rb") as file:
        for line in file:
            cells = line.split(b",")
            try:
                number, time_ms, checksum = int(cells[0]), float(cells[1]), int(cells[2], 16)
            except (ValueError, IndexError):
                continue
            if line.endswith(b"\n") and len(cells[2]) == 9:
                frames[number] = time_ms, checksum
    return Checksums(frames)
