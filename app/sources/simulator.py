"""A simulated depth camera: the SDK's software device fed with synthetic frames."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from app.errors import SourceError
from app.settings import NO_FILTERS, Filters
from app.sources.base import SourceInfo
from app.sources.camera_settings import CameraDevice, CameraState, ColorStream, DepthMode
from app.sources.filters import FilterChain, camera_behind
from app.sources.paced import PacedSource
from app.sources.pending import PendingFrame
from app.sources.sdk import load_sdk, one_line, pixels_of
from app.sources.simulated_color import color_picture
from app.sources.simulation import POSES_KEPT, Simulation
from app.sources.software_device import SoftwareDepthDevice
from models.core.types import Camera, Handedness, Pose

log = logging.getLogger(__name__)

SIMULATED_CAMERA = Camera(width=424, height=240, fx=213.0, fy=213.0, ppx=211.5, ppy=119.5)
"""Intrinsics like a D400's: 90 degrees wide."""
DEPTH_UNITS = 0.001
FRAME_TIMEOUT_MS = 2000


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


def movie_of(simulation: Simulation) -> MovieMaker:
    """Makes the movie of a simulation; imports it late, because compiling its renderer takes seconds."""

    def make(camera: Camera, fps: float, seed: int) -> Movie:
        from models.rendering.movie import HandMovie
        from models.rendering.two_hands import TwoHandMovie

        if simulation.hand == "both":
            return TwoHandMovie(camera, fps, seed, DEPTH_UNITS, simulation.stage)
        side: Handedness = "left" if simulation.hand == "left" else "right"
        return HandMovie(camera, fps, seed, DEPTH_UNITS, side, simulation.stage)

    return make


hand_movie = movie_of(Simulation())
"""The moving synthetic hand."""


def simulated_camera(simulation: Simulation, realtime: bool) -> SimulatorSource:
    """The source that shows this simulation."""
    movie = movie_of(simulation)
    return SimulatorSource(fps=simulation.fps, realtime=realtime, movie=movie, has_color=simulation.color)


class SimulatorSource(PacedSource):
    """The simulated camera. frame_id is the movie's frame index, timestamps follow from `fps`.

    realtime: behaves like a camera: paced at `fps`, what nobody reads in time is dropped, no pause. Otherwise every
    frame comes, as fast as it is read. frames: how many there are; None for no end. Poses of the frames handed out,
    the last `POSES_KEPT` of them, are the ground truth. has_color: there is a colour camera, too. Where
    pyrealsense2 has no wheel (macOS) the frames come straight from the movie, and the label says so.
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
        has_color: bool = False,
    ) -> None:
        super().__init__(realtime, monotonic=monotonic)
        self._can_pause = not realtime
        self._seed, self._camera, self._fps, self._frames = seed, camera, fps, frames
        self._make_movie = movie
        self._movie: Movie | None = None
        self._loading = threading.Lock()
        self._device: SoftwareDepthDevice | None = None
        self._queue: Any = None
        self._index = 0
        self._poses: dict[int, tuple[Pose, ...]] = {}
        self._filters = NO_FILTERS
        self._chain: FilterChain | None = None
        self._color = ColorStream.OFF if has_color else ColorStream.NONE

    def set_color(self, on: bool) -> None:
        if self._color is not ColorStream.NONE:
            self._color = ColorStream.ON if on else ColorStream.OFF

    def _color_of(self, frame: PendingFrame, raw: NDArray[np.uint16]) -> NDArray[np.uint8] | None:
        if self._color is not ColorStream.ON or self._info is None:
            return None
        return color_picture(raw, self._info.camera, DEPTH_UNITS)

    def set_filters(self, filters: Filters) -> None:
        if self._device is not None:  # the size of the image stays until it is opened again
            filters = replace(filters, decimation=self._filters.decimation)
            self._chain = None if filters.is_none else FilterChain(filters)
        self._filters = filters

    def state(self) -> CameraState | None:
        if self._device is None:
            return None
        mode = DepthMode(self._camera.width, self._camera.height, round(self._fps))
        return CameraState(CameraDevice("", "Simulated camera"), (mode,), mode, (), self._filters, "", self._color)

    def prepare(self) -> None:
        self._loaded()
        with suppress(SourceError):  # it goes without
            load_sdk()

    def _loaded(self) -> Movie:
        with self._loading:
            self._movie = self._movie or self._make_movie(self._camera, self._fps, self._seed)
            return self._movie

    def _start(self) -> SourceInfo:
        movie = self._loaded()
        movie.render(0)  # the first time it is compiled or loaded, for which no `read` should wait
        self._index, self._poses = 0, {}
        try:
            self._start_device()
        except SourceError as error:
            log.warning("the simulated camera goes without the RealSense SDK: %s", error)
        decimation = self._filters.decimation if self._device else 1
        return SourceInfo(
            kind="simulator",
            label="simulated camera" if self._device else "simulated camera, without the RealSense SDK",
            is_live=self._realtime,
            fps=self._fps,
            camera=camera_behind(self._camera, decimation),
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
        self._chain = None if self._filters.is_none else FilterChain(self._filters)

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
        chain = self._chain
        return pixels_of(chain.process(frame) if chain else frame)

    def _rewind(self) -> None:
        self._index = 0

    def _stop(self) -> None:
        device, self._device, self._queue, self._chain = self._device, None, None, None
        if device is not None:
            device.sensor.stop()
            device.sensor.close()
