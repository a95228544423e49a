"""Unpacks what lies compressed in recordings, never more than a limit: a few bytes may claim to be gigabytes."""

from __future__ import annotations

import bz2
from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import Any

import lz4.frame

LARGEST_BYTES = 1 << 28
"""Of a chunk or message, unpacked. The SDK writes chunks of about one image."""


def unpacked(compression: str, data: bytes, size: int | None = None, largest: int = LARGEST_BYTES) -> bytes:
    """The content of `data`: "bz2", "lz4", "zstd", else as it is. size: what it has to have.

    Raises ValueError where it is larger than `largest`, or is not that.
    """
    if size is not None and size > largest:
        raise ValueError(f"a chunk of {size} bytes is too large")
    limit = (largest if size is None else size) + 1
    try:
        content = _UNPACK[compression](data, limit) if compression in _UNPACK else data
    except Exception as error:  # each of them raises kinds of its own
        raise ValueError(f"a chunk cannot be unpacked ({error})") from None
    if len(content) >= limit:
        raise ValueError(f"a chunk holds more than {limit - 1} bytes")
    if size is not None and len(content) != size:
        raise ValueError(f"a chunk has {len(content)} bytes, expected {size}")
    return content


def _bz2(data: bytes, limit: int) -> bytes:
    return bz2.BZ2Decompressor().decompress(data, limit)


def _lz4(data: bytes, limit: int) -> bytes:
    content: bytes = lz4.frame.LZ4FrameDecompressor().decompress(data, limit)
    return content


def _zstd(data: bytes, limit: int) -> bytes:
    content: bytes = _zstd_module().ZstdDecompressor().decompress(data, limit)
    return content


_UNPACK: dict[str, Callable[[bytes, int], bytes]] = {"bz2": _bz2, "lz4": _lz4, "zstd": _zstd}


def limit_rosbags() -> None:
    """Have the reader of ROS's files unpack through here, from now on."""
    limit_ros1()
    _limit_ros2()


@cache
def limit_ros1() -> None:
    """The same for .bag alone: what reads the other files takes long to load."""
    from rosbags.rosbag1 import reader as ros1

    for name in ("bz2", "lz4"):
        ros1.decompressors[name] = _ros1(name)


@cache
def _limit_ros2() -> None:
    from rosbags.rosbag2 import reader as ros2
    from rosbags.rosbag2 import storage_mcap as mcap

    for name in ("lz4", "zstd"):
        mcap.DECOMPRESSORS[name] = _mcap(name)
    reader: Any = ros2
    reader.zstd = SimpleNamespace(decompress=lambda data: unpacked("zstd", data), open=_zstd_module().open)


def _ros1(name: str) -> Callable[[bytes], bytes]:
    return lambda data: unpacked(name, data)


def _mcap(name: str) -> Callable[[bytes, int], bytes]:
    return lambda data, size: unpacked(name, data, size)


def _zstd_module() -> Any:
    """Python's own, or what stands in for it where Python has none; rosbags chooses."""
    from rosbags.rosbag2 import storage_mcap

    return storage_mcap.zstd
