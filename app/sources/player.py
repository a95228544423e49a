"""What plays a recording, the RealSense SDK or the reader of ROS's files; RecordingSource gives both a pace."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

from app.errors import SourceError
from app.sources.pending import PendingFrame
from app.sources.recording_file import RECORD_AGAIN
from models.core.types import Camera


@dataclass(frozen=True, slots=True)
class Stream:
    """A depth stream of a recording. depth_units: metres a raw unit of its first frame. frames: how many it promises.

    notes: what the user should know of it, a line each.
    """

    camera: Camera
    fps: float
    depth_units: float
    frames: int
    notes: tuple[str, ...] = ()


class Player(ABC):
    """Plays one depth stream of a file at the reader's pace. One thread at a time.

    All raise SourceError with one line where the file is broken. `next` gives None after the last frame.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @abstractmethod
    def start(self) -> Stream: ...

    @abstractmethod
    def next(self) -> PendingFrame | None: ...

    @abstractmethod
    def rewind(self) -> None: ...

    @abstractmethod
    def stop(self) -> None:
        """Free what `start` took; does nothing where there is nothing."""

    def _broken(self, reason: object) -> SourceError:
        return SourceError(f"{self._path}: cannot be played ({reason}); {RECORD_AGAIN}")

    def _ends_after(self, frames: int, promised: int) -> SourceError:
        return self._broken(f"it ends after {frames} of {promised} depth frames")

    def _check_size(self, width: int, height: int, camera: Camera, place: int) -> None:
        """Raise SourceError where the image at this place in the file is not of the camera's size."""
        if (height, width) != camera.shape:
            expected = f"{camera.width}x{camera.height}"
            raise self._broken(f"frame {place} is {width}x{height} pixels, its camera information says {expected}")

    def _check_units(self, units: float) -> float:
        """Metres a raw unit, or SourceError where they are no number above zero."""
        if not (math.isfinite(units) and units > 0):
            raise self._broken(f"its depth units are {units:g}, expected metres a unit above zero")
        return units
