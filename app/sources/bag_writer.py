"""Writes depth frames as the ROS 1 bag that the RealSense SDK plays (its own recorder writes only .db3 since 2.58).

The layout is that of bags recorded by SDK 2.57: one device, one sensor, one stream. Two things differ from what ROS
itself would write:

- LZ4 frames have independent blocks and a checksum of the content only; the SDK reads no others.
- The image message ends with the depth units, a float32, which the SDK adds.
"""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any, BinaryIO

import lz4.frame
import numpy as np
from numpy.typing import NDArray
from rosbags.rosbag1 import Writer
from rosbags.rosbag1.reader import RecordType
from rosbags.rosbag1.writer import MAXSIZE, Header

from app.sources.ros_types import STREAM_INFO, ros1_types
from models.core.types import Camera, DepthFrame

SENSOR = "/device_0/sensor_0"
STREAM = f"{SENSOR}/Depth_0"
FILE_VERSION = 4
KEY_VALUE = "diagnostic_msgs/msg/KeyValue"
STATIC_TIME_NS = 1
FIRST_ROOM = 4096


class IndexedBag(Writer):
    """A bag that is whole after every checkpoint, so that a program that dies loses only what came after the last.

    A bag's index is a list of its chunks, somewhere in the file; the head says where, and how many they are. Here it
    has room to grow: a checkpoint adds the new chunks behind the others and then counts them in the head. An index
    that has filled its room is copied to the end of the file, with twice the room. The rest of the room is a record of
    spaces: who reads the file from its beginning meets whole records everywhere. What is written once is not kept in
    memory.
    """

    def __init__(self, path: Path, compression_level: int) -> None:
        super().__init__(path)
        self.set_compression(Writer.CompressionFormat.LZ4)
        self._index_at = self._head = self._used = self._room = 0
        self._indexed_connections = self._indexed_chunks = 0

        def compress(data: bytes) -> bytes:
            packed: bytes = lz4.frame.compress(
                data,
                compression_level=compression_level,
                block_size=lz4.frame.BLOCKSIZE_MAX1MB,
                block_linked=False,
                content_checksum=True,
                store_size=False,
            )
            return packed

        self.compressor = compress

    def checkpoint(self) -> None:
        bio = self._file()
        self.write_chunk(self.chunks[-1])
        written = [chunk for chunk in self.chunks if chunk.pos != -1]
        self.chunks = [chunk for chunk in self.chunks if chunk.pos == -1]
        infos = b"".join(map(_chunk_info, written))
        self._indexed_chunks += len(written)
        room = self._room - self._used - len(infos) - len(_filler(0))
        if len(self.connections) != self._indexed_connections or room < 0:
            self._move_index(infos, room_for=2)
        else:
            end = bio.tell()
            bio.seek(self._index_at + self._used)
            bio.write(infos + _filler(room))
            self._used += len(infos)
            self._point_to_index()
            bio.seek(end)

    def close(self) -> None:
        self.checkpoint()
        self._move_index(b"", room_for=1)
        self.abort()  # closes the file without another index

    def _move_index(self, new_infos: bytes, room_for: int) -> None:
        """Write the index anew at the end of the file, with room for so many times its size."""
        bio = self._file()
        bio.flush()
        infos = self._infos() + new_infos
        head = io.BytesIO()
        for connection in self.connections:
            self.write_connection(connection, head)
        self._index_at, self._indexed_connections = bio.tell(), len(self.connections)
        bio.write(head.getvalue() + infos)
        self._head, self._used = head.tell(), head.tell() + len(infos)
        self._room = self._used
        if room_for > 1:
            self._room = max(FIRST_ROOM, room_for * self._used)
            rest = self._room - self._used - len(_filler(0))
            bio.write(_filler(rest) + b" " * rest)
        end = bio.tell()
        self._point_to_index()
        bio.seek(end)

    def _infos(self) -> bytes:
        """The chunks in the present index."""
        if not self._room:
            return b""
        with self.path.open("rb") as file:
            file.seek(self._index_at + self._head)
            return file.read(self._used - self._head)

    def _point_to_index(self) -> None:
        bio = self._file()
        bio.flush()  # the index has to be there before anything points to it
        bio.seek(13)
        header = Header()
        header.set_uint64("index_pos", self._index_at)
        header.set_uint32("conn_count", len(self.connections))
        header.set_uint32("chunk_count", self._indexed_chunks)
        header.write(bio, RecordType.BAGHEADER)
        bio.flush()

    def _file(self) -> BinaryIO:
        assert self.bio is not None
        return self.bio


def _filler(length: int) -> bytes:
    """The beginning of a record that only takes room: a second head of the bag, whose content is that many spaces."""
    record = io.BytesIO()
    header = Header()
    header.set_uint64("index_pos", 0)
    header.set_uint32("conn_count", 0)
    header.set_uint32("chunk_count", 0)
    header.write(record, RecordType.BAGHEADER)
    return record.getvalue() + struct.pack("<I", length)


def _chunk_info(chunk: Any) -> bytes:
    record = io.BytesIO()
    header = Header()
    header.set_uint32("ver", 1)
    header.set_uint64("chunk_pos", chunk.pos)
    header.set_time("start_time", 0 if chunk.start == MAXSIZE else chunk.start)
    header.set_time("end_time", chunk.end)
    header.set_uint32("count", len(chunk.connections))
    header.write(record, RecordType.CHUNK_INFO)
    counts = b"".join(struct.pack("<II", number, len(items)) for number, items in chunk.connections.items())
    record.write(struct.pack("<I", len(counts)) + counts)
    return record.getvalue()


class BagWriter:
    """A new .bag of one depth stream. One thread at a time; OSError where the file cannot be written.

    level: of compression; 0 keeps up with any camera, 1 to 12 give smaller files, more slowly.
    """

    def __init__(self, path: Path, camera: Camera, fps: float, depth_units: float, name: str, level: int) -> None:
        self._camera, self._depth_units = camera, depth_units
        self._types = ros1_types()
        self._connections: dict[str, Any] = {}
        self._bag: IndexedBag | None = IndexedBag(path, level)
        self._bag.open()
        self._write_head(fps, name)

    def write(self, frame: DepthFrame, time_ns: int) -> None:
        """Add a frame at `time_ns` above zero, the time in the file, which grows from frame to frame."""
        assert self._bag is not None
        stamp_ns = max(0, round(frame.timestamp_ms * 1e6))
        image = self._message(
            "sensor_msgs/msg/Image",
            header=self._header(frame.frame_id & 0x7FFFFFFF, stamp_ns, "1"),
            height=self._camera.height,
            width=self._camera.width,
            encoding="mono16",
            is_bigendian=0,
            step=2 * self._camera.width,
            data=_bytes_of(frame.raw),
        )
        units = struct.pack("<f", frame.depth_units)
        self._put(f"{STREAM}/image/data", "sensor_msgs/msg/Image", image + units, time_ns)
        for key, value in (("system_time", f"{frame.timestamp_ms:.6f}"), ("timestamp_domain", "Hardware Clock")):
            self._put(f"{STREAM}/image/metadata", KEY_VALUE, self._message(KEY_VALUE, key=key, value=value), time_ns)
        self._bag.checkpoint()

    def close(self) -> None:
        bag, self._bag = self._bag, None
        if bag is not None:
            try:
                bag.close()
            except OSError:
                bag.abort()
                raise

    def _write_head(self, fps: float, name: str) -> None:
        self._static("/file_version", "std_msgs/msg/UInt32", data=FILE_VERSION)
        self._static("/device_0/info", KEY_VALUE, key="Name", value=name)
        self._static(f"{SENSOR}/info", KEY_VALUE, key="Name", value="Depth")
        self._static(f"{STREAM}/info", STREAM_INFO, fps=max(1, round(fps)), encoding="mono16", is_recommended=False)
        self._static(f"{STREAM}/info/camera_info", "sensor_msgs/msg/CameraInfo", **self._camera_info())
        self._static(f"{SENSOR}/option/Depth_Units/value", "std_msgs/msg/Float32", data=self._depth_units)
        self._static(f"{SENSOR}/option/Depth_Units/description", "std_msgs/msg/String", data="metres per unit")
        vector, quaternion = (
            self._types.types["geometry_msgs/msg/Vector3"],
            self._types.types["geometry_msgs/msg/Quaternion"],
        )
        self._static(
            f"{STREAM}/tf/1",
            "geometry_msgs/msg/Transform",
            translation=vector(x=0.0, y=0.0, z=0.0),
            rotation=quaternion(x=0.0, y=0.0, z=0.0, w=1.0),
        )

    def _camera_info(self) -> dict[str, Any]:
        k, region = self._camera, self._types.types["sensor_msgs/msg/RegionOfInterest"]
        return {
            "header": self._header(0, 0, ""),
            "height": k.height,
            "width": k.width,
            "distortion_model": "Brown Conrady",
            "D": np.zeros(5),
            "K": np.array([k.fx, 0, k.ppx, 0, k.fy, k.ppy, 0, 0, 1], dtype=np.float64),
            "R": np.zeros(9),
            "P": np.zeros(12),
            "binning_x": 0,
            "binning_y": 0,
            "roi": region(x_offset=0, y_offset=0, height=0, width=0, do_rectify=False),
        }

    def _header(self, number: int, stamp_ns: int, frame_id: str) -> Any:
        types = self._types.types
        stamp = types["builtin_interfaces/msg/Time"](sec=stamp_ns // 10**9, nanosec=stamp_ns % 10**9)
        return types["std_msgs/msg/Header"](seq=number, stamp=stamp, frame_id=frame_id)

    def _static(self, topic: str, kind: str, **values: Any) -> None:
        self._put(topic, kind, self._message(kind, **values), STATIC_TIME_NS)

    def _message(self, kind: str, **values: Any) -> bytes:
        return bytes(self._types.serialize_ros1(self._types.types[kind](**values), kind))

    def _put(self, topic: str, kind: str, message: bytes, time_ns: int) -> None:
        assert self._bag is not None
        if topic not in self._connections:
            self._connections[topic] = self._bag.add_connection(topic, kind, typestore=self._types)
        self._bag.write(self._connections[topic], time_ns, message)


def _bytes_of(raw: NDArray[np.uint16]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(raw, dtype="<u2").reshape(-1).view(np.uint8)
