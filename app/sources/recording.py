"""Recordings (.bag and .db3), played by the RealSense SDK."""

from __future__ import annotations

import logging
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.errors import SourceError
from app.sources.base import SourceInfo
from app.sources.ground_truth import ground_truth_path, read_ground_truth
from app.sources.paced import PacedSource, PendingFrame
from app.sources.recording_file import RECORD_AGAIN, RecordingFile, check_recording
from app.sources.sdk import SLICE_S, camera_of, load_sdk, one_line, pixels_of, sdk_context, short

log = logging.getLogger(__name__)

STALL_S = 10.0
"""A file is taken for broken where the SDK has given nothing for so long."""
STOPPED_S = 1.0
"""The same where the SDK also says that it stopped playing. It says so just after the start, too."""


class RecordingSource(PacedSource):
    """A .bag or .db3 recording, played by the SDK. `NAME.joints.csv` beside NAME.bag is its ground truth.

    The SDK always plays at the reader's pace, which loses nothing; pace, pause and loop are PacedSource's, because the
    SDK has no speed and drops frames in its own real-time mode. realtime, speed, loop: as in PacedSource.
    """

    def __init__(self, path: str | Path, realtime: bool, speed: float = 1.0, loop: bool = False) -> None:
        super().__init__(realtime, speed, loop)
        self._path = Path(path)
        self._file: RecordingFile | None = None
        self._pipeline: Any = None
        self._playback: Any = None
        self._handed_out = 0

    def _start(self) -> SourceInfo:
        self._file = check_recording(self._path)
        ground_truth = read_ground_truth(ground_truth_path(self._path))
        profile = self._start_playback()
        try:
            rs = load_sdk()
            stream = profile.get_stream(rs.stream.depth)
            camera, fps = camera_of(stream), float(stream.fps())
            units = _depth_units(rs, profile.get_device())
        except RuntimeError as error:
            raise self._broken(one_line(error)) from None
        return SourceInfo(
            kind="recording",
            label=self._path.name,
            is_live=False,
            fps=fps if fps > 0 else 30.0,
            camera=camera,
            depth_units=units,
            frame_count=self._file.depth_frames,
            ground_truth=ground_truth,
            path=self._path,
        )

    def _start_playback(self) -> Any:
        """Start the SDK on the file; it may hang on a broken one, and is then left behind in its own thread."""
        rs = load_sdk()
        outcome: list[Any] = []

        def start() -> None:
            try:
                pipeline, config = rs.pipeline(sdk_context()), rs.config()
                config.enable_device_from_file(str(self._path), repeat_playback=False)
                config.enable_stream(rs.stream.depth)
                # Before the start: afterwards the first frames may be lost already.
                config.resolve(rs.pipeline_wrapper(pipeline)).get_device().as_playback().set_real_time(False)
                outcome.append((pipeline, pipeline.start(config)))
            except RuntimeError as error:
                outcome.append(error)

        thread = threading.Thread(target=start, name=f"open {self._path.name}", daemon=True)
        thread.start()
        thread.join(STALL_S)
        if not outcome:
            raise self._broken("the SDK does not come back from opening it")
        if isinstance(outcome[0], Exception):
            raise self._broken(one_line(outcome[0]).split("Reason: ")[-1])
        self._pipeline, profile = outcome[0]
        self._playback = profile.get_device().as_playback()
        self._handed_out = 0
        return profile

    def _next(self) -> PendingFrame | None:
        assert self._file is not None
        if self._handed_out == self._file.depth_frames:
            return None
        waiting_since_s = time.monotonic()
        while not self._closing and not self._has_stalled(time.monotonic() - waiting_since_s):
            try:
                arrived, frames = self._pipeline.try_wait_for_frames(round(1000 * SLICE_S))
                depth = frames.get_depth_frame() if arrived else None
            except RuntimeError as error:
                raise self._broken(one_line(error)) from None
            if depth:
                self._handed_out += 1
                pixels = pixels_of(depth)
                return PendingFrame(depth.get_frame_number(), depth.get_timestamp(), partial(_itself, pixels))
        if self._closing:
            return None
        raise self._broken(f"it ends after {self._handed_out} of {self._file.depth_frames} depth frames")

    def _has_stalled(self, waited_s: float) -> bool:
        if waited_s > STALL_S:
            return True
        if not self._handed_out or waited_s < STOPPED_S:
            return False
        return bool(self._playback.current_status() == load_sdk().playback_status.stopped)

    def _rewind(self) -> None:
        self._stop()
        self._start_playback()

    def _stop(self) -> None:
        pipeline, self._pipeline = self._pipeline, None
        playback, self._playback = self._playback, None
        if pipeline is None:
            return
        try:
            pipeline.stop()
            # The SDK's reading thread may still be busy, and ends the process where its device vanishes meanwhile:
            # the device is held until here, and pausing waits for that thread.
            playback.pause()
        except RuntimeError as error:
            log.debug("stopping %s: %s", self._path, one_line(error))

    def _broken(self, reason: str) -> SourceError:
        return SourceError(f"{self._path}: cannot be played ({reason}); {RECORD_AGAIN}")


def _depth_units(rs: Any, device: Any) -> float:
    """Metres per raw unit as recorded."""
    for sensor in device.query_sensors():
        if sensor.supports(rs.option.depth_units):
            return short(sensor.get_option(rs.option.depth_units))
    log.warning("the recording does not name its depth units; 1 mm is assumed")
    return 0.001


def _itself(pixels: NDArray[np.uint16]) -> NDArray[np.uint16]:
    return pixels
