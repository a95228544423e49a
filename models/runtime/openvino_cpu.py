"""A graph on the processor through OpenVINO, numpy in and out. OpenVINO is imported when it is first needed."""

from __future__ import annotations

import hashlib
import logging
import os
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.kept import fetch, keep
from models.runtime.card import RuntimeModelError, not_loaded, telling_line
from models.runtime.falling_back import Run

log = logging.getLogger(__name__)


def openvino_precisions() -> tuple[str, ...]:
    """Those that this processor has instructions for, without OpenVINO none."""
    try:
        capabilities = openvino_core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    except RuntimeModelError:
        return ()
    others = [name for name in ("bf16", "int8") if name.upper() in capabilities]
    return ("f32", *others)


def processor_name() -> str:
    """As OpenVINO calls it, "" without OpenVINO."""
    try:
        return str(openvino_core().get_property("CPU", "FULL_DEVICE_NAME"))
    except RuntimeModelError:
        return ""


class CompiledFile:
    """A function that runs a file, compiled for this processor, or as it was compiled and kept at an earlier start."""

    def __init__(self, path: Path, kept_as: str, precision: str = "f32", threads: int | None = None) -> None:
        """kept_as: the name of what is kept, of another network than the last one instead of that. With `threads`
        nothing is kept. Raises RuntimeModelError where OpenVINO or the file cannot be used.
        """
        self._path, self._kept_as, self._precision = path, kept_as, precision
        if threads is None:
            self._run = _running(self._kept(kept_as, _settings(precision)))
        else:
            self._run = compile_openvino(path, read_openvino(path), threads, precision)

    def __call__(self, *arrays: NDArray[Any]) -> list[NDArray[Any]]:
        return self._run(*arrays)

    def twins(self) -> tuple[Run, Run]:
        """Two of the same that may run at the same time, on half of the processor's cores each. Takes long."""
        threads = max(1, (os.cpu_count() or 1) // 2)
        # One thread is the caller's own, which need not be woken. Several are not bound to cores: both would be to the
        # same ones.
        streams = {"NUM_STREAMS": 0} if threads == 1 else {"NUM_STREAMS": 1, "ENABLE_CPU_PINNING": False}
        settings = _settings(self._precision, threads) | streams
        one, other = (_running(self._kept(f"{self._kept_as}.twins", settings)) for _ in range(2))
        return one, other

    def _kept(self, name: str, settings: dict[str, Any]) -> Any:
        name, key = f"{name}.compiled", _key(self._path, settings)
        content = fetch(name, key)
        if content is not None:
            try:
                return openvino_core().import_model(content, "CPU", settings)
            except Exception as error:  # OpenVINO raises RuntimeError and others
                log.info("%s: compiled anew (%s)", name, telling_line(error))
        compiled = _compiled(self._path, read_openvino(self._path), settings)
        keep(name, key, bytes(compiled.export_model().read()))
        return compiled


def read_openvino(path: Path) -> Any:
    """The file as an openvino.Model. Raises RuntimeModelError where OpenVINO or the file cannot be used."""
    openvino_core()
    from openvino.frontend import FrontEndManager

    try:
        # Named, because looking for a front end that fits makes the others complain on stderr about a broken file.
        front_end = FrontEndManager().load_by_framework("onnx")
        model = front_end.convert(front_end.load(str(path)))
        if not model.outputs:
            raise ValueError("it is empty")
    except Exception as error:  # OpenVINO raises RuntimeError and others for files it cannot read
        raise not_loaded(path, error) from error
    return model


def compile_openvino(path: Path, model: Any, threads: int | None = None, precision: str = "f32") -> Run:
    """A function that runs an openvino.Model, which was read from `path`, on the processor."""
    return _running(_compiled(path, model, _settings(precision, threads)))


def _settings(precision: str, threads: int | None = None) -> dict[str, Any]:
    # The precision is always said: left to itself OpenVINO takes bfloat16 where it can, which moves joints.
    settings: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": precision}
    return settings | ({"INFERENCE_NUM_THREADS": threads} if threads else {})


def _compiled(path: Path, model: Any, settings: dict[str, Any]) -> Any:
    try:
        return openvino_core().compile_model(model, "CPU", settings)
    except Exception as error:  # as above
        raise not_loaded(path, error) from error


def _running(compiled: Any) -> Run:
    request = compiled.create_infer_request()
    count = len(compiled.outputs)
    # Inputs of a fixed size have their place, which spares making tensors of arrays in each call.
    fixed = all(given.partial_shape.is_static for given in compiled.inputs)
    places = [request.get_input_tensor(i).data for i in range(len(compiled.inputs))] if fixed else []

    def run(*arrays: NDArray[Any]) -> list[NDArray[Any]]:
        if fixed:
            _put(arrays, places)
        request.infer(None if fixed else list(arrays), share_inputs=True)
        return [request.get_output_tensor(i).data.copy() for i in range(count)]

    return run


def _put(arrays: Sequence[NDArray[Any]], places: Sequence[NDArray[Any]]) -> None:
    shapes = [array.shape for array in arrays], [place.shape for place in places]
    if shapes[0] != shapes[1]:
        raise ValueError(f"expected arrays of shapes {shapes[1]}, got {shapes[0]}")
    for array, place in zip(arrays, places):
        np.copyto(place, array, casting="no")


def _key(path: Path, settings: dict[str, Any]) -> str:
    """All that a compiled network depends on."""
    import openvino

    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise not_loaded(path, error) from error
    processor = processor_name(), openvino_precisions(), os.cpu_count()
    return f"{openvino.__version__} {processor} {settings} {digest}"


@cache
def openvino_core() -> Any:
    """OpenVINO's entrance. Raises RuntimeModelError where it cannot be imported."""
    # A module that is None cannot be imported, which openvino allows for both. Telemetry starts a thread that reports
    # the program's use over the network. Conversion of other kinds of models is half the time of importing.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    conversion = "openvino.tools.ovc"
    spared = sys.modules.setdefault(conversion, None) is None  # type: ignore[arg-type]
    try:
        import openvino
    except ImportError as error:
        message = f"device openvino: cannot be imported ({telling_line(error)}); install openvino or use --device cpu"
        raise RuntimeModelError(message) from None
    finally:
        if spared:
            del sys.modules[conversion]
    return openvino.Core()
