"""Gets out of a damaged or unfinished .bag what is whole in it: the chunks, wherever they lie."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.sources.bag_writer import IndexedBag
from app.sources.unpacking import LARGEST_BYTES, unpacked

CHUNK, CONNECTION, MESSAGE = 5, 7, 2
CHUNK_MARK = b"\x04\x00\x00\x00op=\x05"
LONGEST_HEADER = 1 << 16
SEARCHED_BACK = 96
"""Bytes before a chunk's mark in which its header begins: two more fields stand there at most."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What was put into the new file, and how many chunks were damaged."""

    chunks: int
    damaged: int


def repair_bag(path: Path, target: Path) -> Saved:
    """Write a new .bag of all chunks of `path` that can be unpacked. Raises OSError, ValueError where there is none."""
    bag = IndexedBag(target, compression_level=0)
    saved = damaged = 0
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        bag.open()
        copy = _Copy(bag)
        try:
            for chunk in _chunks(content):
                try:
                    copy.add(chunk)
                except ValueError:
                    damaged += 1
                    continue
                bag.checkpoint()
                saved += 1
            bag.close()
        except BaseException:
            bag.abort()
            target.unlink(missing_ok=True)
            raise
    if not saved:
        target.unlink(missing_ok=True)
        raise ValueError("nothing in it is whole")
    return Saved(saved, damaged)


class _Copy:
    """Adds the messages of chunks to a new bag, all of a chunk or none."""

    def __init__(self, bag: IndexedBag) -> None:
        self._bag = bag
        self._connections: dict[int, Any] = {}  # by their numbers in the old file

    def add(self, chunk: _Chunk) -> None:
        messages = []
        described: dict[int, tuple[str, dict[str, bytes]]] = {}
        for header, data in _records(unpacked(chunk.compression, chunk.data, chunk.size)):
            kind = header.get("op")
            if kind == bytes([CONNECTION]):
                described[_number(header, "conn")] = header["topic"].decode(), _fields(data)
            elif kind == bytes([MESSAGE]):
                sec, nanosec = struct.unpack("<II", _field(header, "time", 8))
                messages.append((_number(header, "conn"), sec * 10**9 + nanosec, data))
        unknown = {number for number, _, _ in messages} - set(described) - set(self._connections)
        if unknown:
            raise ValueError("messages of unknown kinds")
        for number, (topic, fields) in described.items():
            if number not in self._connections:
                self._connections[number] = self._connected(topic, fields)
        for number, time_ns, data in messages:
            self._bag.write(self._connections[number], time_ns, data)

    def _connected(self, topic: str, fields: dict[str, bytes]) -> Any:
        try:
            kind = fields["type"].decode()
            return self._bag.add_connection(
                topic,
                kind.replace("/", "/msg/") if "/msg/" not in kind else kind,
                msgdef=fields["message_definition"].decode(),
                md5sum=fields["md5sum"].decode(),
            )
        except Exception as error:  # the bag's writer raises kinds of its own
            raise ValueError(f"a damaged connection: {error}") from None


@dataclass(frozen=True, slots=True)
class _Chunk:
    compression: str
    size: int
    data: bytes


def _chunks(content: mmap.mmap) -> Iterator[_Chunk]:
    """Every chunk whose header makes sense, in their order in the file."""
    at = 0
    while (mark := content.find(CHUNK_MARK, at)) >= 0:
        at = mark + 1
        if (found := _chunk_around(content, mark)) is not None:
            chunk, at = found
            yield chunk


def _chunk_around(content: mmap.mmap, mark: int) -> tuple[_Chunk, int] | None:
    """The chunk in whose header this mark stands, and where it ends."""
    for start in range(mark - 4, max(-1, mark - SEARCHED_BACK), -1):
        (length,) = struct.unpack_from("<I", content, start)
        data_at = start + 4 + length
        if not (mark - start < length + 4 <= LONGEST_HEADER and data_at + 4 <= len(content)):
            continue
        try:
            header = _fields(content[start + 4 : data_at])
            size, compression = _number(header, "size"), header["compression"].decode()
        except (ValueError, KeyError):
            continue
        (packed,) = struct.unpack_from("<I", content, data_at)
        end = data_at + 4 + packed
        if end <= len(content) and size <= LARGEST_BYTES:
            return _Chunk(compression, size, content[data_at + 4 : end]), end
    return None


def _records(data: bytes) -> Iterator[tuple[dict[str, bytes], bytes]]:
    """Header and content of each record. ValueError where they do not fit."""
    at = 0
    while at < len(data):
        parts = []
        for _ in range(2):
            if at + 4 > len(data) or (length := struct.unpack_from("<I", data, at)[0]) > len(data) - at - 4:
                raise ValueError("a record is cut off")
            parts.append(data[at + 4 : at + 4 + length])
            at += 4 + length
        yield _fields(parts[0]), parts[1]


def _fields(data: bytes) -> dict[str, bytes]:
    """The NAME=VALUE pairs of a header. ValueError where they do not fit."""
    fields, at = {}, 0
    while at < len(data):
        if at + 4 > len(data) or (length := struct.unpack_from("<I", data, at)[0]) > len(data) - at - 4:
            raise ValueError("a header is cut off")
        name, sign, value = data[at + 4 : at + 4 + length].partition(b"=")
        if not sign:
            raise ValueError("a header without names")
        fields[name.decode()] = value
        at += 4 + length
    return fields


def _number(header: dict[str, bytes], name: str) -> int:
    return int.from_bytes(_field(header, name, 4), "little")


def _field(header: dict[str, bytes], name: str, size: int) -> bytes:
    value = header.get(name, b"")
    if len(value) != size:
        raise ValueError(f"a header without {name}")
    return value
