"""A folder of depth images with a camera file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.errors import SourceError
from app.sources.base import SourceInfo
from app.sources.ground_truth import read_ground_truth
from app.sources.paced import PacedSource
from app.sources.pending import PendingFrame
from app.sources.ros_file import METADATA
from models.data.image_folder import ImageFolder, read_folder

WILDCARDS = "*?["


def split_pattern(path: Path) -> tuple[Path, str | None]:
    """FOLDER/PATTERN as its two parts; any other path, also one that is there and has such a name, as it is."""
    if any(sign in path.name for sign in WILDCARDS) and not path.exists() and path.parent.is_dir():
        return path.parent, path.name
    return path, None


class FolderSource(PacedSource):
    """Depth images in natural order of their names; timestamps follow from their numbers and the camera file's fps.

    path: the folder, or FOLDER/PATTERN for some of its images. `joints.csv` in the folder is its ground truth. Images
    are decoded when they are handed out, so a damaged one raises SourceError from `read`; the first is looked at by
    `open`. realtime, speed, loop: as in PacedSource.
    """

    def __init__(self, path: str | Path, realtime: bool, speed: float = 1.0, loop: bool = False) -> None:
        super().__init__(realtime, speed, loop)
        self._path, self._pattern = split_pattern(Path(path))
        self._folder: ImageFolder | None = None
        self._index = 0

    def _start(self) -> SourceInfo:
        try:
            folder = read_folder(self._path, self._pattern)
            folder.read(0)
        except ValueError as error:
            raise SourceError(f"{error}{_hint(self._path)}") from None
        except OSError as error:
            raise SourceError(f"{self._path}: cannot be read ({error.strerror or error})") from None
        self._folder, self._index = folder, 0
        return SourceInfo(
            kind="folder",
            label=str(self._path / self._pattern if self._pattern else self._path),
            is_live=False,
            fps=folder.fps,
            camera=folder.camera,
            depth_units=folder.depth_units,
            frame_count=len(folder.paths),
            ground_truth=read_ground_truth(self._path / "joints.csv"),
            path=self._path,
            notes=folder.notes,
            is_seekable=True,
        )

    def _next(self) -> PendingFrame | None:
        folder, index = self._folder, self._index
        if folder is None or index >= len(folder.paths):
            return None
        self._index += 1

        def load() -> NDArray[np.uint16]:
            try:
                return folder.read(index)
            except ValueError as error:
                raise SourceError(str(error)) from None

        number = folder.numbers[index]
        return PendingFrame(number, 1000.0 * number / folder.fps, load)

    def _rewind(self) -> None:
        self._index = 0

    def _seek(self, index: int) -> None:
        self._index = index

    def _stop(self) -> None:
        self._folder = None


def _hint(path: Path) -> str:
    """Where a folder without images holds recordings, or subfolders with frames, the name of one of them."""
    if not path.is_dir() or (path / "camera.json").exists():
        return ""
    recordings = sorted(found for ending in ("bag", "db3", "mcap") for found in path.glob(f"*.{ending}"))
    folders = sorted(found.parent for name in ("camera.json", METADATA) for found in path.glob(f"*/{name}"))
    inside = recordings + folders
    return f"; did you mean {inside[0]}?" if inside else ""
