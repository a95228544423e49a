"""A graph on a device: ONNX Runtime or OpenVINO, numpy in and out. Each is imported when it is first needed."""

from __future__ import annotations

import importlib.util
import logging
from pathlib import Path
from typing import Any

from app.setup.facts import has_nvidia_driver
from models.runtime.card import RuntimeModelError, not_loaded
from models.runtime.falling_back import FallingBack, Run, session_run
from models.runtime.openvino_cpu import CompiledFile, openvino_precisions

_log = logging.getLogger(__name__)


def open_graph(
    path: Path, device: str, threads: int | None, dynamic: bool, precision: str = "f32", int8: Path | None = None
) -> tuple[Run, str]:
    """A function that runs the file, and what it really runs on, with the precision where that is not float32.

    One on a GPU goes on on the processor where the GPU fails later; its `device` then says so.

    A precision that is not there is float32: only OpenVINO has others, on processors with instructions for them.
    int8: the same network in 8 bits (models/runtime/int8.py), where it has been made.
    """
    if device in ("cuda", "tensorrt"):
        return _open_gpu(path, device, dynamic)
    if device == "openvino":
        return _open_openvino(path, threads, dynamic, precision, int8)
    if device == "auto":
        if has_nvidia_driver():  # without one, asking ONNX Runtime for CUDA only costs time and error lines
            try:
                return _open_gpu(path, "cuda", dynamic)
            except RuntimeModelError as error:
                _log.info("CUDA is not used: %s", error)
        return _open_processor(path, threads, dynamic, precision, int8)
    return _open_onnxruntime(path, ["CPUExecutionProvider"], threads), "ONNX Runtime CPU"


def _open_gpu(path: Path, device: str, dynamic: bool) -> tuple[Run, str]:
    """CUDA or TensorRT, checked to be really in use."""
    name = {"cuda": "CUDA", "tensorrt": "TensorRT"}[device]
    hint = "use --device auto"
    if not has_nvidia_driver():
        raise RuntimeModelError(f"device {device}: there is no NVIDIA driver here; {hint}")
    import onnxruntime

    provider = f"{'Tensorrt' if device == 'tensorrt' else 'CUDA'}ExecutionProvider"
    if provider not in onnxruntime.get_available_providers():
        raise RuntimeModelError(f"device {device}: this ONNX Runtime was built without {name}; {hint}")
    _preload_libraries(onnxruntime)
    # DEFAULT picks one slow algorithm for 3D convolutions; searching pays off because pose shapes never change.
    cuda = ("CUDAExecutionProvider", {"cudnn_conv_algo_search": "HEURISTIC" if dynamic else "EXHAUSTIVE"})
    chosen = [provider, cuda] if device == "tensorrt" else [cuda]
    run = _open_onnxruntime(path, [*chosen, "CPUExecutionProvider"], None, provider)
    device = f"ONNX Runtime {name}"
    return FallingBack(path, run, device, lambda: _open_processor(path, None, dynamic)), device


def _open_processor(
    path: Path, threads: int | None, dynamic: bool, precision: str = "f32", int8: Path | None = None
) -> tuple[Run, str]:
    """OpenVINO where it is installed, else ONNX Runtime."""
    if importlib.util.find_spec("openvino") is not None:
        return _open_openvino(path, threads, dynamic, precision, int8)
    return _open_onnxruntime(path, ["CPUExecutionProvider"], threads), "ONNX Runtime CPU"


def _preload_libraries(onnxruntime: Any) -> None:
    """Load the CUDA libraries that pip installed, where ONNX Runtime would not look for them."""
    if hasattr(onnxruntime, "preload_dlls"):
        # An empty directory searches the nvidia site packages; torch itself is then not imported.
        onnxruntime.preload_dlls(directory="")


def _open_onnxruntime(path: Path, providers: list[Any], threads: int | None, needed: str | None = None) -> Run:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # its complaints go to stderr from C++; what matters is raised or checked below
    options.intra_op_num_threads = threads or 0
    # Spinning threads would take the cores from the camera, the window and a second session.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=providers)
    except Exception as error:  # ONNX Runtime raises a type of its own for each cause
        raise not_loaded(path, error) from error
    if needed is not None and needed not in session.get_providers():
        name = needed.removesuffix("ExecutionProvider").lower()
        raise RuntimeModelError(f"device {name}: its libraries do not load here; use --device auto")
    return session_run(session)


def _open_openvino(
    path: Path, threads: int | None, dynamic: bool, precision: str, int8: Path | None
) -> tuple[Run, str]:
    available = openvino_precisions()
    if precision not in available or (precision == "int8" and int8 is None):
        precision = "f32"
    # One of a kind is kept, that of the last network: who tries many should not fill the disk.
    kept_as = f"{'reference' if dynamic else 'pose'}.{precision}"
    name = "OpenVINO CPU" if precision == "f32" else f"OpenVINO CPU, {precision}"
    if precision == "int8" and int8 is not None:
        path, precision = int8, "bf16" if "bf16" in available else "f32"  # of the layers that are not in 8 bits
    return CompiledFile(path, kept_as, precision, threads), name
