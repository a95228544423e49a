"""Files that say what camera took a folder of depth images: camera.json, and what other recorders write instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.core.types import Camera
from models.data.png import LARGEST_SIDE
from models.json_file import as_number, read_object, shown

NAMES = ("camera.json", "camera_intrinsic.json", "intrinsic.json")
"""Ours, and those that Open3D's recorders write."""
LARGEST_BYTES = 1 << 20
KEYS = ("width", "height", "fx", "fy", "ppx", "ppy", "depth_units", "fps")
EXPECTED = f"expected a JSON object with {', '.join(KEYS)}"
OTHER_NAMES = {"width": ("w",), "height": ("h",), "ppx": ("cx",), "ppy": ("cy",)}
SCALES = ("depth_scale", "png_depth_scale", "depth_factor", "factor")
"""Units a metre, as in Open3D (1000) and TUM (5000); below 1 metres a unit, as the RealSense SDK has it."""
OPEN3D_UNITS_M, OPEN3D_FPS = 0.001, 30.0


@dataclass(frozen=True, slots=True)
class CameraFile:
    """depth_units: metres a raw unit, None where the file does not say it. fps: nominal rate.

    assumed: in words what the file does not say and was taken for granted; empty where that is nothing.
    """

    path: Path
    camera: Camera
    depth_units: float | None
    fps: float
    assumed: str = ""


def find_camera_file(folder: Path) -> Path:
    """The camera file of a folder; of one that is called "depth", the one beside it will do.

    Raises ValueError with what to write where there is none.
    """
    places = [folder, *([folder.parent] if folder.resolve().name == "depth" else [])]
    for place in places:
        for name in NAMES:
            if (place / name).exists():
                return place / name
    hint = ""
    if (folder / "depth.txt").exists() or (folder.parent / "depth.txt").exists():
        hint = '; for a sequence of TUM it holds "depth_scale": 5000 instead of depth_units'
    raise ValueError(f"{folder / NAMES[0]}: is missing; {EXPECTED}{hint}")


def read_camera_file(path: Path) -> CameraFile:
    """The camera in a file. Raises ValueError with one line that names the key that is wrong."""
    try:
        content = read_object(path, LARGEST_BYTES)
    except (FileNotFoundError, ValueError) as error:
        message = str(error) if isinstance(error, ValueError) else f"{path}: is missing"
        raise ValueError(f"{message}; {EXPECTED}" if EXPECTED not in message else message) from None
    assumed = ""
    if "intrinsic_matrix" in content:
        content, assumed = _from_open3d(path, content)
    values = {key: _number(path, content, key, *OTHER_NAMES.get(key, ())) for key in KEYS if key != "depth_units"}
    width, height = (_pixels(path, key, values[key]) for key in ("width", "height"))
    camera = Camera(width, height, values["fx"], values["fy"], values["ppx"], values["ppy"])
    return CameraFile(path, camera, _depth_units(path, content), values["fps"], assumed)


def _number(path: Path, content: Mapping[str, Any], key: str, *others: str) -> float:
    """A number by its key or one of its other names; all but the principal point must be above zero."""
    name = next((name for name in (key, *others) if name in content), key)
    value = as_number(content.get(name))
    if value is None:
        got = f"got {shown(content[name])}" if name in content else f"it is missing; {EXPECTED}"
        raise ValueError(f"{path}: {name!r} must be a number, {got}")
    if key not in ("ppx", "ppy") and value <= 0:
        raise ValueError(f"{path}: {name!r} must be above zero, got {shown(content[name])}")
    return value


def _pixels(path: Path, key: str, value: float) -> int:
    if value != int(value):
        raise ValueError(f"{path}: {key!r} must be a whole number, got {value:g}")
    if value > LARGEST_SIDE:
        raise ValueError(f"{path}: {key!r} must be at most {LARGEST_SIDE}, got {value:g}")
    return int(value)


def _depth_units(path: Path, content: Mapping[str, Any]) -> float | None:
    """Metres a unit, from depth_units or from the inverse under one of its names."""
    if "depth_units" in content:
        return _number(path, content, "depth_units")
    for name in SCALES:
        if name in content:
            scale = _number(path, content, name)
            return scale if scale < 1 else 1 / scale
    return None


def _from_open3d(path: Path, content: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """The keys of ours for a file with Open3D's intrinsic_matrix, column after column, and what was assumed."""
    matrix = content["intrinsic_matrix"]
    if isinstance(matrix, list) and len(matrix) == 3 and all(isinstance(row, list) for row in matrix):
        matrix = [value for column in zip(*matrix) for value in column]
    if not isinstance(matrix, list) or len(matrix) != 9:
        raise ValueError(f"{path}: 'intrinsic_matrix' must be 9 numbers, got {shown(matrix)}")
    found = {"fx": matrix[0], "fy": matrix[4], "ppx": matrix[6], "ppy": matrix[7], **content}
    assumed = []
    if not any(name in found for name in ("depth_units", *SCALES)):
        found["depth_units"] = OPEN3D_UNITS_M
        assumed.append("1 mm a unit")
    if "fps" not in found:
        found["fps"] = OPEN3D_FPS
        assumed.append(f"{OPEN3D_FPS:g} frames a second")
    return found, " and ".join(assumed)
