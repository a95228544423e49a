"""PNG files: nothing is decoded that is too large, and no library writes to stderr about those that are broken."""

from __future__ import annotations

import struct
import tracemalloc
import zlib

import cv2
import numpy as np
import pytest

from models.data.png import SIGNATURE, DamagedError, check_chunks, decode_png, read_png

NOISE = np.random.default_rng(1).integers(0, 65536, (48, 64)).astype(np.uint16)
WHOLE = cv2.imencode(".png", NOISE)[1].tobytes()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int = 64, height: int = 48, pixels: bytes = b"", colour: int = 0, lace: int = 0) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, colour, 0, 0, lace))
    return SIGNATURE + header + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


BROKEN = {
    "empty": b"",
    "text": b"not a picture",
    "half": WHOLE[: len(WHOLE) // 2],
    "no end": WHOLE[:-12],
    "flipped": WHOLE[:300] + bytes([WHOLE[300] ^ 255]) + WHOLE[301:],
    "not packed": png(pixels=b"garbage" * 20),
    "too few rows": png(pixels=zlib.compress(bytes(100))),
    "too many rows": png(pixels=zlib.compress(bytes(48 * 129 + 1000))),
    "filter": png(pixels=zlib.compress(b"\x09" * (48 * 129))),
    "no size": png(0, 0),
    "colour": png(colour=5),
    "interlaced": png(lace=1),
    "65535": png(65535, 65535),
    "8193": png(8193, 1),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_png_is_one_line_and_silence(tmp_path, capfd, name):
    path = tmp_path / "x.png"
    path.write_bytes(BROKEN[name])
    with pytest.raises(ValueError, match=r"x\.png: is not a readable PNG image") as caught:
        read_png(path)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_png_in_memory_is_damage_and_silence(capfd, name):
    with pytest.raises(DamagedError):
        decode_png(BROKEN[name])
    assert capfd.readouterr() == ("", "")


def test_checksums_are_looked_at_without_decoding():
    check_chunks(WHOLE + b"anything behind it")
    for name in ("half", "no end", "flipped"):
        with pytest.raises(DamagedError):
            check_chunks(BROKEN[name])


def test_comments_and_profiles_do_not_matter(tmp_path, capfd):
    path = tmp_path / "x.png"
    path.write_bytes(WHOLE[:33] + chunk(b"iCCP", b"x\0\0garbage") + WHOLE[33:])
    np.testing.assert_array_equal(read_png(path), NOISE)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("shape", [(7, 5), (7, 5, 3), (7, 5, 4)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_pixels_are_as_stored(tmp_path, shape, dtype):
    image = np.random.default_rng(2).integers(0, 256, shape).astype(dtype)
    cv2.imwrite(str(tmp_path / "x.png"), image)
    np.testing.assert_array_equal(read_png(tmp_path / "x.png"), image)


def test_another_size_is_refused_before_it_is_decoded(tmp_path):
    path = tmp_path / "x.png"
    path.write_bytes(png(8000, 8000, zlib.compress(bytes(8000 * 16001))))
    tracemalloc.start()
    with pytest.raises(ValueError, match="is 8000x8000 pixels, but expected 64x48"):
        read_png(path, ((48, 64),))
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()
