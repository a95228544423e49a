"""Recordings (.bag and .db3) as the RealSense SDK plays them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.sources.db3_images import Db3Images
from app.sources.pending import PendingFrame
from app.sources.player import Player, Stream
from app.sources.recording_file import RecordingFile
from app.sources.sdk import SLICE_S, camera_of, load_sdk, one_line, pixels_of, sdk_context, short
from models.core.types import USUAL_UNITS_M, Camera

log = logging.getLogger(__name__)

STALL_S = 6.0
"""A file is taken for broken where the SDK has given nothing for so long."""
STOPPED_S = 1.0
"""The same where the SDK also says that it stopped playing. It says so just after the start, too."""


class SdkPlayer(Player):
    """The SDK always plays at the reader's pace, which loses nothing: it drops frames in its own real-time mode.

    is_closing: asked while waiting for the SDK; a wait ends soon after it says yes. Nothing is sought here: the SDK's
    own seek first gives the frames that were on their way, and may wait for ten seconds (RecordingSource).
    checks_images: an image of a .db3 whose own checksum is wrong ends the playing.
    """

    def __init__(self, file: RecordingFile, is_closing: Callable[[], bool], checks_images: bool = True) -> None:
        super().__init__(file.path)
        self._checks_images = checks_images
        self._file, self._is_closing = file, is_closing
        self._pipeline: Any = None
        self._playback: Any = None
        self._camera: Camera | None = None
        self._option_units: float | None = None
        self._first: PendingFrame | None = None
        self._images: Db3Images | None = None
        self._handed_out = 0

    def start(self) -> Stream:
        rs = load_sdk()
        profile = self._start_playback()
        try:
            stream = profile.get_stream(rs.stream.depth)
            self._camera, fps = camera_of(stream), float(stream.fps())
            self._option_units = _units_option(rs, profile.get_device())
        except (RuntimeError, ValueError) as error:
            raise self._broken(one_line(error)) from None
        self._first = first = self.next()  # which knows the units
        return Stream(
            camera=self._camera,
            fps=fps if fps > 0 else 30.0,
            depth_units=USUAL_UNITS_M if first is None or first.depth_units is None else first.depth_units,
            frames=self._file.depth_frames,
            notes=(*self._file.notes, *self._units_note(first)),
        )

    def _start_playback(self) -> Any:
        """Start the SDK on the file. It may crash or hang on a broken one: that is why it has its own process."""
        rs = load_sdk()
        try:
            pipeline, config = rs.pipeline(sdk_context()), rs.config()
            config.enable_device_from_file(str(self._path), repeat_playback=False)
            config.enable_stream(rs.stream.depth)
            # Before the start: afterwards the first frames may be lost already.
            config.resolve(rs.pipeline_wrapper(pipeline)).get_device().as_playback().set_real_time(False)
            self._pipeline, profile = pipeline, pipeline.start(config)
        except RuntimeError as error:
            raise self._broken(one_line(error).split("Reason: ")[-1]) from None
        self._playback = profile.get_device().as_playback()
        self._first, self._handed_out = None, 0
        if self._checks_images and self._file.kind == "db3" and self._file.topic is not None:
            self._images = Db3Images(self._path, self._file.topic)
        return profile

    def next(self) -> PendingFrame | None:
        if self._first is not None:
            first, self._first = self._first, None
            return first
        if self._handed_out == self._file.depth_frames:
            return None
        waiting_since_s = time.monotonic()
        while not self._is_closing() and not self._has_stalled(time.monotonic() - waiting_since_s):
            try:
                arrived, frames = self._pipeline.try_wait_for_frames(round(1000 * SLICE_S))
                depth = frames.get_depth_frame() if arrived else None
            except RuntimeError as error:
                raise self._broken(one_line(error)) from None
            if depth:
                return self._taken(depth)
        if self._is_closing():
            return None
        raise self._ends_after(self._handed_out, self._file.depth_frames)

    def _taken(self, depth: Any) -> PendingFrame:
        """The SDK's frame as ours. Its size is looked at first: the SDK's pixels may be fewer than it says."""
        assert self._camera is not None
        width, height = depth.get_width(), depth.get_height()
        self._check_size(width, height, self._camera, self._handed_out)
        if depth.get_data_size() < 2 * width * height:
            raise self._broken(f"frame {self._handed_out} has fewer pixels than {width}x{height}")
        if self._images is not None and (problem := self._images.problem_of_next()):
            raise self._broken(f"frame {self._handed_out} is {problem}")
        units = depth.get_units() or self._option_units
        if units is not None:
            units = self._check_units(short(units))
        self._handed_out += 1
        load = partial(_itself, pixels_of(depth))
        return PendingFrame(depth.get_frame_number(), depth.get_timestamp(), load, units)

    def _has_stalled(self, waited_s: float) -> bool:
        if waited_s > STALL_S:
            return True
        if not self._handed_out or waited_s < STOPPED_S:
            return False
        return bool(self._playback.current_status() == load_sdk().playback_status.stopped)

    def _units_note(self, first: PendingFrame | None) -> tuple[str, ...]:
        if first is not None and first.depth_units is None:
            return ("the recording does not name its depth units; 1 mm is assumed",)
        return ()

    def rewind(self) -> None:
        self.stop()
        self._start_playback()

    def stop(self) -> None:
        pipeline, self._pipeline = self._pipeline, None
        playback, self._playback = self._playback, None
        images, self._images, self._first = self._images, None, None
        if images is not None:
            images.close()
        if pipeline is None:
            return
        try:
            pipeline.stop()
            # The SDK's reading thread may still be busy, and ends the process where its device vanishes meanwhile:
            # the device is held until here, and pausing waits for that thread.
            playback.pause()
        except RuntimeError as error:
            log.debug("stopping %s: %s", self._path, one_line(error))


def _units_option(rs: Any, device: Any) -> float | None:
    """Metres a raw unit, for frames that do not say their own; None where the file does not either."""
    for sensor in device.query_sensors():
        if sensor.supports(rs.option.depth_units):
            return float(sensor.get_option(rs.option.depth_units))
    return None


def _itself(pixels: NDArray[np.uint16]) -> NDArray[np.uint16]:
    return pixels
