"""PNG files: their header before anything is decoded, and pixels from files that were checked through.

libpng writes what it does not like to stderr, beside the program's own words, and decodes as much as a header promises.
So sizes, checksums and the compressed stream are checked here first, and it sees no more than it needs.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEADER_BYTES = 33
LARGEST_SIDE = 8192
COLOURS = {0: ("grey", 1), 2: ("colour", 3), 3: ("palette", 1), 4: ("grey and alpha", 2), 6: ("colour and alpha", 4)}
LAST_FILTER = 4


@dataclass(frozen=True, slots=True)
class PngHeader:
    """width, height: pixels. bits: of one channel. colour: a key of COLOURS."""

    width: int
    height: int
    bits: int
    colour: int
    interlaced: bool

    @property
    def row_bytes(self) -> int:
        """Bytes of a row in the stream: its filter, then its pixels."""
        return 1 + (self.width * self.bits * COLOURS[self.colour][1] + 7) // 8


class DamagedError(ValueError):
    """What is wrong with a PNG, as the end of a sentence."""


def parse_header(data: bytes) -> PngHeader:
    """The header of a PNG from its first HEADER_BYTES. Raises DamagedError where they are none."""
    if len(data) < HEADER_BYTES or data[:8] != SIGNATURE or data[12:16] != b"IHDR":
        raise DamagedError("empty, truncated or damaged")
    width, height, bits, colour, _, _, interlaced = struct.unpack(">IIBBBBB", data[16:29])
    if zlib.crc32(data[12:29]) != int.from_bytes(data[29:33], "big") or colour not in COLOURS or not width * height:
        raise DamagedError("empty, truncated or damaged")
    if max(width, height) > LARGEST_SIDE:
        raise DamagedError(f"asks for {width}x{height} pixels, more than {LARGEST_SIDE} a side")
    return PngHeader(width, height, bits, colour, bool(interlaced))


def read_png(path: str | Path, sizes: tuple[tuple[int, int], ...] = (), expected_by: str = "expected") -> NDArray:
    """The pixels of a PNG as stored: (H, W) or (H, W, channels in the order blue, green, red), 8 or 16 bits.

    sizes: what (height, width) may be, and expected_by says in errors who wants that; anything up to LARGEST_SIDE where
    none is given. Raises ValueError with one line
    where the file cannot be read, is no whole PNG, or has another size, which is found out before it is decoded.
    """
    try:
        with Path(path).open("rb") as file:
            head = file.read(HEADER_BYTES)
            header = parse_header(head)
            if sizes and (header.height, header.width) not in sizes:
                expected = " or ".join(f"{width}x{height}" for height, width in sizes)
                raise ValueError(f"{path}: is {header.width}x{header.height} pixels, but {expected_by} {expected}")
            data = head + file.read()
        return decode_png(data)
    except OSError as error:
        raise ValueError(f"{path}: cannot be read ({error.strerror or error})") from None
    except DamagedError as error:
        raise ValueError(f"{path}: is not a readable PNG image ({error})") from None


def decode_png(data: bytes) -> NDArray:
    """The pixels of a PNG in memory, as read_png gives them. Raises DamagedError where it is none or not whole."""
    checked = _checked(data, parse_header(data[:HEADER_BYTES]))
    try:
        image = cv2.imdecode(np.frombuffer(checked, dtype=np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        raise DamagedError("damaged") from None
    if image is None:
        raise DamagedError("empty, truncated or damaged")
    return image


def check_chunks(data: bytes) -> None:
    """Raise DamagedError where a PNG in memory is cut off or one of its checksums is wrong; nothing is decoded."""
    for _ in _chunks(data):
        pass


def _checked(data: bytes, header: PngHeader) -> bytes:
    """A PNG of the same pixels that libpng has nothing to say about: no comments or profiles, nothing compressed."""
    chunks = list(_chunks(data))
    if header.interlaced:
        raise DamagedError("interlaced, which is not read; save it without")
    if chunks[-1][0] != b"IEND":
        raise DamagedError("truncated")
    rows = header.height * header.row_bytes
    stream = zlib.decompressobj()
    try:
        raw = stream.decompress(b"".join(body for kind, body in chunks if kind == b"IDAT"), rows + 1)
    except zlib.error:
        raise DamagedError("damaged") from None
    if len(raw) != rows or not stream.eof:
        raise DamagedError("its pixels are truncated or damaged")
    if np.frombuffer(raw, np.uint8)[:: header.row_bytes].max() > LAST_FILTER:
        raise DamagedError("damaged")
    palette = b"".join(_chunk(kind, body) for kind, body in chunks if kind == b"PLTE")
    return data[:HEADER_BYTES] + palette + _chunk(b"IDAT", zlib.compress(raw, 0)) + _chunk(b"IEND", b"")


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(kind, body) of each chunk up to the end of the image; raises DamagedError at a broken one."""
    at, kind = len(SIGNATURE), b""
    while kind != b"IEND":
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        body, end = data[at + 8 : at + 8 + length], at + 12 + length
        if len(data) < end:
            raise DamagedError("truncated")
        if zlib.crc32(body, zlib.crc32(kind)) != int.from_bytes(data[end - 4 : end], "big"):
            raise DamagedError("damaged: a checksum differs")
        yield kind, body
        at = end


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(body, zlib.crc32(kind)))
