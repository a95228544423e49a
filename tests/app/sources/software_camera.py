"""A camera without a camera: the SDK's own software device, whose options, frames and filters are the real ones.

Only what starts a stream is a stand-in, because the SDK's pipelines do not find software devices. Its colour camera
stands COLOR_M to the left of the depth camera.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.sources import realsense
from app.sources.camera_settings import DepthMode
from app.sources.realsense import CameraSource
from app.sources.sdk import load_sdk
from models.core.types import Camera

MODES = (DepthMode(320, 240, 30), DepthMode(640, 480, 30), DepthMode(640, 480, 60))
COLOR_MODES = (DepthMode(320, 240, 30), DepthMode(640, 360, 30), DepthMode(640, 360, 60))
COLOR_M = 0.06
LATE = 3
"""Frames before the first colour picture of a device whose colours are late."""
UNITS = 0.001
BASELINE_MM = 50.0
SERIAL, NAME = "7301", "Software D435"
_OPTIONS = {  # lowest, highest, step, at first
    "visual_preset": (0, 5, 1, 0),
    "enable_auto_exposure": (0, 1, 1, 1),
    "exposure": (1, 165000, 1, 8500),
    "gain": (16, 248, 1, 16),
    "laser_power": (0, 360, 30, 150),
}


def color_camera_for(mode: DepthMode) -> Camera:
    return Camera(mode.width, mode.height, 0.8 * mode.width, 0.8 * mode.width, mode.width / 2 + 5, mode.height / 2 - 4)


def places(camera: Camera) -> NDArray[np.uint8]:
    """A colour picture whose red and green say how far right and down a pixel is, from 55 to 255."""
    picture = np.full((*camera.shape, 3), 9, np.uint8)
    picture[:, :, 0] = np.linspace(55, 255, camera.width)
    picture[:, :, 1] = np.linspace(55, 255, camera.height)[:, None]
    return picture


ImageMaker = Callable[[Camera, int], NDArray[np.uint16]]


def camera_for(mode: DepthMode) -> Camera:
    return Camera(mode.width, mode.height, 0.9 * mode.width, 0.9 * mode.width, mode.width / 2 - 3, mode.height / 2 + 2)


def ramp(camera: Camera, index: int) -> NDArray[np.uint16]:
    """A wall that is deeper to the right; its lower half has a hole and a noise that changes: work for filters."""
    raw = np.tile(500 + 4 * np.arange(camera.width), (camera.height, 1)).astype(np.float64)
    half = camera.height // 2
    raw[half:] += np.random.default_rng(index).normal(0, 3, raw[half:].shape)
    raw[half + 20 : half + 30, 100:104] = 0
    return raw.astype(np.uint16)


class SoftwareSdk:
    """pyrealsense2 with one software device as its only camera. make_image: a frame's pixels by camera and number.

    color: "" for a device without colours, "works", "late" where the colour pictures begin after some frames, "refused"
    where colours cannot be started beside depth. turn_deg: by how much the colour camera looks to the side.
    """

    def __init__(self, make_image: ImageMaker = ramp, color: str = "", turn_deg: float = 0.0) -> None:
        self.rs = rs = load_sdk()
        self._turn_deg = turn_deg
        self.make_image, self.color = make_image, color
        self.started: list[DepthMode] = []
        self.device = rs.software_device()
        self.device.register_info(rs.camera_info.name, NAME)
        self.device.register_info(rs.camera_info.serial_number, SERIAL)
        self.device.register_info(rs.camera_info.usb_type_descriptor, "3.2")
        self.sensor = self.device.add_sensor("Stereo Module")
        self.profiles = {
            mode: self.sensor.add_video_stream(_stream(rs, mode, number)).as_video_stream_profile()
            for number, mode in enumerate(MODES, start=1)
        }
        if color:
            self._add_color()
        self.sensor.add_read_only_option(rs.option.depth_units, UNITS)
        self.sensor.add_read_only_option(rs.option.stereo_baseline, BASELINE_MM)
        for name, (lowest, highest, step, first) in _OPTIONS.items():
            span = rs.option_range()
            span.min, span.max, span.step, span.default = lowest, highest, step, first
            self.sensor.add_option(getattr(rs.option, name), span, True)

    def _add_color(self) -> None:
        rs = self.rs
        self.color_sensor = self.device.add_sensor("RGB Camera")
        self.color_profiles = {
            mode: self.color_sensor.add_video_stream(_color_stream(rs, mode, number)).as_video_stream_profile()
            for number, mode in enumerate(COLOR_MODES, start=20)
        }
        beside = rs.extrinsics()
        sine, cosine = np.sin(np.radians(self._turn_deg)), np.cos(np.radians(self._turn_deg))
        columns = [cosine, 0.0, -sine, 0.0, 1.0, 0.0, sine, 0.0, cosine]  # as the SDK has rotations
        beside.rotation, beside.translation = columns, [COLOR_M, 0.0, 0.0]
        for depth in self.profiles.values():
            for color in self.color_profiles.values():
                depth.register_extrinsics_to(color, beside)
        self.device.create_matcher(rs.matchers.default)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.rs, name)

    def context(self) -> SimpleNamespace:
        return SimpleNamespace(query_devices=lambda: [self.device])

    def config(self) -> _Config:
        return _Config()

    def pipeline(self, _context: object) -> _Pipeline:
        return _Pipeline(self)


class _Config:
    mode = MODES[0]
    color: DepthMode | None = None

    def enable_device(self, _serial: str) -> None: ...

    def enable_stream(self, stream: object, width: int, height: int, _format: object, fps: int) -> None:
        if stream == load_sdk().stream.color:
            self.color = DepthMode(width, height, fps)
        else:
            self.mode = DepthMode(width, height, fps)


class _Sensor:
    """The software sensor, which is no depth sensor to the SDK."""

    def __init__(self, sensor: Any) -> None:
        self._sensor = sensor

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sensor, name)

    def get_depth_scale(self) -> float:
        return UNITS


class _Pipeline:
    def __init__(self, sdk: SoftwareSdk) -> None:
        self._sdk, self._queue = sdk, sdk.rs.frame_queue(2)
        self._syncer = sdk.rs.syncer() if sdk.color else None
        self._over = threading.Event()
        self._color: DepthMode | None = None

    def start(self, config: _Config) -> SimpleNamespace:
        self._mode, self._profile, self._color = config.mode, self._sdk.profiles[config.mode], config.color
        if self._color is not None and self._sdk.color == "refused":
            raise RuntimeError("Couldn't resolve requests")
        self._sdk.started.append(config.mode)
        self._sdk.sensor.open(self._profile)
        self._sdk.sensor.start(self._queue if self._color is None else self._syncer)
        if self._color is not None:
            self._sdk.color_sensor.open(self._sdk.color_profiles[self._color])
            self._sdk.color_sensor.start(self._syncer)
        self._pushing = threading.Thread(target=self._push, name="software-camera", daemon=True)
        self._pushing.start()
        device = SimpleNamespace(first_depth_sensor=lambda: _Sensor(self._sdk.sensor))
        return SimpleNamespace(get_device=lambda: device, get_stream=lambda _kind: self._profile)

    def _push(self) -> None:
        mode, number = self._mode, 0
        camera = camera_for(mode)
        while not self._over.wait(1 / mode.fps):
            frame = self._frame(np.ascontiguousarray(self._sdk.make_image(camera, number)), number, self._profile, 2)
            frame.depth_units = UNITS
            self._sdk.sensor.on_video_frame(frame)
            if self._color is not None and (self._sdk.color != "late" or number >= LATE):
                picture = places(color_camera_for(self._color))
                profile = self._sdk.color_profiles[self._color]
                self._sdk.color_sensor.on_video_frame(self._frame(picture, number, profile, 3))
            number += 1

    def _frame(self, pixels: NDArray, number: int, profile: Any, bytes_a_pixel: int) -> Any:
        frame = self._sdk.rs.software_video_frame()
        frame.pixels, frame.stride, frame.bpp = pixels, bytes_a_pixel * pixels.shape[1], bytes_a_pixel
        frame.frame_number, frame.timestamp = number, 1000.0 * number / self._mode.fps
        frame.domain, frame.profile = self._sdk.rs.timestamp_domain.hardware_clock, profile
        return frame

    def try_wait_for_frames(self, timeout_ms: int) -> tuple[bool, Any]:
        if self._color is not None:
            return self._syncer.try_wait_for_frames(timeout_ms)
        arrived, frame = self._queue.try_wait_for_frame(timeout_ms)
        return arrived, SimpleNamespace(get_depth_frame=lambda: frame)

    def stop(self) -> None:
        if not self._over.is_set() and hasattr(self, "_pushing"):
            self._over.set()
            self._pushing.join()
            self._sdk.sensor.stop()
            self._sdk.sensor.close()
            if self._color is not None:
                self._sdk.color_sensor.stop()
                self._sdk.color_sensor.close()


def _stream(rs: Any, mode: DepthMode, number: int) -> Any:
    return _video_stream(rs, mode, number, camera_for(mode), rs.stream.depth, rs.format.z16, 2)


def _color_stream(rs: Any, mode: DepthMode, number: int) -> Any:
    return _video_stream(rs, mode, number, color_camera_for(mode), rs.stream.color, rs.format.rgb8, 3)


def _video_stream(
    rs: Any, mode: DepthMode, number: int, camera: Camera, kind: Any, pixels: Any, bytes_a_pixel: int
) -> Any:
    intrinsics = rs.intrinsics()
    for name in ("width", "height", "fx", "fy", "ppx", "ppy"):
        setattr(intrinsics, name, getattr(camera, name))
    intrinsics.model, intrinsics.coeffs = rs.distortion.brown_conrady, [0.0] * 5
    stream = rs.video_stream()
    stream.type, stream.index, stream.uid, stream.fmt = kind, 0, number, pixels
    stream.width, stream.height, stream.fps, stream.bpp = mode.width, mode.height, mode.fps, bytes_a_pixel
    stream.intrinsics = intrinsics
    return stream


def software_camera(make_image: ImageMaker = ramp, color: str = "") -> CameraSource:
    """A CameraSource on it; this process has no other camera from now on. A factory for the reader process, too."""
    made = SoftwareSdk(make_image, color)
    vars(realsense).update(load_sdk=lambda: made, sdk_context=made.context)
    return CameraSource()


def color_camera(color: str) -> CameraSource:
    """One that has colours, for the reader process."""
    return software_camera(ramp, color)
