"""The SDK's software device: frames that are pushed into it come out as those of a camera do."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.sources.sdk import load_sdk
from models.core.types import Camera

SDK_NUMBERS = 0x7FFFFFFF
"""What the SDK keeps of a frame's number, a C int."""


class SoftwareDepthDevice:
    """A software device of the SDK with one depth stream; `push` sends a frame through it. One thread at a time.

    Raises SourceError where the SDK is missing.
    """

    def __init__(self, camera: Camera, fps: float, depth_units: float, name: str) -> None:
        rs = self._rs = load_sdk()
        self._camera, self._depth_units = camera, depth_units
        self.device = rs.software_device()
        self.device.register_info(rs.camera_info.name, name)
        self.sensor = self.device.add_sensor("Depth")
        self._profile = self.sensor.add_video_stream(_video_stream(rs, camera, fps)).as_video_stream_profile()
        self.sensor.add_read_only_option(rs.option.depth_units, depth_units)
        self.device.create_matcher(rs.matchers.default)

    def push(
        self, raw: NDArray[np.uint16], frame_id: int, timestamp_ms: float, depth_units: float | None = None
    ) -> None:
        """Send one (H, W) uint16 image to whoever started the sensor; depth_units: those of this image, if its own."""
        frame = self._rs.software_video_frame()
        frame.pixels = np.ascontiguousarray(raw, dtype=np.uint16)
        frame.stride, frame.bpp = 2 * self._camera.width, 2
        frame.frame_number, frame.timestamp = frame_id & SDK_NUMBERS, timestamp_ms
        frame.domain = self._rs.timestamp_domain.hardware_clock
        frame.profile, frame.depth_units = self._profile, depth_units or self._depth_units
        self.sensor.on_video_frame(frame)


def _video_stream(rs: Any, camera: Camera, fps: float) -> Any:
    intrinsics = rs.intrinsics()
    intrinsics.width, intrinsics.height = camera.width, camera.height
    intrinsics.fx, intrinsics.fy, intrinsics.ppx, intrinsics.ppy = camera.fx, camera.fy, camera.ppx, camera.ppy
    intrinsics.model, intrinsics.coeffs = rs.distortion.brown_conrady, [0.0] * 5
    stream = rs.video_stream()
    stream.type, stream.index, stream.uid, stream.fmt = rs.stream.depth, 0, 1, rs.format.z16
    stream.width, stream.height, stream.fps, stream.bpp = camera.width, camera.height, max(1, round(fps)), 2
    stream.intrinsics = intrinsics
    return stream
