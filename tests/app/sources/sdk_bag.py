"""Bags in the SDK's layout that other programs write, or that went wrong: every part of one can be chosen."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rosbags.rosbag1 import Writer

from app.sources.bag_writer import KEY_VALUE
from app.sources.ros_types import STREAM_INFO, ros1_types
from models.core.types import Camera
from tests.app.sources.film import CAMERA, COUNT, FPS, image

COLOR = "/device_0/sensor_1"
IMAGE, INFO = "sensor_msgs/msg/Image", "sensor_msgs/msg/CameraInfo"


@dataclass
class SdkBag:
    """What is written. Lists have one entry a frame, and the last one goes on for the frames after it.

    option_units: None leaves the option out. units: of the frames' own tails; None writes none. numbers: of frames.
    metadata: the frames that have some. shapes: (height, width) that an image claims; None is its own.
    """

    images: Sequence[NDArray[np.uint16]] = field(default_factory=lambda: [image(index) for index in range(COUNT)])
    camera: Camera = CAMERA
    fps: float = FPS
    compression: str = "none"
    option_units: float | None = 0.000125
    units: Sequence[float | None] = (0.000125,)
    numbers: Sequence[int] | None = None
    metadata: Sequence[bool] = (True,)
    shapes: Sequence[tuple[int, int] | None] = (None,)
    encoding: str = "mono16"
    focal: float | None = None
    sensors: int = 1
    colors: Sequence[NDArray[np.uint8]] = ()
    """Pictures (H, W, 3) RGB of `color_camera`, the first with the first depth image; none: there is no such stream."""
    color_camera: Camera = CAMERA
    color_turn: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 1.0)
    color_shift_m: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def write(self, path: Path) -> Path:
        types = ros1_types()
        writer = Writer(path)
        if self.compression != "none":
            writer.set_compression(Writer.CompressionFormat[self.compression.upper()])
        with writer:
            _Layout(self, types, writer).write()
        return path


class _Layout:
    def __init__(self, bag: SdkBag, types: Any, writer: Any) -> None:
        self._bag, self._types, self._writer = bag, types, writer
        self._connections: dict[str, Any] = {}

    def write(self) -> None:
        self._put("/file_version", "std_msgs/msg/UInt32", 1, data=4)
        self._put("/device_0/info", KEY_VALUE, 1, key="Name", value="Test camera")
        for number in range(self._bag.sensors):
            self._write_sensor(f"/device_0/sensor_{number}")
        if self._bag.colors:
            self._write_color_sensor(COLOR)
        for index in range(len(self._bag.images)):
            for number in range(self._bag.sensors):
                self._write_frame(f"/device_0/sensor_{number}/Depth_0", index)
            if index < len(self._bag.colors):
                self._write_color(f"{COLOR}/Color_0", index)

    def _write_sensor(self, sensor: str) -> None:
        bag, stream = self._bag, f"{sensor}/Depth_0"
        self._put(f"{sensor}/info", KEY_VALUE, 1, key="Name", value="Depth")
        fps = round(bag.fps)
        self._put(f"{stream}/info", STREAM_INFO, 1, fps=fps, encoding=bag.encoding, is_recommended=False)
        self._put(f"{stream}/info/camera_info", INFO, 1, **camera_info(self._types, bag.camera, bag.focal))
        if bag.option_units is not None:
            self._put(f"{sensor}/option/Depth_Units/value", "std_msgs/msg/Float32", 1, data=bag.option_units)
            self._put(f"{sensor}/option/Depth_Units/description", "std_msgs/msg/String", 1, data="units")
        vector, turn = (self._types.types[f"geometry_msgs/msg/{name}"] for name in ("Vector3", "Quaternion"))
        place = {"translation": vector(x=0.0, y=0.0, z=0.0), "rotation": turn(x=0.0, y=0.0, z=0.0, w=1.0)}
        self._put(f"{stream}/tf/1", "geometry_msgs/msg/Transform", 1, **place)

    def _write_color_sensor(self, sensor: str) -> None:
        bag, stream = self._bag, f"{sensor}/Color_0"
        self._put(f"{sensor}/info", KEY_VALUE, 1, key="Name", value="RGB Camera")
        self._put(f"{stream}/info", STREAM_INFO, 1, fps=round(bag.fps), encoding="rgb8", is_recommended=False)
        self._put(f"{stream}/info/camera_info", INFO, 1, **camera_info(self._types, bag.color_camera))
        vector, turn = (self._types.types[f"geometry_msgs/msg/{name}"] for name in ("Vector3", "Quaternion"))
        place = {"translation": vector(*bag.color_shift_m), "rotation": turn(*bag.color_turn)}
        self._put(f"{stream}/tf/1", "geometry_msgs/msg/Transform", 1, **place)

    def _write_color(self, stream: str, index: int) -> None:
        bag, picture = self._bag, self._bag.colors[index]
        time_ns = round(1e9 * (index + 1) / bag.fps)
        message = self._types.types[IMAGE](
            header=header(self._types, index, time_ns - round(1e9 / bag.fps), "2"),
            height=picture.shape[0],
            width=picture.shape[1],
            encoding="rgb8",
            is_bigendian=0,
            step=3 * picture.shape[1],
            data=np.ascontiguousarray(picture).reshape(-1),
        )
        self._put_bytes(f"{stream}/image/data", IMAGE, bytes(self._types.serialize_ros1(message, IMAGE)), time_ns)
        value = f"{1000 * index / bag.fps:.6f}"
        self._put(f"{stream}/image/metadata", KEY_VALUE, time_ns, key="system_time", value=value)
        domain = {"key": "timestamp_domain", "value": "Hardware Clock"}
        self._put(f"{stream}/image/metadata", KEY_VALUE, time_ns, **domain)

    def _write_frame(self, stream: str, index: int) -> None:
        bag, pixels = self._bag, self._bag.images[index]
        height, width = at(bag.shapes, index) or pixels.shape
        time_ns = round(1e9 * (index + 1) / bag.fps)
        number = index if bag.numbers is None else bag.numbers[index]
        message = self._types.serialize_ros1(
            self._types.types[IMAGE](
                header=header(self._types, number, time_ns - round(1e9 / bag.fps), "1"),
                height=height,
                width=width,
                encoding=bag.encoding,
                is_bigendian=0,
                step=2 * width,
                data=np.ascontiguousarray(pixels).reshape(-1).view(np.uint8),
            ),
            IMAGE,
        )
        units = at(bag.units, index)
        tail = b"" if units is None else struct.pack("<f", units)
        self._put_bytes(f"{stream}/image/data", IMAGE, bytes(message) + tail, time_ns)
        if at(bag.metadata, index):
            value = f"{1000 * index / bag.fps:.6f}"
            self._put(f"{stream}/image/metadata", KEY_VALUE, time_ns, key="system_time", value=value)
            domain = {"key": "timestamp_domain", "value": "Hardware Clock"}
            self._put(f"{stream}/image/metadata", KEY_VALUE, time_ns, **domain)

    def _put(self, topic: str, kind: str, time_ns: int, **values: Any) -> None:
        message = self._types.serialize_ros1(self._types.types[kind](**values), kind)
        self._put_bytes(topic, kind, bytes(message), time_ns)

    def _put_bytes(self, topic: str, kind: str, message: bytes, time_ns: int) -> None:
        if topic not in self._connections:
            self._connections[topic] = self._writer.add_connection(topic, kind, typestore=self._types)
        self._writer.write(self._connections[topic], time_ns, message)


def at(values: Sequence[Any], index: int) -> Any:
    """One entry; the last one goes on."""
    return values[min(index, len(values) - 1)]


def header(types: Any, number: int, stamp_ns: int, frame_id: str) -> Any:
    """A message header; the sequence number is one of ROS 1 only."""
    stamp = types.types["builtin_interfaces/msg/Time"](sec=stamp_ns // 10**9, nanosec=stamp_ns % 10**9)
    kind = types.types["std_msgs/msg/Header"]
    sequence = {"seq": number} if "seq" in kind.__dataclass_fields__ else {}
    return kind(**sequence, stamp=stamp, frame_id=frame_id)


def camera_info(types: Any, camera: Camera, focal: float | None = None) -> dict[str, Any]:
    """The values of a CameraInfo, under the names of ROS 1 or 2. focal: instead of the camera's own."""
    region = types.types["sensor_msgs/msg/RegionOfInterest"]
    fx, fy = (camera.fx, camera.fy) if focal is None else (focal, focal)
    values = {
        "header": header(types, 0, 0, ""),
        "height": camera.height,
        "width": camera.width,
        "distortion_model": "Brown Conrady",
        "D": np.zeros(5),
        "K": np.array([fx, 0, camera.ppx, 0, fy, camera.ppy, 0, 0, 1], dtype=np.float64),
        "R": np.zeros(9),
        "P": np.zeros(12),
        "binning_x": 0,
        "binning_y": 0,
        "roi": region(x_offset=0, y_offset=0, height=0, width=0, do_rectify=False),
    }
    names = types.types[INFO].__dataclass_fields__
    return {name if name in names else name.lower(): value for name, value in values.items()}
