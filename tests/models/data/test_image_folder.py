"""Folders of depth images: order, values, and how broken ones are reported."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.core.types import Camera
from models.data.depth_image import read_depth
from models.data.image_folder import read_folder

CAMERA = {"width": 8, "height": 6, "fx": 10.0, "fy": 11.0, "ppx": 3.5, "ppy": 2.5, "depth_units": 0.001, "fps": 30}
SMALL = Camera(8, 6, 10.0, 11.0, 3.5, 2.5)


def make(folder: Path, names: tuple[str, ...] = ("1.png",), **changes: object) -> Path:
    (folder / "camera.json").write_text(json.dumps(CAMERA | changes))
    for name in names:
        cv2.imwrite(str(folder / name), np.full((6, 8), 700, np.uint16))
    return folder


def fails(call, path: Path, *parts: str) -> None:
    with pytest.raises(ValueError, match=".") as caught:
        call()
    message = str(caught.value)
    assert str(path) in message
    assert "\n" not in message
    for part in parts:
        assert part in message


def test_images_come_in_natural_order(tmp_path):
    names = ("10.png", "2.png", "1_b.png", "1_a.PNG", "a3.png")
    folder = read_folder(make(tmp_path, names))
    assert [path.name for path in folder.paths] == ["1_a.PNG", "1_b.png", "2.png", "10.png", "a3.png"]


def test_the_camera_is_read(tmp_path):
    folder = read_folder(make(tmp_path, depth_units=0.000125, fps=15))
    assert folder.camera == SMALL
    assert (folder.depth_units, folder.fps) == (0.000125, 15)


def test_a_png_gives_its_raw_values(tmp_path):
    values = np.arange(48, dtype=np.uint16).reshape(6, 8) * 1000
    cv2.imwrite(str(tmp_path / "x.png"), values)
    np.testing.assert_array_equal(read_depth(tmp_path / "x.png", SMALL), values)


def test_a_missing_folder_and_an_empty_one_are_one_clear_line(tmp_path):
    fails(lambda: read_folder(tmp_path / "none"), tmp_path / "none", "is not a folder")
    fails(lambda: read_folder(tmp_path), tmp_path / "camera.json", "is missing")
    make(tmp_path, names=())
    fails(lambda: read_folder(tmp_path), tmp_path, "holds no PNG, TIFF, NPY or EXR images")


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"fx": "wide"}, "'fx' must be a number, got 'wide'"),
        ({"fx": True}, "'fx' must be a number"),
        ({"fy": 0}, "'fy' must be above zero"),
        ({"width": 8.5}, "'width' must be a whole number"),
        ({"depth_units": -0.001}, "'depth_units' must be above zero"),
        ({"ppx": float("nan")}, "'ppx' must be a number"),
    ],
)
def test_a_wrong_value_in_the_camera_file_is_named(tmp_path, changes, part):
    make(tmp_path, **changes)
    fails(lambda: read_folder(tmp_path), tmp_path / "camera.json", part)


@pytest.mark.parametrize("content", ["", "{", "[1, 2]", '"camera"', "{}"])
def test_a_broken_camera_file_is_one_clear_line(tmp_path, content):
    make(tmp_path)
    (tmp_path / "camera.json").write_text(content)
    fails(lambda: read_folder(tmp_path), tmp_path / "camera.json")


def test_images_that_are_no_depth_are_one_clear_line(tmp_path):
    path = tmp_path / "x.png"
    fails(lambda: read_depth(path, SMALL), path, "cannot be read")
    for content in (b"", b"not a picture"):
        path.write_bytes(content)
        fails(lambda: read_depth(path, SMALL), path, "is not a readable PNG")
    cv2.imwrite(str(path), np.zeros((6, 8), np.uint8))
    fails(lambda: read_depth(path, SMALL), path, "expected a 16-bit grey depth image, got 8 bits")
    cv2.imwrite(str(path), np.zeros((6, 8, 3), np.uint16))
    fails(lambda: read_depth(path, SMALL), path, "3 channel(s)")
    cv2.imwrite(str(path), np.zeros((6, 9), np.uint16))
    fails(lambda: read_depth(path, SMALL), path, "is 9x6 pixels, but camera.json says 8x6")


def test_a_truncated_image_is_not_taken_for_a_dark_one(tmp_path):
    path = tmp_path / "x.png"
    noise = np.random.default_rng(1).integers(0, 65536, (6, 8)).astype(np.uint16)
    cv2.imwrite(str(path), noise)
    whole = path.read_bytes()
    for length in (len(whole) // 2, len(whole) - 4):
        path.write_bytes(whole[:length])
        fails(lambda: read_depth(path, SMALL), path, "truncated")


def test_the_real_folders_open(shared_data):
    for name in ("cvar/P4", "kinect2", "sr305/20210326-231615"):
        folder = read_folder(shared_data / name)
        assert read_depth(folder.paths[0], folder.camera).max() > 0
