"""Walks through the records of a .bag: the RealSense SDK crashes or hangs on some that the reader of ROS's files skips.

A record is: length of its header, header, length of its data, data. A header is fields "name=value", each with its
length. https://wiki.ros.org/Bags/Format/2.0 has the kinds.
"""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

MAGIC_BYTES = 13
BAG_HEADER, CHUNK, INDEX, CHUNK_INFO, CONNECTION = 3, 5, 4, 6, 7
ENTRY_BYTES = {INDEX: 12, CHUNK_INFO: 8}
"""Of each of a record's `count` entries."""
LONGEST_HEADER = 1 << 16
_NEEDED = {
    BAG_HEADER: {"index_pos": 8, "conn_count": 4, "chunk_count": 4},
    CHUNK: {"compression": 0, "size": 4},
    INDEX: {"ver": 4, "conn": 4, "count": 4},
    CHUNK_INFO: {"ver": 4, "chunk_pos": 8, "start_time": 8, "end_time": 8, "count": 4},
    CONNECTION: {"conn": 4, "topic": 0},
}
"""The fields of each kind of record, and their lengths; 0 where that varies."""


class DamagedRecordError(ValueError):
    """A record makes no sense; the end of a sentence."""


def problem_of_records(path: Path) -> str:
    """What is wrong with the first record that makes no sense, in a few words; empty where all do.

    Reads the lengths and headers of chunks and index, not the messages inside of chunks. What lies behind the last
    chunk of the index may be torn: a recorder that was killed leaves that. Raises OSError.
    """
    size = path.stat().st_size
    if not size:
        return "it is empty"
    with path.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as file:
        try:
            indexed = _indexed_chunks(file, size)
            if indexed:
                _walk(file, size, indexed)
        except DamagedRecordError as error:
            return str(error)
    return ""


def _indexed_chunks(file: mmap.mmap, size: int) -> set[int]:
    """Where the index says that chunks are; empty where there is no index."""
    _seek(file, MAGIC_BYTES)
    head = _header(file, MAGIC_BYTES)
    if _number(head["op"]) != BAG_HEADER:
        raise DamagedRecordError("it does not begin as it should")
    at, indexed = _number(head["index_pos"]), set()
    connections, chunks = _number(head["conn_count"]), _number(head["chunk_count"])
    if not at:
        return set()
    for _ in range(connections + chunks):
        _seek(file, at)
        fields, data_at, length = _record(file, at, size)
        kind = _number(fields["op"])
        if kind == CHUNK_INFO:
            indexed.add(_number(fields["chunk_pos"]))
        elif kind != CONNECTION:
            raise DamagedRecordError(f"a record at byte {at} is in the index by mistake")
        at = data_at + length
    return indexed


def _walk(file: mmap.mmap, size: int, indexed: set[int]) -> None:
    chunks: dict[int, int] = {}  # place: bytes when unpacked
    last_chunk, at = 0, MAGIC_BYTES
    while at < size:
        _seek(file, at)
        try:
            fields, data_at, length = _record(file, at, size)
        except DamagedRecordError:
            if at > max(indexed):
                break
            raise
        kind = _number(fields["op"])
        if kind == CHUNK:
            chunks[at], last_chunk = _number(fields["size"]), at
        elif kind == INDEX:
            _check_entries(file.read(length), chunks.get(last_chunk, 0), at)
        at = data_at + length
    if not indexed <= set(chunks):
        raise DamagedRecordError(f"its index points to no chunk: to byte {min(indexed - set(chunks))}")


def _record(file: mmap.mmap, at: int, size: int) -> tuple[dict[str, bytes], int, int]:
    """The header of the record at this place, where its data begin, and their length."""
    fields = _header(file, at)
    (length,) = _unpacked("<I", file.read(4), at)
    data_at, kind = file.tell(), _number(fields["op"])
    if data_at + length > size:
        raise DamagedRecordError(f"a record at byte {at} is longer than the file")
    if kind in ENTRY_BYTES and length != ENTRY_BYTES[kind] * _number(fields["count"]):
        raise DamagedRecordError(f"an index record at byte {at} says a wrong length")
    return fields, data_at, length


def _seek(file: mmap.mmap, at: int) -> None:
    try:
        file.seek(at)
    except (ValueError, OverflowError):
        raise DamagedRecordError(f"a record at byte {at} is behind the end") from None


def _header(file: mmap.mmap, at: int) -> dict[str, bytes]:
    """The fields of a record's header, all that its kind needs among them."""
    (length,) = _unpacked("<I", file.read(4), at)
    header = file.read(length) if length <= LONGEST_HEADER else b""
    if not header or len(header) < length:
        raise DamagedRecordError(f"a record at byte {at} has no header")
    fields, place = {}, 0
    while place < length:
        (field_length,) = _unpacked("<I", header[place : place + 4], at)
        name, sign, value = header[place + 4 : place + 4 + field_length].partition(b"=")
        if not sign or place + 4 + field_length > length:
            raise DamagedRecordError(f"a record at byte {at} has a broken header")
        fields[name.decode("latin-1")] = value
        place += 4 + field_length
    needed = _NEEDED.get(_number(fields.get("op", b"")))
    if needed is None or not all(
        name in fields and len(fields[name]) == (size or len(fields[name])) for name, size in needed.items()
    ):
        raise DamagedRecordError(f"a record at byte {at} is of no known kind")
    return fields


def _check_entries(entries: bytes, unpacked_size: int, at: int) -> None:
    """Each message of an index lies in its chunk."""
    for _, _, offset in struct.iter_unpack("<III", entries):
        if offset >= unpacked_size:
            raise DamagedRecordError(f"an index record at byte {at} points behind its chunk")


def _number(value: bytes) -> int:
    return int.from_bytes(value, "little")


def _unpacked(kind: str, data: bytes, at: int) -> tuple[int, ...]:
    try:
        return struct.unpack(kind, data)
    except struct.error:
        raise DamagedRecordError(f"a record at byte {at} is cut off") from None
