"""Damaged records of a .bag, each told by its place and what is wrong with it."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from app.sources.bag_records import problem_of_records

pytest.importorskip("pyrealsense2")

HEAD_AT = 13


def patched(whole: bytes, at: int, new: bytes) -> bytes:
    return whole[:at] + new + whole[at + len(new) :]


def index_of(whole: bytes) -> int:
    """Where the index begins."""
    return int.from_bytes(value_of(whole, b"index_pos=", 8), "little")


def value_of(whole: bytes, name: bytes, size: int) -> bytes:
    at = whole.index(name) + len(name)
    return whole[at : at + size]


def with_index_at(whole: bytes, at: int) -> bytes:
    return patched(whole, whole.index(b"index_pos=") + 10, struct.pack("<Q", at))


def head_length_at(whole: bytes) -> int:
    """Where the length of the first record's data stands."""
    (header,) = struct.unpack_from("<I", whole, HEAD_AT)
    return HEAD_AT + 4 + header


def first_chunk(whole: bytes) -> int:
    (data,) = struct.unpack_from("<I", whole, head_length_at(whole))
    return head_length_at(whole) + 4 + data


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "it is empty": lambda whole: b"",
    "does not begin as it should": lambda whole: whole[:HEAD_AT] + whole[index_of(whole) :],
    "in the index by mistake": lambda whole: with_index_at(whole, first_chunk(whole)),
    "behind the end": lambda whole: with_index_at(whole, 1 << 63),
    "says a wrong length": lambda whole: patched(whole, whole.rindex(b"count=") + 6, b"\x09"),
    "has a broken header": lambda whole: patched(whole, whole.rindex(b"chunk_pos=") + 9, b"#"),
    "of no known kind": lambda whole: patched(whole, whole.rindex(b"op=") + 3, b"\x63"),
    "has no header": lambda whole: patched(whole, index_of(whole), b"\xff\xff\xff\xff"),
    "is cut off": lambda whole: whole[: index_of(whole) + 2],
    "longer than the file": lambda whole: patched(whole, head_length_at(whole), b"\xff\xff\xff\x7f"),
}


@pytest.mark.parametrize("words", DAMAGES)
def test_damage_is_named(words: str, tmp_path: Path, film_bag: Path):
    path = tmp_path / "damaged.bag"
    path.write_bytes(DAMAGES[words](film_bag.read_bytes()))
    assert words in problem_of_records(path)


@pytest.mark.parametrize("how", ["whole", "no index", "torn end"])
def test_what_a_recorder_that_was_killed_leaves_is_no_damage(how: str, tmp_path: Path, film_bag: Path):
    whole = film_bag.read_bytes()
    changed = {"whole": whole, "no index": with_index_at(whole, 0), "torn end": whole + b"\x07\x00"}
    path = tmp_path / "a.bag"
    path.write_bytes(changed[how])
    assert problem_of_records(path) == ""
