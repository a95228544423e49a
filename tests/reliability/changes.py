"""Ways to damage the bytes of a file. Each takes the bytes and a generator, and gives other bytes."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable

import numpy as np

Change = Callable[[bytes, np.random.Generator], bytes]
HUGE = (0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 1 << 40, (1 << 63) - 1, (1 << 64) - 1)
NASTY = ("", "-1", "0", "1e400", "-1e-400", "NaN", "Infinity", "1" + 400 * "0", "99999999", "65536", "0.5", "null")
NASTY += ('"x"', "[]", "{}", "true", "'", '"', "\0", "\x1b[31m", "é", "\ufeff", "%s", "../..", 5000 * "9", 200 * "[")
WORD = re.compile(rb"[A-Za-z0-9_.+-]+")


def _place(data: bytes, rng: np.random.Generator, length: int = 1) -> int:
    return int(rng.integers(0, max(1, len(data) - length + 1)))


def _length(data: bytes, rng: np.random.Generator) -> int:
    """Of a block: as often some bytes as some hundred."""
    return min(len(data), int(np.exp(rng.uniform(0, np.log(600)))))


def bits(data: bytes, rng: np.random.Generator) -> bytes:
    """1 to 32 bits are flipped."""
    changed = bytearray(data)
    for _ in range(int(np.exp(rng.uniform(0, np.log(32)))) if data else 0):
        changed[_place(data, rng)] ^= 1 << int(rng.integers(8))
    return bytes(changed)


def noise(data: bytes, rng: np.random.Generator) -> bytes:
    """A block of noise, or of one byte."""
    length = _length(data, rng)
    at = _place(data, rng, length)
    block = rng.bytes(length) if rng.random() < 0.7 else bytes([int(rng.choice([0, 0xFF]))]) * length
    return data[:at] + block + data[at + length :]


def cut(data: bytes, rng: np.random.Generator) -> bytes:
    """The end is missing."""
    return data[: _place(data, rng)]


def gone(data: bytes, rng: np.random.Generator) -> bytes:
    """A block in the middle is missing."""
    length = _length(data, rng)
    at = _place(data, rng, length)
    return data[:at] + data[at + length :]


def spliced(data: bytes, rng: np.random.Generator) -> bytes:
    """A block is copied to another place: over what was there, or in between."""
    length = _length(data, rng)
    start, at = _place(data, rng, length), _place(data, rng, length)
    return data[:at] + data[start : start + length] + data[at + (length if rng.random() < 0.5 else 0) :]


def swapped(data: bytes, rng: np.random.Generator) -> bytes:
    """Two blocks of one length change places."""
    length = max(1, _length(data, rng) // 2)
    first, second = sorted(_place(data, rng, length) for _ in range(2))
    if second < first + length:
        return noise(data, rng)
    one, other = data[first : first + length], data[second : second + length]
    return data[:first] + other + data[first + length : second] + one + data[second + length :]


def numbers(data: bytes, rng: np.random.Generator) -> bytes:
    """One to three integers of 1 to 8 bytes become very small or very large ones."""
    changed = bytearray(data)
    for _ in range(int(rng.integers(1, 4))):
        size = int(rng.choice([1, 2, 4, 8]))
        value = int(HUGE[rng.integers(len(HUGE))]) & ((1 << (8 * size)) - 1)
        at = _place(data, rng, size)
        changed[at : at + size] = value.to_bytes(size, "little" if rng.random() < 0.5 else "big")
    return bytes(changed)[: len(data)]


def floats(data: bytes, rng: np.random.Generator) -> bytes:
    """A float32 or float64 that is no number, or a very large one."""
    value = float(rng.choice([np.nan, np.inf, -np.inf, 0.0, -1.0, 1e38, 1e-38]))
    packed = struct.pack("<f" if rng.random() < 0.5 else "<d", value)
    at = _place(data, rng, len(packed))
    return data[:at] + packed + data[at + len(packed) :]


def words(data: bytes, rng: np.random.Generator) -> bytes:
    """For text: a word or number becomes another one, goes, or changes places with another one."""
    found = list(WORD.finditer(data))
    if len(found) < 2:
        return noise(data, rng)
    first, second = (found[int(index)] for index in np.sort(rng.choice(len(found), 2, replace=False)))
    way = rng.random()
    if way < 0.6:
        new = NASTY[int(rng.integers(len(NASTY)))].encode(errors="replace")
        return data[: first.start()] + new + data[first.end() :]
    if way < 0.8:
        between = data[first.end() : second.start()]
        return data[: first.start()] + second[0] + between + first[0] + data[second.end() :]
    return data[: first.start()] + data[first.end() :]


def lines(data: bytes, rng: np.random.Generator) -> bytes:
    """For text: a line goes, comes twice, or in another place."""
    rows = data.splitlines(keepends=True)
    if len(rows) < 2:
        return words(data, rng)
    at = int(rng.integers(len(rows)))
    row = rows.pop(at)
    for _ in range(int(rng.integers(0, 3))):
        rows.insert(int(rng.integers(len(rows) + 1)), row)
    return b"".join(rows)


BINARY: dict[str, Change] = {
    "bits": bits,
    "noise": noise,
    "cut": cut,
    "gone": gone,
    "spliced": spliced,
    "swapped": swapped,
    "numbers": numbers,
    "floats": floats,
}
TEXT: dict[str, Change] = {**{name: BINARY[name] for name in ("bits", "noise", "cut", "spliced")}, "words": words}
TEXT["lines"] = lines
