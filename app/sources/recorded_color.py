"""The colour stream of the RealSense SDK's recordings, its pictures laid over the depth images."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from app.errors import SourceError
from app.sources.ros_file import COMPRESSED_IMAGE, Message, RosFile
from app.sources.ros_image import read_camera_message
from app.sources.sdk_layout import ImageTopic, image_topic
from app.sources.sdk_metadata import SdkMetadata, metadata_topic
from models.core.camera import deproject
from models.core.types import Camera
from models.data.png import HEADER_BYTES, DamagedError, parse_header

log = logging.getLogger(__name__)

LOOK_BACK_NS = 500_000_000
"""Pictures that were recorded so long before a depth image may still be the nearest in time."""
JUMP_NS = 2_000_000_000
OUTSIDE = -10.0
"""A column that no picture has."""
CHANNELS = {"rgb8": slice(None), "bgr8": slice(None, None, -1)}


@dataclass(frozen=True, slots=True)
class _Picture:
    message: Message
    time_ms: float


class RecordedColor:
    """Gives the depth images of one stream of a recording their colours. One thread at a time.

    Each depth image has the colour picture nearest in the camera's time; a depth pixel, the colour of the same point,
    by the cameras and their places as they were recorded, without the colour camera's distortion. SourceError where the
    file is damaged, or lacks what that needs.
    """

    def __init__(self, path: Path, depth_topic: str, color_topic: str) -> None:
        depth, color = image_topic(depth_topic), image_topic(color_topic)
        assert depth is not None
        assert color is not None
        self._file = file = RosFile(path)
        try:
            self._topic = color_topic
            self._camera = _camera(file, color)
            self._rotation, self._shift_m = _between(_place(file, depth), _place(file, color))
            self._depth_times_ns = file.times_ns(depth_topic)
            beside = file.counts.get(metadata_topic(color), 0)
            is_ros2 = file.kinds[color_topic] == COMPRESSED_IMAGE or path.suffix != ".bag"
            self._metadata = SdkMetadata(file, color) if is_ros2 and beside else None
        except BaseException:
            file.close()
            raise
        self._messages: Iterator[Message] = iter(())
        self._now: _Picture | None = None
        self._next: _Picture | None = None
        self._at_ns: int | None = None
        self._decoded: tuple[_Picture, NDArray[np.uint8]] | None = None
        self._rays: tuple[Camera, NDArray[np.float32]] | None = None

    def close(self) -> None:
        self._file.close()

    def over(
        self, raw: NDArray[np.uint16], camera: Camera, depth_units: float, index: int, time_ms: float
    ) -> NDArray[np.uint8] | None:
        """The colours (H, W, 3) RGB of a depth image (H, W), black where the colour camera saw nothing.

        camera, depth_units: of the depth image. index: its place in the file. time_ms: its time stamp. None where there
        is no picture.
        """
        recorded_ns = self._depth_times_ns[min(index, len(self._depth_times_ns) - 1)]  # a damaged file may have fewer
        picture = self._nearest(recorded_ns, time_ms)
        if picture is None:
            return None
        if self._decoded is None or self._decoded[0] is not picture:
            self._decoded = picture, _pixels(picture.message.content, self._camera.shape)
        return self._laid_over(self._decoded[1], raw, camera, depth_units)

    def _nearest(self, recorded_ns: int, time_ms: float) -> _Picture | None:
        at_ns, self._at_ns = self._at_ns, recorded_ns
        if at_ns is None or not at_ns <= recorded_ns <= at_ns + JUMP_NS:
            self._go_to(max(recorded_ns - LOOK_BACK_NS, 0))
        while self._next is not None and (
            self._now is None or abs(self._next.time_ms - time_ms) <= abs(self._now.time_ms - time_ms)
        ):
            self._now, self._next = self._next, self._following()
        return self._now

    def _go_to(self, time_ns: int) -> None:
        self._messages = self._file.messages(self._topic, time_ns)
        if self._metadata is not None:
            self._metadata.go_to(time_ns)
        self._now, self._next = None, self._following()

    def _following(self) -> _Picture | None:
        message = next(self._messages, None)
        if message is None:
            return None
        beside = None if self._metadata is None else self._metadata.of(message.time_ns)
        if beside is not None:
            return _Picture(message, beside.timestamp_ms)
        stamp = message.content.header.stamp
        return _Picture(message, 1e3 * int(stamp.sec) + int(stamp.nanosec) / 1e6)

    def _laid_over(
        self, picture: NDArray[np.uint8], raw: NDArray[np.uint16], camera: Camera, depth_units: float
    ) -> NDArray[np.uint8]:
        z_m = raw * np.float32(depth_units)
        x, y, z = (z_m * along + shift for along, shift in zip(self._rays_of(camera), self._shift_m.astype(np.float32)))
        mine = self._camera
        with np.errstate(divide="ignore", invalid="ignore"):
            column, row = mine.fx * x / z + mine.ppx, mine.fy * y / z + mine.ppy
        column[(raw == 0) | ~(z > 0)] = OUTSIDE
        places = column.astype(np.float32), row.astype(np.float32)
        return np.asarray(cv2.remap(picture, *places, cv2.INTER_NEAREST), np.uint8)

    def _rays_of(self, camera: Camera) -> NDArray[np.float32]:
        """(3, H, W): where each depth pixel's ray goes in the colour camera's frame, with a depth of 1."""
        if self._rays is None or self._rays[0] != camera:
            v, u = np.mgrid[: camera.height, : camera.width]
            straight = np.moveaxis(deproject(np.stack((u, v), axis=-1), np.ones(camera.shape), camera), -1, 0)
            turned = np.tensordot(self._rotation, straight, axes=1)
            self._rays = camera, turned.astype(np.float32)
        return self._rays[1]


def _camera(file: RosFile, stream: ImageTopic) -> Camera:
    """The colour camera: beside its images in a .db3, in the stream's information in a .bag."""
    for name in (f"{stream.stream}/image/camera_info", f"{stream.stream}/info/camera_info"):
        if (message := file.first(name)) is not None:
            try:
                return read_camera_message(message.content, is_rectified=False)
            except (ValueError, OverflowError) as error:
                raise SourceError(f"{name}: {error}") from None
    raise SourceError(f"holds no camera information for {stream.name}")


def _place(file: RosFile, stream: ImageTopic) -> NDArray[np.float64]:
    """(3, 4): from the device's frame of reference to that of a stream."""
    names = [name for name in file.counts if name.startswith(f"{stream.stream}/tf/")]
    message = file.first(names[0]) if names else None
    if message is None:
        raise SourceError(f"does not say where {stream.stream} is")
    content: Any = message.content
    try:
        if hasattr(content, "rotation"):
            return _of_transform(content)
        values = dict(part.partition("=")[::2] for part in str(content.data).split(";"))
        rotation, shift = (np.array(values[name].split(","), float) for name in ("rotation", "translation"))
        # The SDK has its rotations column by column.
        return np.column_stack((rotation.reshape(3, 3).T, shift.reshape(3)))
    except (KeyError, ValueError) as error:
        raise SourceError(f"{names[0]} is no place ({error})") from None


def _of_transform(content: Any) -> NDArray[np.float64]:
    turn, shift = content.rotation, content.translation
    x, y, z, w = np.array([turn.x, turn.y, turn.z, turn.w]) / np.linalg.norm([turn.x, turn.y, turn.z, turn.w])
    rotation = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    return np.column_stack((rotation, [shift.x, shift.y, shift.z]))


def _between(depth: NDArray[np.float64], color: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rotation (3, 3) and shift (3,) in metres from the depth camera's frame to the colour camera's."""
    rotation = color[:, :3] @ depth[:, :3].T
    return rotation, color[:, 3] - rotation @ depth[:, 3]


def _pixels(content: Any, shape: tuple[int, int]) -> NDArray[np.uint8]:
    """The picture (H, W, 3) RGB of an image message. SourceError where it is of another size or kind, or damaged."""
    if hasattr(content, "format"):
        data = bytes(content.data)
        try:
            header = parse_header(data[:HEADER_BYTES])
        except DamagedError as error:
            raise SourceError(f"a colour picture is not a readable PNG image ({error})") from None
        _check_size((header.height, header.width), shape)
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        if picture is None:
            raise SourceError("a colour picture is damaged")
        return np.ascontiguousarray(picture[:, :, ::-1])
    encoding = str(content.encoding).lower()
    if encoding not in CHANNELS:
        raise SourceError(f"colours of the kind {encoding} are not read")
    _check_size((content.height, content.width), shape)
    row = 3 * content.width
    if content.step < row or content.data.size < content.step * content.height:
        raise SourceError("a colour picture has fewer pixels than it says")
    rows = content.data[: content.step * content.height].reshape(content.height, content.step)[:, :row]
    return np.ascontiguousarray(rows.reshape(content.height, content.width, 3)[:, :, CHANNELS[encoding]])


def _check_size(found: tuple[int, int], expected: tuple[int, int]) -> None:
    if found != expected:
        sizes = f"{found[1]}x{found[0]} pixels, its camera information says {expected[1]}x{expected[0]}"
        raise SourceError(f"a colour picture has {sizes}")
