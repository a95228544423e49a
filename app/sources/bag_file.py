"""Looks into .bag files, ROS 1 bags (version 2.0) with their index at the end."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

from app.sources.bag_records import problem_of_records
from app.sources.sdk_layout import BrokenFileError, Contents, depth_topics
from app.sources.unpacking import limit_ros1

SDK_LZ4 = 0x64
"""How LZ4 frames go on that the SDK reads, ROS's own: independent blocks and a checksum of the content."""
SDK_ENCODING = "mono16"
_NONSENSE = (ArithmeticError, AssertionError, EOFError, LookupError, MemoryError, OSError, RuntimeError, ValueError)
"""What the bag reader raises, besides its own errors, where numbers and names in a file make no sense."""


def look_into_bag(path: Path) -> Contents:
    """What a .bag holds, from its index and its first depth image. Raises BrokenFileError."""
    from rosbags.rosbag1 import Reader, ReaderError  # late: a .db3 of the SDK does without

    limit_ros1()
    try:
        with Reader(path) as bag:
            counts = {topic: info.msgcount for topic, info in bag.topics.items()}
            kinds = {connection.topic: connection.msgtype for connection in bag.connections}
            return Contents(counts, kinds, _why_the_sdk_refuses(bag, counts) or problem_of_records(path))
    except (ReaderError, struct.error, *_NONSENSE) as error:
        interrupted = "not indexed" in str(error)
        problem = "was never finished: its recording was interrupted" if interrupted else "is truncated or damaged"
        raise BrokenFileError(problem) from None


def _why_the_sdk_refuses(bag: Any, counts: dict[str, int]) -> str:
    """In words; empty where it plays the bag, or where there is nothing for it to play."""
    streams = depth_topics(counts)
    if not streams or not counts[streams[0].name]:
        return ""
    if len([stream for stream in streams if counts[stream.name]]) > 1:
        return "several depth sensors"
    if (compression := _foreign_compression(bag)) is not None:
        return f"compression {compression}"
    connections = [each for each in bag.connections if each.topic == streams[0].name]
    found = next(bag.messages(connections=connections), None)
    if found is None:
        raise BrokenFileError("is truncated or damaged")
    encoding, tail = _parse_image(found[2])
    if encoding != SDK_ENCODING:
        return f"encoding {encoding}"
    return "" if tail else "images without depth units"


def _foreign_compression(bag: Any) -> str | None:
    """The first compression among the chunks that the SDK does not read. None where it reads all."""
    from rosbags.rosbag1.reader import Compression, decompressors

    names = {decompressor: name for name, decompressor in decompressors.items()}
    for chunk in bag.chunks.values():
        name: str = names[chunk.decompressor]
        if name == Compression.LZ4.value:
            bag.bio.seek(chunk.datapos + 4)
            if bag.bio.read(1) != bytes([SDK_LZ4]):
                return "lz4, not as ROS writes it"
        elif name != Compression.NONE.value:
            return name
    return None


def _parse_image(message: bytes) -> tuple[str, bytes]:
    """Encoding of a sensor_msgs/Image, and the bytes after its end: depth units, where the SDK wrote it."""

    def after_text(start: int) -> int:
        return start + 4 + int(struct.unpack_from("<I", message, start)[0])

    size_at = after_text(12)  # after sequence, time and frame
    encoding_at = size_at + 8
    end = after_text(encoding_at)
    encoding = message[encoding_at + 4 : end].decode("ascii", "replace")
    return encoding, message[after_text(end + 5) :]
