"""Depth in ROS's image messages, as raw pixels and metres a unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.sources.sdk import short
from models.core.types import USUAL_UNITS_M, Camera
from models.data.depth_image import FLOAT_STEP_M, to_raw
from models.data.png import HEADER_BYTES, DamagedError, decode_png, parse_header

ENCODINGS = {"16UC1": ("u2", USUAL_UNITS_M), "mono16": ("u2", USUAL_UNITS_M), "32FC1": ("f4", FLOAT_STEP_M)}
"""What a pixel is, and metres a raw unit; fractions are metres and are rounded to these units."""
COMPRESSED = "16UC1; compressedDepth"
"""How the format of compressed images begins that are read; a PNG follows 12 bytes of other things."""
CONFIG_BYTES = 12


@dataclass(frozen=True, slots=True)
class RosDepth:
    """An image message whose pixels `decode` gives. units: metres a raw unit, by its encoding."""

    width: int
    height: int
    units: float
    message: Any

    def decode(self) -> NDArray[np.uint16]:
        """(H, W) uint16. Raises ValueError with one line where the pixels are damaged."""
        if hasattr(self.message, "encoding"):
            return to_raw(_pixels(self.message), self.units)
        image = decode_png(bytes(self.message.data[CONFIG_BYTES:]))
        if image.dtype != np.uint16 or image.ndim != 2:
            raise ValueError(f"expected 16-bit grey pixels, got {image.dtype} {image.shape}")
        return image


def describe(message: Any) -> str:
    """The encoding of an image message, in words."""
    return str(message.encoding if hasattr(message, "encoding") else message.format).partition("\0")[0]


def is_depth(message: Any) -> bool:
    """Is it a kind of image that holds depth and is read?"""
    encoding = describe(message)
    return encoding in ENCODINGS or (encoding.startswith(COMPRESSED) and "rvl" not in encoding)


def read_depth_message(message: Any) -> RosDepth:
    """The depth in a sensor_msgs/Image or CompressedImage. Raises ValueError with one line where there is none."""
    encoding = describe(message)
    if not is_depth(message):
        raise ValueError(f"its encoding is {encoding!r}, expected {', '.join(ENCODINGS)} or {COMPRESSED} png")
    if encoding not in ENCODINGS:
        try:
            header = parse_header(bytes(message.data[CONFIG_BYTES : CONFIG_BYTES + HEADER_BYTES]))
        except DamagedError as error:
            raise ValueError(f"is not a readable PNG image ({error})") from None
        return RosDepth(header.width, header.height, USUAL_UNITS_M, message)
    kind, units = ENCODINGS[encoding]
    row = message.width * np.dtype(kind).itemsize
    if message.step < row or message.data.size < message.step * message.height:
        size = f"{message.width}x{message.height}"
        raise ValueError(f"says {size} pixels, but holds {message.data.size} bytes in rows of {message.step}")
    return RosDepth(message.width, message.height, units, message)


def read_camera_message(message: Any, is_rectified: bool) -> Camera:
    """The camera in a sensor_msgs/CameraInfo. Raises ValueError where it makes no sense.

    is_rectified: the images are the processed ones, which the projection P describes where it is given (REP 104).
    """
    values = [float(value) for value in (message.K if hasattr(message, "K") else message.k)]
    projection = [float(value) for value in (message.P if hasattr(message, "P") else message.p)]
    fx, ppx, fy, ppy = values[0], values[2], values[4], values[5]
    if is_rectified and projection[0] > 0:
        fx, ppx, fy, ppy = projection[0], projection[2], projection[5], projection[6]
    return Camera(message.width, message.height, *(short(value) for value in (fx, fy, ppx, ppy)))


def _pixels(message: Any) -> NDArray[Any]:
    kind = np.dtype(ENCODINGS[message.encoding][0]).newbyteorder(">" if message.is_bigendian else "<")
    rows = message.data[: message.step * message.height].reshape(message.height, message.step)
    pixels: NDArray[Any] = np.ascontiguousarray(rows[:, : message.width * kind.itemsize]).view(kind)
    return pixels.astype(kind.newbyteorder("="))
