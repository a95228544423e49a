"""Nothing is unpacked beyond a limit, whatever a file says of itself."""

from __future__ import annotations

import bz2
from pathlib import Path

import lz4.frame
import pytest

from app.sources.unpacking import limit_rosbags, unpacked
from models.data.label_files import read_lines

pytest.importorskip("rosbags")

BOMB = bytes(1 << 20)


def packed(compression: str, data: bytes) -> bytes:
    if compression == "zstd":
        from rosbags.rosbag2.storage_mcap import zstd

        return zstd.compress(data)
    return {"bz2": bz2.compress, "lz4": lz4.frame.compress}[compression](data)


EACH = pytest.mark.parametrize("compression", ["bz2", "lz4", "zstd"])


@EACH
def test_what_is_small_comes_out_whole(compression: str):
    data = packed(compression, b"depth" * 100)
    assert unpacked(compression, data) == unpacked(compression, data, 500) == b"depth" * 100


@EACH
def test_what_is_larger_than_the_limit_is_refused(compression: str):
    with pytest.raises(ValueError, match="more than 1000 bytes"):
        unpacked(compression, packed(compression, BOMB), largest=1000)


@EACH
def test_what_is_not_as_large_as_it_says_is_refused(compression: str):
    data = packed(compression, b"depth" * 100)
    with pytest.raises(ValueError, match="too large"):
        unpacked(compression, data, 1 << 40)
    for size in (499, 501):
        with pytest.raises(ValueError, match="bytes"):
            unpacked(compression, data, size)


@EACH
def test_what_is_damaged_is_refused(compression: str):
    with pytest.raises(ValueError, match="cannot be unpacked"):
        unpacked(compression, b"nothing of that kind")


def test_the_reader_of_ros_files_keeps_to_it(monkeypatch: pytest.MonkeyPatch):
    from rosbags.rosbag1 import reader as ros1
    from rosbags.rosbag2 import reader as ros2
    from rosbags.rosbag2 import storage_mcap as mcap

    limit_rosbags()
    monkeypatch.setattr("app.sources.unpacking.unpacked.__defaults__", (None, 1000))
    for unpack in (ros1.decompressors["bz2"], ros1.decompressors["lz4"]):
        with pytest.raises(ValueError, match="more than|cannot be unpacked"):
            unpack(packed("bz2", BOMB) if unpack is ros1.decompressors["bz2"] else packed("lz4", BOMB))
    for name in ("lz4", "zstd"):
        with pytest.raises(ValueError, match="too large"):
            mcap.DECOMPRESSORS[name](packed(name, BOMB), len(BOMB))
    with pytest.raises(ValueError, match="more than"):
        ros2.zstd.decompress(packed("zstd", BOMB))


def test_a_text_file_of_gigabytes_is_not_read(tmp_path: Path):
    path = tmp_path / "joints.csv"
    with path.open("wb") as file:
        file.truncate(1 << 33)
    with pytest.raises(ValueError, match="too large"):
        read_lines(path)
