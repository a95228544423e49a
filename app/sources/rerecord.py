"""Records the frames of a damaged recording anew, as far as they can be read."""

from __future__ import annotations

import time
from pathlib import Path

from app.errors import SourceError
from app.sources.base import SourceInfo
from app.sources.pending import PendingFrame
from app.sources.player import Player
from app.sources.recorder import Recorder
from models.core.types import DepthFrame


def rerecord(path: Path, target: Path) -> int:
    """Record what can be read of `path` to `target`, which ends alike; how many frames that are.

    Read through the reader of ROS's files, which needs less of a file than the SDK does. Raises SourceError where not
    even the first frame can be read, ExportError where it cannot be written.
    """
    from app.sources.ros_player import RosPlayer

    player, frames = RosPlayer(path), 0
    recorder: Recorder | None = None
    try:
        stream = player.start()
        info = SourceInfo("recording", path.name, False, stream.fps, stream.camera, stream.depth_units)
        while (pending := _next(player, needed=recorder is None)) is not None:
            try:
                raw = pending.load()
            except SourceError:
                continue  # its pixels are damaged: the next frame may be whole
            units, number, time_ms = pending.depth_units or stream.depth_units, pending.frame_id, pending.timestamp_ms
            recorder = recorder or Recorder(target, info)
            recorder.write(DepthFrame(raw, units, stream.camera, number, time_ms, time.monotonic()))
            frames += 1
    finally:
        player.stop()
        if recorder is not None:
            recorder.close()
    return frames


def _next(player: Player, needed: bool) -> PendingFrame | None:
    """The next frame; None at the end, and where the file breaks off unless a frame is `needed`."""
    try:
        return player.next()
    except SourceError:
        if needed:
            raise
        return None
