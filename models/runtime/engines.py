"""A graph on a device: ONNX Runtime or OpenVINO, numpy in and out. Each is imported when it is first needed."""

from __future__ import annotations

import importlib.util
import logging
import sys
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from app.setup.facts import has_nvidia_driver
from models.runtime.card import RuntimeModelError
from models.runtime.falling_back import FallingBack, Run

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
        return _open_openvino(path, threads, precision, int8)
    if device == "auto":
        if has_nvidia_driver():  # without one, asking ONNX Runtime for CUDA only costs time and error lines
            try:
                return _open_gpu(path, "cuda", dynamic)
            except RuntimeModelError as error:
                _log.info("CUDA is not used: %s", error)
        return _open_processor(path, threads, precision, int8)
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
    return FallingBack(path, run, device, lambda: _open_processor(path, None, "f32", None)), device


def _open_processor(path: Path, threads: int | None, precision: str, int8: Path | None) -> tuple[Run, str]:
    """OpenVINO where it is installed, else ONNX Runtime."""
    if importlib.util.find_spec("openvino") is not None:
        return _open_openvino(path, threads, precision, int8)
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
        raise _not_loaded(path, error) from error
    if needed is not None and needed not in session.get_providers():
        name = needed.removesuffix("ExecutionProvider").lower()
        raise RuntimeModelError(f"device {name}: its libraries do not load here; use --device auto")
    inputs, outputs = [i.name for i in session.get_inputs()], [o.name for o in session.get_outputs()]

    def run(*arrays: NDArray[Any]) -> list[NDArray[Any]]:
        answers: list[NDArray[Any]] = session.run(outputs, dict(zip(inputs, arrays, strict=True)))
        return answers

    return run


def _open_openvino(path: Path, threads: int | None, precision: str, int8: Path | None) -> tuple[Run, str]:
    available = openvino_precisions()
    if precision not in available or (precision == "int8" and int8 is None):
        precision = "f32"
    name = "OpenVINO CPU" if precision == "f32" else f"OpenVINO CPU, {precision}"
    if precision == "int8" and int8 is not None:
        path, precision = int8, "bf16" if "bf16" in available else "f32"  # of the layers that are not in 8 bits
    return compile_openvino(path, read_openvino(path), threads, precision), name


def openvino_precisions() -> tuple[str, ...]:
    """Those that this processor has instructions for, without OpenVINO none."""
    core = _openvino_core()
    if core is None:
        return ()
    capabilities = core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    others = [name for name in ("bf16", "int8") if name.upper() in capabilities]
    return ("f32", *others)


def processor_name() -> str:
    """As OpenVINO calls it, "" without OpenVINO."""
    core = _openvino_core()
    return "" if core is None else str(core.get_property("CPU", "FULL_DEVICE_NAME"))


def _openvino_core() -> Any:
    """OpenVINO's entrance, None where it is not installed."""
    # Importing openvino starts a thread that reports the program's use over the network, unless this module is missing.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    try:
        import openvino
    except ImportError:
        return None
    return openvino.Core()


def read_openvino(path: Path) -> Any:
    """The file as an openvino.Model. Raises RuntimeModelError where OpenVINO or the file cannot be used."""
    # Importing openvino starts a thread that reports the program's use over the network, unless this module is missing.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    try:
        from openvino.frontend import FrontEndManager
    except ImportError as error:
        message = f"device openvino: cannot be imported ({telling_line(error)}); install openvino or use --device cpu"
        raise RuntimeModelError(message) from None
    try:
        # Named, because looking for a front end that fits makes the others complain on stderr about a broken file.
        front_end = FrontEndManager().load_by_framework("onnx")
        model = front_end.convert(front_end.load(str(path)))
        if not model.outputs:
            raise ValueError("it is empty")
    except Exception as error:  # OpenVINO raises RuntimeError and others for files it cannot read
        raise _not_loaded(path, error) from error
    return model


def compile_openvino(path: Path, model: Any, threads: int | None = None, precision: str = "f32") -> Run:
    """A function that runs an openvino.Model, which was read from `path`, on the processor."""
    import openvino

    # Always said: left to itself OpenVINO takes bfloat16 where it can, which moves joints.
    settings: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": precision}
    if threads:
        settings["INFERENCE_NUM_THREADS"] = threads
    try:
        compiled = openvino.Core().compile_model(model, "CPU", settings)
    except Exception as error:  # as above
        raise _not_loaded(path, error) from error
    request = compiled.create_infer_request()
    count = len(compiled.outputs)

    def run(*arrays: NDArray[Any]) -> list[NDArray[Any]]:
        request.infer(list(arrays), share_inputs=True)
        return [request.get_output_tensor(i).data.copy() for i in range(count)]

    return run


def _not_loaded(path: Path, error: Exception) -> RuntimeModelError:
    return RuntimeModelError(f"{path}: is not a model that can be loaded ({telling_line(error)})")


def telling_line(error: Exception) -> str:
    """One line of an error: the last, because OpenVINO begins with its own source lines and ends with the cause."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[-1] if lines else type(error).__name__)[:200]
