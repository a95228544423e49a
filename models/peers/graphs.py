"""MediaPipe's two networks as functions, through OpenVINO."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.peers.palm import SIDE
from models.peers.wheel import LANDMARKS, PALM, VERSION

CROP = 224
"""Pixels a side of the landmark network's image."""
Graph = Callable[[NDArray[np.float32]], list[NDArray[Any]]]
"""From an image (1, side, side, 3) float32, RGB in 0 .. 1, to the network's answers."""


def open_palm(folder: Path) -> Graph:
    """The palm detector, of images of SIDE pixels. Raises ValueError where its file cannot be used."""
    return _open(folder / PALM, (1, SIDE, SIDE, 3), [(1, 2016, 18), (1, 2016, 1)])


def open_landmarks(folder: Path, precision: str = "f32") -> Graph:
    """The hand landmarker, of images of CROP pixels, in "f32" or "bf16". Raises as `open_palm`."""
    return _open(folder / LANDMARKS, (1, CROP, CROP, 3), [(1, 63), (1, 1), (1, 1), (1, 63)], precision)


def _open(path: Path, takes: tuple[int, ...], gives: list[tuple[int, ...]], precision: str = "f32") -> Graph:
    # Importing openvino starts a thread that reports the program's use over the network, unless this module is missing.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    try:
        import openvino
        from openvino.frontend import FrontEndManager
    except ImportError as error:
        raise ValueError(f"MediaPipe's networks run through OpenVINO, which is not here ({error})") from None
    try:
        front_end = FrontEndManager().load_by_framework("tflite")
        model = front_end.convert(front_end.load(str(path)))
        settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": precision}
        compiled = openvino.Core().compile_model(model, "CPU", settings)
        takes_really = [tuple(port.shape) for port in compiled.inputs]
        gives_really = [tuple(port.shape) for port in compiled.outputs]
    except Exception as error:  # OpenVINO raises RuntimeError and others for files it cannot read
        lines = str(error).splitlines() or [type(error).__name__]
        message = f"{path.name}: is not a network that can be loaded ({lines[-1][:200]}); mediapipe {VERSION} is needed"
        raise ValueError(message) from error
    if takes_really != [takes] or gives_really != gives:
        raise ValueError(f"{path.name}: takes {takes_really}, gives {gives_really}: not as in mediapipe {VERSION}")
    request = compiled.create_infer_request()

    def run(image: NDArray[np.float32]) -> list[NDArray[Any]]:
        request.infer([image])
        return [request.get_output_tensor(place).data.copy() for place in range(len(gives))]

    return run
