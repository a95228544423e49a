"""Depth images of every kind hold the same depth; what is none says so."""

from __future__ import annotations

import struct
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.core.types import Camera
from models.data.depth_image import read_depth, read_header

CAMERA = Camera(8, 6, 10.0, 11.0, 3.5, 2.5)
RAW = (np.arange(48, dtype=np.uint16).reshape(6, 8) * 40) % 1500
METRES = RAW * 0.001


def write(path: Path, values: np.ndarray) -> Path:
    if path.suffix == ".npy":
        np.save(path, values)
    else:
        assert cv2.imwrite(str(path), values)
    return path


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("x.png", RAW),
        ("x.tif", RAW),
        ("x.TIFF", RAW),
        ("x.npy", RAW),
        ("x.npy", RAW[..., None]),
        ("x.npy", RAW.astype(np.int64)),
        ("x.npy", METRES),
        ("x.npy", METRES.astype(np.float32)),
        ("x.npy", METRES.astype(">f4")),
        ("x.tif", METRES.astype(np.float32)),
        ("x.exr", METRES.astype(np.float32)),
    ],
)
def test_the_same_depth_in_every_kind_of_file(tmp_path, name, values):
    depth = read_depth(write(tmp_path / name, values), CAMERA, 0.001)
    assert depth.dtype == np.uint16
    np.testing.assert_array_equal(depth, RAW)


def test_a_lone_channel_of_an_openexr_may_have_another_letter(tmp_path):
    path = write(tmp_path / "x.exr", METRES.astype(np.float32))
    path.write_bytes(path.read_bytes().replace(b"chlist\0\x13\0\0\0Y", b"chlist\0\x13\0\0\0Z"))
    np.testing.assert_array_equal(read_depth(path, CAMERA, 0.001), RAW)


def test_what_is_no_measurement_becomes_zero(tmp_path):
    values = METRES.copy()
    values[0, :5] = np.nan, np.inf, -1, 70, 1e300
    depth = read_depth(write(tmp_path / "x.npy", values), CAMERA, 0.001)
    assert not depth[0, :5].any()
    np.testing.assert_array_equal(depth[1:], RAW[1:])


@pytest.mark.parametrize(
    ("name", "values", "part"),
    [
        ("x.png", RAW.astype(np.uint8), "8 bits"),
        ("x.tif", RAW.astype(np.uint8), "8 bits"),
        ("x.tif", np.zeros((6, 8, 3), np.uint16), "3 channel(s)"),
        ("x.npy", RAW.astype(np.uint8), "uint8"),
        ("x.npy", np.zeros((6, 8, 3)), "3 channel(s)"),
        ("x.npy", np.zeros((6, 8), complex), "complex128"),
        ("x.exr", np.zeros((6, 8, 3), np.float32), "channels B, G, R"),
    ],
)
def test_what_is_no_depth_says_what_it_is(tmp_path, capfd, name, values, part):
    with pytest.raises(ValueError, match="expected a 16-bit grey depth image") as caught:
        read_depth(write(tmp_path / name, values), CAMERA)
    assert part in str(caught.value)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["x.png", "x.tif", "x.npy", "x.exr"])
def test_a_damaged_file_is_one_line_at_every_length(tmp_path, capfd, name):
    values = METRES.astype(np.float32) if name == "x.exr" else RAW
    whole = write(tmp_path / name, values).read_bytes()
    for length in [*range(0, min(len(whole), 400), 7), len(whole) - 10]:
        (tmp_path / name).write_bytes(whole[:length])
        problem = ""
        try:
            np.testing.assert_array_equal(read_depth(tmp_path / name, CAMERA, 0.001), RAW)
        except ValueError as error:
            problem = str(error)
        # What was cut off may have come after the pixels.
        assert not problem or (problem.startswith(str(tmp_path / name)) and "\n" not in problem)
    assert problem or name == "x.tif"
    for name_of_other in ("x.png", "x.npy", "x.exr", "x.tif"):
        (tmp_path / name_of_other).write_bytes(b"not a picture at all" * 20)
        with pytest.raises(ValueError, match="is not a readable"):
            read_depth(tmp_path / name_of_other, CAMERA)
    assert capfd.readouterr() == ("", "")


def test_arrays_that_would_run_code_or_are_huge_are_refused(tmp_path):
    np.save(tmp_path / "x.npy", np.array([[{}]], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="is not a readable NumPy image"):
        read_header(tmp_path / "x.npy")
    np.save(tmp_path / "x.npy", np.zeros((1, 9000), np.uint16))
    with pytest.raises(ValueError, match="more than 8192 a side"):
        read_header(tmp_path / "x.npy")


@pytest.mark.parametrize("header", [b"{'descr': (", b"{'descr': '<u2', 'shape': (24, 32),", b"((((("])
def test_an_array_whose_header_is_no_python_is_one_line(tmp_path, header):
    path = tmp_path / "x.npy"
    np.save(path, np.zeros((24, 32), np.uint16))
    whole = path.read_bytes()
    path.write_bytes(whole[:10] + header.ljust(118) + whole[128:])
    with pytest.raises(ValueError, match="no array of numbers"):
        read_header(path)


def test_a_tiff_that_asks_for_too_much_is_refused_from_its_header(tmp_path):
    entries = [struct.pack("<HHI4s", tag, 4, 1, struct.pack("<I", v)) for tag, v in ((256, 1 << 20), (257, 1 << 20))]
    (tmp_path / "x.tif").write_bytes(b"II*\0" + struct.pack("<IH", 8, 2) + b"".join(entries) + bytes(4))
    with pytest.raises(ValueError, match="asks for 1048576x1048576 pixels"):
        read_header(tmp_path / "x.tif")
