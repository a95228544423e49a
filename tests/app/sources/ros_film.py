"""Recordings as ROS makes them, with rosbags' writers: every kind of file and of image."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from rosbags import rosbag1, rosbag2

from app.sources.ros_types import ros1_types, ros2_types
from models.core.types import Camera
from tests.app.sources.film import CAMERA, COUNT, FPS, image
from tests.app.sources.sdk_bag import IMAGE, INFO, camera_info, header

KINDS = ("bag", "bz2", "lz4", "folder", "db3", "mcap", "zstd")
"""ROS 1 without and with compression; ROS 2 as a folder, as its file alone, as MCAP, and as a packed folder."""
TOPIC = "/camera/depth/image_rect_raw"
PACKED = "sensor_msgs/msg/CompressedImage"
START_NS = 1_760_000_000 * 10**9


@dataclass
class RosFilm:
    """What is written. topics: of the images, each with a camera_info beside it but for those of `without_camera`.

    encoding: "16UC1", "mono16", "32FC1", "compressedDepth", "rgb8". units: metres a raw unit, for 32FC1. padding: bytes
    at the end of each row. stamped: images have times of their own.
    """

    images: Sequence[NDArray[np.uint16]] = field(default_factory=lambda: [image(index) for index in range(COUNT)])
    camera: Camera = CAMERA
    fps: float = FPS
    encoding: str = "16UC1"
    topics: Sequence[str] = (TOPIC,)
    without_camera: Sequence[str] = ()
    big_endian: bool = False
    padding: int = 0
    stamped: bool = True
    focal: float | None = None
    claimed_height: int | None = None
    units: float = 0.0001

    def write(self, folder: Path, kind: str) -> Path:
        """Write the film as one of KINDS under `folder`; the path to play."""
        folder.mkdir(parents=True, exist_ok=True)
        if kind in ("bag", "bz2", "lz4"):
            path = folder / f"{kind}.bag"
            ros1 = rosbag1.Writer(path)
            if kind != "bag":
                ros1.set_compression(rosbag1.Writer.CompressionFormat[kind.upper()])
            self._write(ros1, ros1_types(), "serialize_ros1")
            return path
        path, plugin = folder / kind, rosbag2.StoragePlugin
        storage = plugin.MCAP if kind == "mcap" else plugin.SQLITE3
        ros2 = rosbag2.Writer(path, version=9, storage_plugin=storage)
        if kind == "zstd":
            ros2.set_compression(rosbag2.CompressionMode.MESSAGE, rosbag2.CompressionFormat.ZSTD)
        self._write(ros2, ros2_types(), "serialize_cdr")
        return path / f"{kind}.{kind}" if kind in ("db3", "mcap") else path

    def _write(self, writer: Any, types: Any, serialize: str) -> None:
        def message(kind: str, **values: Any) -> bytes:
            return bytes(getattr(types, serialize)(types.types[kind](**values), kind))

        with writer:
            cameras = {
                topic: writer.add_connection(_camera_topic(topic), INFO, typestore=types)
                for topic in self.topics
                if topic not in self.without_camera
            }
            kind = PACKED if self.encoding == "compressedDepth" else IMAGE
            streams = {topic: writer.add_connection(topic, kind, typestore=types) for topic in self.topics}
            for index in range(len(self.images)):
                time_ns = START_NS + round(1e9 * index / self.fps)
                for topic in self.topics:
                    if topic in cameras:
                        info = message(INFO, **camera_info(types, self.camera, self.focal))
                        writer.write(cameras[topic], time_ns, info)
                    stamp = header(types, 100 + index, time_ns if self.stamped else 0, "camera_depth_optical_frame")
                    writer.write(streams[topic], time_ns, self._image(message, stamp, self.images[index]))

    def _image(self, message: Callable[..., bytes], stamp: Any, raw: NDArray[np.uint16]) -> bytes:
        if self.encoding == "compressedDepth":
            png = cv2.imencode(".png", raw)[1].tobytes()
            data = np.frombuffer(struct.pack("<iff", 0, 0.0, 0.0) + png, np.uint8)
            return message(PACKED, header=stamp, format="16UC1; compressedDepth png", data=data)
        pixels = _pixels(raw, self.encoding, self.units)
        if self.big_endian:
            pixels = pixels.astype(pixels.dtype.newbyteorder(">"))
        rows = np.ascontiguousarray(pixels).view(np.uint8).reshape(raw.shape[0], -1)
        rows = np.pad(rows, ((0, 0), (0, self.padding)), constant_values=7)
        return message(
            IMAGE,
            header=stamp,
            height=self.claimed_height or raw.shape[0],
            width=raw.shape[1],
            encoding=self.encoding,
            is_bigendian=int(self.big_endian),
            step=rows.shape[1],
            data=np.ascontiguousarray(rows).reshape(-1),
        )


def _camera_topic(topic: str) -> str:
    return f"{topic.removesuffix('/compressedDepth').rpartition('/')[0]}/camera_info"


def _pixels(raw: NDArray[np.uint16], encoding: str, units: float) -> NDArray[Any]:
    if encoding == "32FC1":
        return np.where(raw > 0, raw * units, np.nan).astype(np.float32)
    if encoding == "rgb8":
        return np.repeat((raw // 256).astype(np.uint8)[..., None], 3, axis=2)
    return raw
