"""The animated hand as a camera with options: the SDK's software device in the reader process."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from app.errors import SourceError
from app.gui.session_types import CameraChoice, Services
from app.sources.base import Source
from app.sources.reader import ReaderSource
from app.sources.realsense import CameraSource
from models.core.types import Camera
from tests.app.gui.fakes import PERIOD, depth_at, fake_services
from tests.app.sources.software_camera import NAME, SERIAL, UNITS, software_camera

_DRAWN: dict[int, NDArray[np.uint16]] = {}


def hand_image(camera: Camera, index: int) -> NDArray[np.uint16]:
    """The hand of the stand-ins, in the size of this camera."""
    step = index % PERIOD
    if step not in _DRAWN:
        _DRAWN[step] = np.round(depth_at(step) / UNITS).astype(np.uint16)
    raw = _DRAWN[step]
    return raw.repeat(camera.height // raw.shape[0], 0).repeat(camera.width // raw.shape[1], 1)


def hand_camera() -> CameraSource:
    """For the reader process."""
    return software_camera(hand_image)


def camera_services() -> Services:
    """The stand-ins, with this camera connected: "camera:SERIAL"."""
    services = fake_services()

    def make_source(name: str | None, loop: bool, speed: float) -> Source:
        if name is not None and name.startswith("camera"):
            return ReaderSource("tests.app.gui.hand_camera:hand_camera", (), SourceError)
        return services.make_source(name, loop, speed)

    choice = CameraChoice(f"camera:{SERIAL}", f"{NAME} ({SERIAL})")
    return replace(services, make_source=make_source, list_cameras=lambda: [choice])
