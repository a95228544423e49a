"""The writers that frames and results go to while a run lasts, and how they are opened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from app.sources.base import SourceInfo
from app.sources.folder_recorder import FolderRecorder, is_folder_name
from app.tracking.result import TrackResult
from models.core.types import DepthFrame

Item_contra = TypeVar("Item_contra", contravariant=True)


class Writer(Protocol[Item_contra]):
    """Writes items to a file; both methods raise ExportError where they cannot."""

    def write(self, item: Item_contra, /) -> None: ...

    def close(self) -> None: ...


RecorderOpener = Callable[[Path, SourceInfo], Writer[DepthFrame]]
PoseWriterOpener = Callable[[Path], Writer[TrackResult]]


def open_recorder(path: Path, info: SourceInfo) -> Writer[DepthFrame]:
    """The recorder of app.sources for a file or a folder; that for files needs the RealSense SDK, so it is late."""
    if is_folder_name(path):
        return FolderRecorder(path, info)
    from app.sources.recorder import Recorder

    return Recorder(path, info)
