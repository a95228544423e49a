"""RealSense cameras."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from app.errors import SourceError, SourceLostError
from app.settings import NO_FILTERS, Filters
from app.sources.base import EndOfStream, Source, SourceInfo
from app.sources.camera_color import ColorOverDepth, choose_color_mode
from app.sources.camera_controls import controls_of, set_control
from app.sources.camera_settings import CameraDevice, CameraState, ColorStream, DepthMode
from app.sources.filters import FilterChain, camera_behind
from app.sources.sdk import SLICE_S, camera_of, load_sdk, one_line, pixels_of, sdk_context, short
from models.core.types import DepthFrame

log = logging.getLogger(__name__)

PREFERRED_SIZES = ((640, 480), (848, 480))


def choose_mode(modes: Sequence[DepthMode]) -> DepthMode:
    """The mode to run a camera in: 30 fps, or near it, and 640x480 or 848x480, or as many pixels as that."""

    def cost(mode: DepthMode) -> tuple[float, ...]:
        size = (mode.width, mode.height)
        rank = PREFERRED_SIZES.index(size) if size in PREFERRED_SIZES else len(PREFERRED_SIZES)
        # Hands move: below 15 fps a better image is worth less than the rate.
        return (mode.fps < 15, rank, abs(mode.fps - 30), abs(mode.width * mode.height - 640 * 480))

    if not modes:
        raise ValueError("modes: expected at least one")
    return min(modes, key=cost)


def list_cameras() -> list[CameraDevice]:
    """The RealSense cameras that are connected now; SourceError where the SDK is missing."""
    rs = load_sdk()
    return [_describe(rs, device) for device in _devices()]


class ConnectedCameras:
    """`list_cameras` for the reader process, which serves the methods of an object."""

    def list(self) -> list[CameraDevice]:
        return list_cameras()

    def close(self) -> None:
        """Nothing is held."""


def _devices() -> list[Any]:
    try:
        return list(sdk_context().query_devices())
    except RuntimeError as error:
        raise SourceError(f"cameras cannot be listed ({one_line(error)}); unplug and replug the camera") from None


def _describe(rs: Any, device: Any) -> CameraDevice:
    def info(key: Any) -> str:
        try:
            return device.get_info(key) if device.supports(key) else ""
        except RuntimeError:  # it was unplugged just now
            return ""

    name = info(rs.camera_info.name) or "RealSense camera"
    return CameraDevice(info(rs.camera_info.serial_number), name, info(rs.camera_info.usb_type_descriptor))


class CameraSource(Source):
    """A connected camera: the one with `serial`, else the first. Old frames give way to new ones when nobody reads.

    What `set_control` was told is set again by each `open`; a mode or an option that the camera does not have counts
    for nothing.
    """

    def __init__(self, serial: str | None = None) -> None:
        self._serial = serial
        self._pipeline: Any = None
        self._info: SourceInfo | None = None
        self._device = CameraDevice("", "")
        self._restarts = -1  # the first start is none
        self._closing = threading.Event()
        self._reading = threading.Lock()  # held while frames are waited for
        self._lock = threading.Lock()  # guards what follows
        self._sensor: Any = None
        self._modes: tuple[DepthMode, ...] = ()
        self._mode: DepthMode | None = None
        self._running = DepthMode(0, 0, 0)
        self._controls: dict[str, float] = {}
        self._filters = NO_FILTERS
        self._chain: FilterChain | None = None
        self._problem = ""
        self._wants_color = False
        self._color = ColorStream.NONE
        self._over: ColorOverDepth | None = None  # only the reading thread's

    def prepare(self) -> None:
        with suppress(SourceError):  # `open` says so
            load_sdk()

    def open(self) -> SourceInfo:
        with self._reading:
            self._stop()
            rs = load_sdk()
            device = self._find(rs)
            self._device = _describe(rs, device)
            try:
                self._info = self._start(rs, device)
            except RuntimeError as error:
                self._stop()
                raise _cannot_start(self._device, error) from None
            self._restarts += 1
            self._closing.clear()
            return self._info

    def _start(self, rs: Any, device: Any) -> SourceInfo:
        label = self._device.label
        modes = _modes(rs, device, rs.stream.depth, rs.format.z16)
        if not modes:
            raise SourceError(f"{label} has no 16-bit depth stream; connect a depth camera such as a D400")
        mode = self._mode if self._mode in modes else choose_mode(modes)
        profile, color, problem = self._run(rs, device, mode)
        sensor = profile.get_device().first_depth_sensor()
        units = short(sensor.get_depth_scale())
        with self._lock:
            self._sensor, self._running, self._color, self._problem = sensor, mode, color, problem
            self._modes = tuple(sorted(set(modes), key=lambda m: (m.width, m.height, m.fps)))
            controls, filters = list(self._controls.items()), self._filters
            self._chain = None if filters.is_none else FilterChain(filters)
        for name, value in controls:
            self.set_control(name, value)
        camera = camera_behind(camera_of(profile.get_stream(rs.stream.depth)), filters.decimation)
        log.info("%s: depth %dx%d at %d fps, colour %s", label, mode.width, mode.height, mode.fps, color.value)
        return SourceInfo("camera", label, True, float(mode.fps), camera, units)

    def _run(self, rs: Any, device: Any, mode: DepthMode) -> tuple[Any, ColorStream, str]:
        """Start the streams: the SDK's profile of them, whether there are colours, and why there are none if asked."""
        colored = choose_color_mode(_modes(rs, device, rs.stream.color, rs.format.rgb8), mode)
        self._over, problem = None, ""
        if colored is not None and self._wants_color:
            try:
                profile = self._start_pipeline(rs, mode, colored)
                self._over = ColorOverDepth()
                return profile, ColorStream.ON, ""
            except RuntimeError as error:
                problem = f"No colour beside this depth stream: {one_line(error)}"
        color = ColorStream.NONE if colored is None else ColorStream.REFUSED if problem else ColorStream.OFF
        return self._start_pipeline(rs, mode, None), color, problem

    def _start_pipeline(self, rs: Any, mode: DepthMode, color: DepthMode | None) -> Any:
        config = rs.config()
        config.enable_device(self._device.serial)
        config.enable_stream(rs.stream.depth, mode.width, mode.height, rs.format.z16, mode.fps)
        if color is not None:
            config.enable_stream(rs.stream.color, color.width, color.height, rs.format.rgb8, color.fps)
        self._pipeline = rs.pipeline(sdk_context())
        return self._pipeline.start(config)

    # -- what can be chosen; from any thread ----------------------------------------------------------------------

    def set_mode(self, mode: DepthMode | None) -> None:
        with self._lock:
            self._mode = mode

    def set_filters(self, filters: Filters) -> None:
        with self._lock:
            if self._info is not None:  # the size of the image stays until it is opened again
                filters = replace(filters, decimation=self._filters.decimation)
                self._chain = None if filters.is_none else FilterChain(filters)
            self._filters = filters

    def set_color(self, on: bool) -> None:
        self._wants_color = on

    def set_control(self, name: str, value: float) -> None:
        with self._lock:
            self._controls[name] = value
            sensor = self._sensor
        if sensor is not None:
            problem = set_control(load_sdk(), sensor, name, value)
            with self._lock:
                self._problem = problem

    def state(self) -> CameraState | None:
        with self._lock:
            sensor, modes, mode = self._sensor, self._modes, self._running
            filters, problem, color = self._filters, self._problem, self._color
        if sensor is None:
            return None
        return CameraState(self._device, modes, mode, controls_of(load_sdk(), sensor), filters, problem, color)

    # -- frames ---------------------------------------------------------------------------------------------------

    def read(self, timeout_s: float = 5.0) -> DepthFrame | None:
        deadline_s = time.monotonic() + timeout_s
        with self._reading:
            while True:
                if self._closing.is_set() or self._info is None:
                    raise EndOfStream
                left_s = max(0.0, min(SLICE_S, deadline_s - time.monotonic()))
                arrived, frames = self._wait(left_s)
                if arrived and frames.get_depth_frame():
                    return self._live_frame(frames, self._info)
                if time.monotonic() >= deadline_s:
                    raise self._lost(timeout_s)

    def _live_frame(self, frames: Any, info: SourceInfo) -> DepthFrame:
        arrival_s = time.monotonic()
        with self._lock:
            chain = self._chain
        if self._over is None:
            depth, color = frames.get_depth_frame(), None
            depth = chain.process(depth) if chain else depth
        else:
            depth, color = self._over.split(chain.process(frames).as_frameset() if chain else frames)
        number, time_ms = depth.get_frame_number(), depth.get_timestamp()
        pixels, restarts = pixels_of(depth), self._restarts
        return DepthFrame(pixels, info.depth_units, info.camera, number, time_ms, arrival_s, restarts, color=color)

    def close(self) -> None:
        self._closing.set()
        with self._reading:
            self._stop()

    def _stop(self) -> None:
        pipeline, self._pipeline, self._info = self._pipeline, None, None
        with self._lock:
            self._sensor = self._chain = None
        if pipeline is not None:
            try:
                pipeline.stop()
            except RuntimeError as error:  # it never started, or the camera is gone
                log.debug("stopping %s: %s", self._device.label, one_line(error))

    def _find(self, rs: Any) -> Any:
        devices = _devices()
        if not devices:
            raise SourceError(
                "no RealSense camera found; plug one into a USB 3 port, or open a recording, a folder or 'simulate'"
            )
        for device in devices:
            if self._serial in (None, _describe(rs, device).serial):
                return device
        connected = ", ".join(_describe(rs, device).label for device in devices)
        raise SourceError(f"no camera with serial number {self._serial} found; connected: {connected}")

    def _wait(self, timeout_s: float) -> tuple[bool, Any]:
        try:
            arrived, frames = self._pipeline.try_wait_for_frames(round(1000 * timeout_s))
        except RuntimeError as error:
            raise SourceLostError(f"{self._device.label} failed ({one_line(error)}); unplug and replug it") from None
        return arrived, frames

    def _lost(self, timeout_s: float) -> SourceLostError:
        rs = load_sdk()
        present = any(_describe(rs, d).serial == self._device.serial for d in _devices())
        if present:
            return SourceLostError(f"{self._device.label} sent no frame for {timeout_s:g} s; unplug and replug it")
        return SourceLostError(f"{self._device.label} was unplugged; plug it in again")


def _modes(rs: Any, device: Any, stream: Any, pixels: Any) -> list[DepthMode]:
    """In what sizes and rates a device has a stream with pixels of this format."""
    modes = []
    for sensor in device.query_sensors():
        for profile in sensor.get_stream_profiles():
            if profile.stream_type() == stream and profile.format() == pixels:
                video = profile.as_video_stream_profile()
                modes.append(DepthMode(video.width(), video.height(), video.fps()))
    return modes


def _cannot_start(device: CameraDevice, error: Exception) -> SourceError:
    reason = one_line(error)
    if any(word in reason.lower() for word in ("busy", "power state", "in use")):
        return SourceError(f"{device.label} is used by another program ({reason}); close that and try again")
    return SourceError(f"{device.label} cannot be started ({reason}); unplug and replug it, use a USB 3 port")
