"""What all users of the RealSense SDK (pyrealsense2, imported when first needed) share."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.errors import SourceError
from models.core.types import Camera

STATISTICS_CONSENT = "RS2_RUM_CLOUD_ENABLED"
"""The environment variable that allows the SDK to send statistics of its use to its makers."""
SLICE_S = 0.1
"""How long one wait inside the SDK lasts at most: `close` is noticed after it."""


def load_sdk() -> Any:
    """The pyrealsense2 module; SourceError where it is not installed or cannot be loaded.

    The SDK notes which cameras and options are used in ~/.rum/rum.json, which has no switch. Its switch for sending
    these notes to its makers is off here, unless the user has set it.
    """
    os.environ.setdefault(STATISTICS_CONSENT, "0")
    try:
        import pyrealsense2
    except ImportError as error:
        raise SourceError(
            f"cameras, .bag and .db3 recordings need pyrealsense2, which cannot be loaded here ({error}); "
            "install it where it has a wheel (Linux, Windows), or open a folder of depth images"
        ) from None
    return pyrealsense2


@cache
def sdk_context() -> Any:
    """The SDK's one context. It lives as long as the program: only a living one sees cameras that come back."""
    return load_sdk().context()


def short(value: float) -> float:
    """The shortest decimal that gives the same float32: the SDK keeps 0.0001 as 0.00009999999747."""
    return float(str(np.float32(value)))


def camera_of(profile: Any) -> Camera:
    """The pinhole intrinsics of a stream profile of the SDK."""
    k = profile.as_video_stream_profile().get_intrinsics()
    return Camera(k.width, k.height, short(k.fx), short(k.fy), short(k.ppx), short(k.ppy))


def one_line(error: Exception) -> str:
    """The first line of an SDK error, without its full stop."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")


def pixels_of(frame: Any) -> NDArray[np.uint16]:
    """A read-only copy (H, W) of a depth frame's pixels: the SDK stops delivering while its frames are held."""
    pixels: NDArray[np.uint16] = np.asarray(frame.get_data())
    if pixels.dtype != np.uint16 or pixels.ndim != 2:
        raise SourceError(f"expected 16-bit depth images from the SDK, got {pixels.dtype} {pixels.shape}")
    return _keep(pixels)


PixelStore = Callable[[NDArray[np.uint16]], NDArray[np.uint16]]
"""Gives a read-only copy of pixels (H, W)."""


def _copied(pixels: NDArray[np.uint16]) -> NDArray[np.uint16]:
    copy: NDArray[np.uint16] = pixels.copy()
    copy.setflags(write=False)
    return copy


_keep: PixelStore = _copied


def keep_pixels_in(store: PixelStore) -> None:
    """Where this process keeps the pixels of the SDK's frames from now on: the reader process shares them."""
    global _keep
    _keep = store
