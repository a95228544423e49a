"""The small recordings that are damaged, each a few frames, in every layout that the program plays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.sources.checksums import sums_path
from app.sources.folder import FolderSource
from app.sources.recorder import Recorder
from models.core.types import Camera
from tests.app.sources.film import image, read_all, write_folder
from tests.app.sources.ros_film import TOPIC, RosFilm
from tests.app.sources.sdk_bag import SdkBag

FRAMES = 4
SMALL = Camera(width=32, height=24, fx=30.5, fy=30.25, ppx=15.5, ppy=11.5)


def images() -> list[NDArray[np.uint16]]:
    return [image(index, SMALL) for index in range(FRAMES)]


def _recorded(suffix: str, checked: bool = False) -> Callable[[Path], Path]:
    """As the program records; checked: with the checksums beside it."""

    def make(folder: Path) -> Path:
        info, frames = read_all(FolderSource(write_folder(folder / "images", FRAMES, camera=SMALL), realtime=False))
        path = folder / f"film{suffix}"
        recorder = Recorder(path, replace(info, label="A film"))  # not the folder's name, which is never the same
        for frame in frames:
            recorder.write(frame)
        recorder.close()
        if not checked:
            sums_path(path).unlink()
        return path

    return make


def _sdk(**parts: object) -> Callable[[Path], Path]:
    return lambda folder: SdkBag(images=images(), camera=SMALL, **parts).write(folder / "film.bag")


def _ros(kind: str, **parts: object) -> Callable[[Path], Path]:
    return lambda folder: RosFilm(images=images(), camera=SMALL, **parts).write(folder, kind)


PACKED = {"encoding": "compressedDepth", "topics": (f"{TOPIC}/compressedDepth",)}
FILMS: dict[str, Callable[[Path], Path]] = {
    "SDK .bag, LZ4": _recorded(".bag"),
    "SDK .bag": _sdk(),
    "SDK .bag, bz2": _sdk(compression="bz2"),
    "SDK .db3": _recorded(".db3"),
    "SDK .bag, LZ4, checksums": _recorded(".bag", checked=True),
    "SDK .db3, checksums": _recorded(".db3", checked=True),
    "ROS 1 .bag": _ros("bag"),
    "ROS 1 .bag, LZ4": _ros("lz4"),
    "ROS 1 .bag, bz2": _ros("bz2"),
    "ROS 1 .bag, compressedDepth": _ros("bag", **PACKED),
    "ROS 2 .db3": _ros("db3"),
    "ROS 2 .db3, 32FC1": _ros("db3", encoding="32FC1"),
    "ROS 2 folder": _ros("folder"),
    "ROS 2 folder, Zstandard": _ros("zstd"),
    "ROS 2 MCAP": _ros("mcap"),
    "ROS 2 MCAP, compressedDepth": _ros("mcap", **PACKED),
}
"""Name of a layout: writes its film into an empty folder and gives the path to play."""
PACKED_CHECKED = (
    "SDK .bag, LZ4",
    "SDK .db3",
    "ROS 1 .bag, bz2",
    "ROS 1 .bag, compressedDepth",
    "ROS 2 MCAP, compressedDepth",
)
"""Layouts whose packing has a checksum: PNG, bz2, LZ4. It guards against damage, not against messages written anew."""
BESIDE_CHECKED = ("SDK .bag, LZ4, checksums", "SDK .db3, checksums")
"""Layouts with a checksum of each frame's pixels in a file beside them."""
