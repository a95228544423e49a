"""The camera of a folder: other names and forms that are understood, and one line for what is not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.core.types import Camera
from models.data.camera_file import read_camera_file

CAMERA = {"width": 8, "height": 6, "fx": 10.0, "fy": 11.0, "ppx": 3.5, "ppy": 2.5, "depth_units": 0.001, "fps": 30}
SMALL = Camera(8, 6, 10.0, 11.0, 3.5, 2.5)


def without(*keys: str, **more: object) -> dict[str, object]:
    return {key: value for key, value in CAMERA.items() if key not in keys} | more


def write(tmp_path: Path, content: str | bytes) -> Path:
    path = tmp_path / "camera.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(CAMERA).encode("utf-8-sig"),
        json.dumps(CAMERA).encode("utf-16"),
        json.dumps({key: str(value) for key, value in CAMERA.items()}),
        json.dumps(without("ppx", "ppy", cx=3.5, cy=2.5)),
        json.dumps(without("width", "height", w=8, h=6)),
        json.dumps(without("depth_units", depth_scale=1000)),
        json.dumps(without("depth_units", depth_scale=0.001)),
        json.dumps(without("depth_units", factor="1000")),
        json.dumps(without("fx", "fy", "ppx", "ppy", "fps", intrinsic_matrix=[10.0, 0, 0, 0, 11.0, 0, 3.5, 2.5, 1.0])),
        json.dumps(without("fx", "fy", "ppx", "ppy", intrinsic_matrix=[[10.0, 0, 3.5], [0, 11.0, 2.5], [0, 0, 1]])),
    ],
    ids=["mark", "utf-16", "strings", "cx", "w", "scale", "sdk scale", "factor", "open3d", "rows"],
)
def test_the_same_camera_in_other_words(tmp_path, content):
    found = read_camera_file(write(tmp_path, content))
    assert found.camera == SMALL
    assert found.depth_units == pytest.approx(0.001)
    assert found.fps == 30


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (json.dumps(CAMERA).replace("10.0", "1" + 400 * "0"), "'fx' must be a number, got 1000"),
        (json.dumps(CAMERA).replace("10.0", "1" + 5000 * "0"), "is not JSON"),
        (json.dumps(CAMERA).replace("10.0", "1e400"), "'fx' must be a number, got inf"),
        (json.dumps(CAMERA).replace("10.0", "Infinity"), "'fx' must be a number, got inf"),
        (json.dumps(CAMERA).replace("10.0", '"NaN"'), "'fx' must be a number, got 'NaN'"),
        (json.dumps(CAMERA).replace("10.0", '"615,3"'), "'fx' must be a number, got '615,3'"),
        (json.dumps(CAMERA).replace("10.0", "null"), "'fx' must be a number, got None"),
        (json.dumps(without("width", width=100000)), "'width' must be at most 8192"),
        (json.dumps(without("depth_units", depth_scale=0)), "'depth_scale' must be above zero"),
        (json.dumps(without("fx", intrinsic_matrix=[1, 2])), "'intrinsic_matrix' must be 9 numbers"),
        (json.dumps(without("fps")), "'fps' must be a number, it is missing"),
        (100000 * "[", "nested too deeply"),
        ('{"a":' * 100000, "nested too deeply"),
        (b"\xff\xfe\xfa", "is not JSON"),
        (b" " * (2 << 20), "is too large"),
    ],
)
def test_what_makes_no_sense_is_one_short_line(tmp_path, content, part):
    path = write(tmp_path, content)
    with pytest.raises(ValueError, match=".") as caught:
        read_camera_file(path)
    message = str(caught.value)
    assert str(path) in message
    assert part in message
    assert "\n" not in message
    assert len(message) < len(str(path)) + 300
