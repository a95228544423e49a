"""A simulated depth camera: the SDK's software device fed with synthetic frames."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from app.errors import SourceError
from app.sources.base import SourceInfo
from app.sources.paced import PacedSource
from app.sources.pending import PendingFrame
from app.sources.sdk import load_sdk, one_line, pixels_of
from app.sources.software_device import SoftwareDepthDevice
from models.core.types import Camera, Pose

log = logging.getLogger(__name__)

SIMULATED_CAMERA = Camera(width=424, height=240, fx=213.0, fy=213.0, ppx=211.5, ppy=119.5)
"""Intrinsics like a D400's: 90 degrees wide."""
DEPTH_UNITS = 0.001
FRAME_TIMEOUT_MS = 2000
POSES_KEPT = 20_000


class MovieFrame(Protocol):
    """One synthetic frame: raw (H, W) uint16 in depth units, and the poses of the hands in it."""

    @property
    def raw(self) -> NDArray[np.uint16]: ...

    @property
    def poses(self) -> tuple[Pose, ...]: ...


class Movie(Protocol):
    """Endless synthetic frames; the same for the same index."""

    def render(self, index: int) -> MovieFrame: ...


MovieMaker = Callable[[Camera, float, int], Movie]
"""Makes a movie from camera, frames a second and seed."""


def hand_movie(camera: Camera, fps: float, seed: int) -> Movie:
    """The moving synthetic hand; imported late because compiling its renderer takes seconds."""
    from models.rendering.movie import HandMovie

    return HandMovie(camera, fps, seed, DEPTH_UNITS)


def two_hand_movie(camera: Camera, fps: float, seed: int) -> Movie:
    """Both hands of a person, which cross, touch and hide each other."""
    from models.rendering.two_hands import TwoHandMovie

    return TwoHandMovie(camera, fps, seed, DEPTH_UNITS)


class SimulatorSource(PacedSource):
    """The simulated camera. frame_id is the movie's frame index, timestamps follow from `fps`.

    realtime: behaves like a camera: paced at `fps`, what nobody reads in time is dropped, no pause. Otherwise every
    frame comes, as fast as it is read. frames: how many there are; None for no end. Poses of the frames handed out,
    the last `POSES_KEPT` of them, are the ground truth. Where pyrealsense2 has no wheel (macOS) the frames come
    straight from the movie, and the label says so.
    """

    def __init__(
        self,
        seed: int = 0,
        camera: Camera = SIMULATED_CAMERA,
        fps: float = 30.0,
        frames: int | None = None,
        realtime: bool = True,
        movie: MovieMaker = hand_movie,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(realtime, monotonic=monotonic)
        self._can_pause = not realtime
        self._seed, self._camera, self._fps, self._frames = seed, camera, fps, frames
        self._make_movie = movie
        self._movie: Movie | None = None
        self._device: SoftwareDepthDevice | None = None
        self._queue: Any = None
        self._index = 0
        self._poses: dict[int, tuple[Pose, ...]] = {}

    def _start(self) -> SourceInfo:
        self._movie = self._movie or self._make_movie(self._camera, self._fps, self._seed)
        self._index, self._poses = 0, {}
        try:
            self._start_device()
        except SourceError as error:
            log.warning("the simulated camera goes without the RealSense SDK: %s", error)
        return SourceInfo(
            kind="simulator",
            label="simulated camera" if self._device else "simulated camera, without the RealSense SDK",
            is_live=self._realtime,
            fps=self._fps,
            camera=self._camera,
            depth_units=DEPTH_UNITS,
            frame_count=self._frames,
            ground_truth=self._poses,
        )

    def _start_device(self) -> None:
        device = SoftwareDepthDevice(self._camera, self._fps, DEPTH_UNITS, "Simulated camera")
        self._queue = load_sdk().frame_queue(2)
        device.sensor.open(device.sensor.get_stream_profiles()[0])
        device.sensor.start(self._queue)
        self._device = device

    def _next(self) -> PendingFrame | None:
        index = self._index
        if self._frames is not None and index >= self._frames:
            return None
        self._index += 1
        return PendingFrame(index, 1000.0 * index / self._fps, partial(self._take, index))

    def _take(self, index: int) -> NDArray[np.uint16]:
        """Render a frame, send it through the SDK where there is one, and take out what comes."""
        assert self._movie is not None
        made = self._movie.render(index)
        if made.poses:
            self._poses[index] = made.poses
        self._poses.pop(index - POSES_KEPT, None)
        if self._device is None:
            return made.raw
        try:
            self._device.push(made.raw, index, 1000.0 * index / self._fps)
            arrived, frame = self._queue.try_wait_for_frame(FRAME_TIMEOUT_MS)
        except RuntimeError as error:
            raise SourceError(f"the simulated camera failed ({one_line(error)}); start the program again") from None
        if not arrived or frame.get_frame_number() != index:
            raise SourceError(f"the simulated camera lost frame {index}; start the program again")
        return pixels_of(frame)

    def _rewind(self) -> None:
        self._index = 0

    def _stop(self) -> None:
        device, self._device, self._queue = self._device, None, None
        if device is not None:
            device.sensor.stop()
            device.sensor.close()
