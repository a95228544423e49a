"""Sources of depth frames: cameras, recordings, folders of images and the simulated camera."""

from __future__ import annotations

import errno
from pathlib import Path

from app.errors import SourceError
from app.settings import BUNDLED_RECORDING
from app.sources.base import EndOfStream, Source, SourceInfo
from app.sources.recording_file import split_topic
from app.sources.ros_file import is_ros_folder
from app.sources.simulation import is_simulation, parse_simulation
from models.outputs import special_kind

__all__ = ["RECORDINGS", "EndOfStream", "Source", "SourceInfo", "make_source"]

EXPECTED = (
    "expected 'camera', 'camera:SERIAL', 'simulate', a .bag, .db3 or .mcap recording, or a folder of depth images"
)
RECORDINGS = (".bag", ".db3", ".mcap")


def make_source(spec: str | None, *, realtime: bool, loop: bool = False, speed: float = 1.0) -> Source:
    """The source that the command line's SOURCE names; nothing is opened yet.

    spec: 'camera', 'camera:SERIAL', 'simulate' (with words behind a colon, see `parse_simulation`), a .bag, .db3 or
    .mcap file, a folder of images or of a ROS 2 recording, FILE#TOPIC, FOLDER/PATTERN; None for the first camera or,
    where none is connected, the bundled recording (the label of its SourceInfo says which it became).
    realtime, loop, speed: for recordings and folders, see Source. Raises SourceError with one line where `spec` names
    nothing that exists, ValueError where speed is not above zero.
    """
    if spec is None:
        return _camera() if _camera_is_connected() else _recording(BUNDLED_RECORDING, realtime, speed, loop)
    if spec == "camera" or spec.startswith("camera:"):
        return _camera(spec.partition(":")[2].strip() or None)
    if is_simulation(spec):
        from app.sources.reader import simulated_reader

        return simulated_reader(parse_simulation(spec), realtime)
    if not spec.strip():
        raise SourceError(f"the source is empty; {EXPECTED}")
    try:
        path, topic = split_topic(spec)
        path.stat()
    except OSError as error:
        if error.errno != errno.ENOENT:  # a name that is too long, a folder that may not be looked into
            raise SourceError(f"{spec}: cannot be read ({error.strerror}); {EXPECTED}") from None
    if (special := special_kind(path)) is not None:
        raise SourceError(f"{spec}: is {special}, which cannot be played; {EXPECTED}")
    if is_ros_folder(path) or (path.suffix.lower() in RECORDINGS and not path.is_dir()):
        return _recording(path, realtime, speed, loop, topic)
    from app.sources.folder import FolderSource, split_pattern

    if topic is None and (path.is_dir() or split_pattern(path)[1]):
        return FolderSource(path, realtime, speed, loop)
    problem = "is not a recording or a folder" if Path(spec).exists() else "does not exist"
    raise SourceError(f"{spec}: {problem}; {EXPECTED}")


def _camera(serial: str | None = None) -> Source:
    from app.sources.reader import camera_reader

    return camera_reader(serial)


def _camera_is_connected() -> bool:
    """False also where the RealSense SDK is missing: opening the recording then says so."""
    from app.sources.camera_list import list_cameras

    try:
        return bool(list_cameras())
    except SourceError:
        return False


def _recording(path: Path, realtime: bool, speed: float, loop: bool, topic: str | None = None) -> Source:
    from app.sources.reader import recording_reader

    return recording_reader(path, realtime, speed, loop, topic)
