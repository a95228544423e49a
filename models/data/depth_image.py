"""Depth images in the kinds of file that people have them in: PNG, TIFF, NumPy and OpenEXR.

Whole numbers are raw depth, in the camera's own unit. Fractions are metres, as in ROS and in renderers.
"""

from __future__ import annotations

import os
import struct
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tokenize import TokenError

import cv2
import numpy as np
from numpy.typing import NDArray

from models.core.types import USUAL_UNITS_M, Camera
from models.data.png import COLOURS, HEADER_BYTES, LARGEST_SIDE, DamagedError, parse_header, read_png

# What is wrong with a file is said once, by the errors below.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
# OpenCV reads OpenEXR only where this is set when it first meets such a file.
os.environ.setdefault("OPENCV_IO_ENABLE_OPENEXR", "1")

FLOAT_STEP_M = 0.0001
"""What fractions of metres are rounded to, unless the camera's unit is finer or as usual."""
LARGEST_BYTES = 1 << 30
LARGEST_RAW = int(np.iinfo(np.uint16).max)
TIFF_TAGS = {256: "width", 257: "height", 258: "bits", 277: "channels", 339: "format"}
BROKEN_NPY = (ValueError, TypeError, SyntaxError, EOFError, OverflowError, MemoryError, RecursionError, TokenError)
"""What NumPy raises where the header of an array makes no sense."""


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """width, height: pixels. pixel: what one of them is, in words. is_depth: may it be depth? is_float: in metres."""

    width: int
    height: int
    pixel: str
    is_depth: bool
    is_float: bool = False

    @property
    def size(self) -> str:
        return f"{self.width}x{self.height}"


def read_header(path: Path) -> ImageHeader:
    """What an image says of itself; no pixel is decoded. Raises ValueError with one line where it is no image."""
    kind = path.suffix.lower()
    try:
        header = _HEADERS[kind](path)
    except OSError as error:
        raise ValueError(f"{path}: cannot be read ({error.strerror or error})") from None
    except DamagedError as error:
        raise ValueError(f"{path}: is not a readable {_NAMES[kind]} image ({error})") from None
    if max(header.width, header.height) > LARGEST_SIDE:
        raise ValueError(f"{path}: asks for {header.size} pixels, more than {LARGEST_SIDE} a side")
    return header


def read_depth(
    path: str | Path, camera: Camera, units_m: float = USUAL_UNITS_M, expected_by: str = "camera.json says"
) -> NDArray[np.uint16]:
    """The raw depth (H, W) uint16 of an image of the camera's size; `expected_by` says in errors who wants that size.

    units_m: metres that one raw unit shall be, for images in metres. Raises ValueError with one line where the file
    cannot be read, is no image, not depth, or differently sized; the latter before it is decoded.
    """
    path = Path(path)
    header = read_header(path)
    if not header.is_depth:
        raise ValueError(f"{path}: expected a 16-bit grey depth image, got {header.pixel}")
    if (header.height, header.width) != camera.shape:
        raise ValueError(f"{path}: is {header.size} pixels, but {expected_by} {camera.width}x{camera.height}")
    image = _pixels(path)
    if image is None or image.shape != camera.shape:
        name = _NAMES[path.suffix.lower()]
        raise ValueError(f"{path}: is not a readable {name} image (truncated, damaged or packed in an unusual way)")
    return to_raw(image, units_m)


def _pixels(path: Path) -> NDArray | None:
    """The pixels (H, W) of a file whose header was read, or None."""
    kind = path.suffix.lower()
    try:
        if kind == ".png":
            return read_png(path)
        if kind == ".npy":
            values = _open_npy(path)
            return values.reshape(values.shape[:2])
        if (size := path.stat().st_size) > LARGEST_BYTES:
            raise ValueError(f"{path}: is too large, {size} bytes")
        data = path.read_bytes()
        if kind == ".exr":
            data = _with_luminance(data)
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except OSError as error:
        raise ValueError(f"{path}: cannot be read ({error.strerror or error})") from None
    except (DamagedError, cv2.error):
        return None
    return image


def to_raw(image: NDArray, units_m: float) -> NDArray[np.uint16]:
    """Raw depth of whole numbers as they are and of metres; what does not fit in 16 bits is no measurement."""
    if image.dtype == np.uint16:
        return np.ascontiguousarray(image, dtype=np.uint16)
    with np.errstate(invalid="ignore", over="ignore"):
        values = np.rint(image.astype(np.float64) / units_m) if image.dtype.kind == "f" else image
        return np.where((values >= 0) & (values <= LARGEST_RAW), values, 0).astype(np.uint16)  # NaN is neither


def _png_header(path: Path) -> ImageHeader:
    with path.open("rb") as file:
        png = parse_header(file.read(HEADER_BYTES))
    colour, channels = COLOURS[png.colour]
    pixel = f"{png.bits} bits and {channels} channel(s), {colour}"
    return ImageHeader(png.width, png.height, pixel, is_depth=(png.bits, png.colour) == (16, 0))


def _open_npy(path: Path) -> NDArray:
    """The array of a .npy, left on the disk."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # old files are read as well as new ones
            return np.lib.format.open_memmap(path, mode="r")
    except BROKEN_NPY:
        raise DamagedError("empty, truncated, damaged or no array of numbers") from None


def _npy_header(path: Path) -> ImageHeader:
    values = _open_npy(path)
    shape = values.shape
    if len(shape) not in (2, 3) or 0 in shape:
        raise DamagedError(f"its shape is {shape}, not (height, width)")
    channels = shape[2] if len(shape) == 3 else 1
    kind, bits = values.dtype.kind, 8 * values.dtype.itemsize
    is_depth = channels == 1 and bits > 8 and kind in "uif"
    return ImageHeader(shape[1], shape[0], f"{values.dtype} and {channels} channel(s)", is_depth, kind == "f")


def _tiff_header(path: Path) -> ImageHeader:
    """From the tags of the first picture in the file."""
    with path.open("rb") as file:
        order = {b"II*\0": "<", b"MM\0*": ">"}.get(file.read(4))
        if order is None:
            raise DamagedError("empty, damaged, or a BigTIFF")
        try:
            file.seek(struct.unpack(f"{order}I", file.read(4))[0])
            count = struct.unpack(f"{order}H", file.read(2))[0]
            entries = [struct.unpack(f"{order}HHI4s", file.read(12)) for _ in range(count)]
        except struct.error:
            raise DamagedError("truncated") from None
    tags = {"channels": 1, "bits": 1, "format": 1}
    for tag, kind, length, value in entries:
        # Several values, one a channel, lie elsewhere; then there are several channels, which is all that matters.
        if tag in TIFF_TAGS and kind in (3, 4) and length == 1:
            tags[TIFF_TAGS[tag]] = struct.unpack(f"{order}H" if kind == 3 else f"{order}I", value[: 2 * kind - 4])[0]
    if not tags.get("width") or not tags.get("height"):
        raise DamagedError("says no size")
    is_float = tags["format"] == 3
    is_depth = tags["channels"] == 1 and (tags["bits"], is_float) in ((16, False), (32, True), (64, True))
    pixel = f"{tags['bits']} bits and {tags['channels']} channel(s){', float' if is_float else ''}"
    return ImageHeader(tags["width"], tags["height"], pixel, is_depth, is_float)


def _exr_attributes(data: bytes) -> dict[bytes, tuple[int, bytes]]:
    """Where each attribute of the header lies in the file, and its value."""
    if data[:4] != b"v/1\x01":
        raise DamagedError("empty or damaged")
    found, at = {}, 8
    while data[at : at + 1] not in (b"\0", b""):
        name, _, rest = data[at : at + 512].partition(b"\0")
        kind, _, rest = rest.partition(b"\0")
        start = at + len(name) + len(kind) + 6
        size = int.from_bytes(rest[:4], "little")
        found[name] = (start, data[start : start + size])
        at = start + size
    return found


def _exr_header(path: Path) -> ImageHeader:
    with path.open("rb") as file:
        attributes = _exr_attributes(file.read(1 << 16))
    try:
        left, top, right, bottom = struct.unpack("<4i", attributes[b"dataWindow"][1])
        channels = attributes[b"channels"][1]
    except (KeyError, struct.error):
        raise DamagedError("truncated or damaged") from None
    names, at = [], 0
    while channels[at : at + 1] not in (b"\0", b""):
        name = channels[at:].partition(b"\0")[0]
        names.append(name.decode("latin-1"))
        at += len(name) + 17
    pixel = f"the channels {', '.join(names[:6])}"
    is_depth = len(names) == 1 and len(names[0]) == 1  # longer names are more than OpenCV knows
    return ImageHeader(right - left + 1, bottom - top + 1, pixel, is_depth, is_float=True)


def _with_luminance(data: bytes) -> bytes:
    """An OpenEXR image whose only channel is called Y, which OpenCV takes for grey, whatever it was called (Z, V)."""
    at, _ = _exr_attributes(data)[b"channels"]
    return data[:at] + b"Y" + data[at + 1 :]


_HEADERS: dict[str, Callable[[Path], ImageHeader]] = {
    ".png": _png_header,
    ".tif": _tiff_header,
    ".tiff": _tiff_header,
    ".npy": _npy_header,
    ".exr": _exr_header,
}
_NAMES = {".png": "PNG", ".tif": "TIFF", ".tiff": "TIFF", ".npy": "NumPy", ".exr": "OpenEXR"}
ENDINGS = tuple(_HEADERS)
"""What the names of depth images may end in, in small letters."""
