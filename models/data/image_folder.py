"""Folders of 16-bit depth images: `camera.json` and PNGs in the natural order of their names."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.core.types import Camera

_KEYS = ("width", "height", "fx", "fy", "ppx", "ppy", "depth_units", "fps")


@dataclass(frozen=True, slots=True)
class ImageFolder:
    """A folder of depth images. `depth_units`: metres per raw unit; `fps`: nominal rate.

    paths: the PNGs in natural order of their names (2.png before 10.png); the position in it is the frame number.
    """

    camera: Camera
    depth_units: float
    fps: float
    paths: tuple[Path, ...]


def natural_key(name: str) -> list[tuple[int, int | str]]:
    """Sort key that orders the digits in names by value."""
    parts = re.split(r"([0-9]+)", name.lower())
    return [(0, int(part)) if index % 2 else (1, part) for index, part in enumerate(parts)]


def read_folder(folder: str | Path) -> ImageFolder:
    """The camera and the image paths of a folder; the images themselves are not opened.

    Raises ValueError with one line where camera.json is missing or broken or there are no PNGs.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ValueError(f"{folder}: is not a folder")
    values = _read_camera_json(folder / "camera.json")
    paths = sorted((p for p in folder.iterdir() if p.suffix.lower() == ".png"), key=lambda p: natural_key(p.name))
    if not paths:
        raise ValueError(f"{folder}: holds no PNG images")
    return ImageFolder(
        camera=Camera(
            int(values["width"]), int(values["height"]), values["fx"], values["fy"], values["ppx"], values["ppy"]
        ),
        depth_units=values["depth_units"],
        fps=values["fps"],
        paths=tuple(paths),
    )


def _read_camera_json(path: Path) -> dict[str, float]:
    """All values of a camera.json, checked."""
    expected = f"expected a JSON object with {', '.join(_KEYS)}"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(f"{path}: is missing; {expected}") from None
    except OSError as error:
        raise ValueError(f"{path}: cannot be read ({error.strerror or error})") from None
    except ValueError as error:
        raise ValueError(f"{path}: is not JSON ({error}); {expected}") from None
    if not isinstance(content, dict):
        raise ValueError(f"{path}: {expected}")
    for key in _KEYS:
        value = content.get(key)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not np.isfinite(value):
            got = "it is missing" if key not in content else f"got {value!r}"
            raise ValueError(f"{path}: {key!r} must be a number, {got}")
        if key not in ("ppx", "ppy") and value <= 0:
            raise ValueError(f"{path}: {key!r} must be above zero, got {value!r}")
    for key in ("width", "height"):
        if content[key] != int(content[key]):
            raise ValueError(f"{path}: {key!r} must be a whole number, got {content[key]!r}")
    return {key: float(content[key]) for key in _KEYS}


def read_png(path: str | Path) -> NDArray:
    """The pixels of a PNG as stored: (H, W) or (H, W, channels in the order blue, green, red), 8 or 16 bits.

    Raises ValueError with one line where the file cannot be read or is no whole PNG.
    """
    try:
        data = np.frombuffer(Path(path).read_bytes(), dtype=np.uint8)
    except OSError as error:
        raise ValueError(f"{path}: cannot be read ({error.strerror or error})") from None
    # A truncated PNG decodes to a partly black image, so its end marker is asked for first.
    whole = data[-12:].tobytes() == b"\x00\x00\x00\x00IEND\xaeB`\x82"
    image = cv2.imdecode(data, cv2.IMREAD_UNCHANGED) if whole else None
    if image is None:
        raise ValueError(f"{path}: is not a readable PNG image (empty, truncated or damaged)")
    return image


def read_depth_png(path: str | Path, camera: Camera, expected_by: str = "camera.json says") -> NDArray[np.uint16]:
    """The raw depth (H, W) uint16 of a PNG of the camera's size; `expected_by` says in errors who wants that size.

    Raises ValueError with one line where the file cannot be read, is no image, not 16-bit grey, or differently sized.
    """
    return checked_depth(read_png(path), path, camera, expected_by)


def checked_depth(image: NDArray, path: str | Path, camera: Camera, expected_by: str) -> NDArray[np.uint16]:
    """The image (H, W) itself where it is 16-bit grey and of the camera's size, else ValueError; see read_depth_png."""
    if image.dtype != np.uint16 or image.ndim != 2:
        channels = 1 if image.ndim == 2 else image.shape[2]
        bits = 8 * image.dtype.itemsize
        raise ValueError(f"{path}: expected a 16-bit grey depth image, got {bits} bits and {channels} channel(s)")
    if image.shape != camera.shape:
        size = f"{image.shape[1]}x{image.shape[0]}"
        raise ValueError(f"{path}: is {size} pixels, but {expected_by} {camera.width}x{camera.height}")
    return np.asarray(image, dtype=np.uint16)
