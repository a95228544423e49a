"""Ways to run a graph on an NVIDIA GPU through ONNX Runtime, to be compared with each other (models/gpu_bench.py)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.runtime.card import RuntimeModelError
from models.runtime.falling_back import Run, session_run

Options = dict[str, str]


@dataclass(frozen=True, slots=True)
class Way:
    """provider: of ONNX Runtime, without its ending. options: of the provider.

    bound: inputs and outputs keep their place in the GPU's memory, so that a call copies and nothing else. A CUDA graph
    needs that.
    """

    name: str
    provider: str
    options: Options = field(default_factory=dict)
    bound: bool = False


_SEARCHED: Options = {"cudnn_conv_algo_search": "EXHAUSTIVE"}
_GRAPH: Options = {"enable_cuda_graph": "1"}
WAYS: Sequence[Way] = (
    Way("CUDA", "CUDA", _SEARCHED),
    Way("CUDA, bound", "CUDA", _SEARCHED, bound=True),
    Way("CUDA, bound, TF32 off", "CUDA", {**_SEARCHED, "use_tf32": "0"}, bound=True),
    Way("CUDA, graph", "CUDA", {**_SEARCHED, **_GRAPH}, bound=True),
    Way("TensorRT", "Tensorrt"),
    Way("TensorRT, fp16", "Tensorrt", {"trt_fp16_enable": "1"}),
    Way("TensorRT, bf16", "Tensorrt", {"trt_bf16_enable": "1"}),
    Way("TensorRT, fp16, graph", "Tensorrt", {"trt_fp16_enable": "1", "trt_cuda_graph_enable": "1"}, bound=True),
)
"""`--device cuda` is the first of them, `--device tensorrt` the fifth."""


def open_way(path: Path, way: Way, example: Sequence[NDArray[Any]], outputs: Sequence[tuple[int, ...]]) -> Run:
    """The graph on the GPU that way. example: inputs of the shapes that will come. outputs: the shapes of its answers.

    Raises RuntimeModelError with one line where this computer or this ONNX Runtime cannot do it.
    """
    import onnxruntime

    provider = f"{way.provider}ExecutionProvider"
    if provider not in onnxruntime.get_available_providers():
        raise RuntimeModelError(f"this ONNX Runtime was built without {way.provider}")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=[(provider, way.options)])
        if provider not in session.get_providers():
            raise RuntimeModelError(f"the libraries of {way.provider} do not load here")
        run = _Bound(onnxruntime, session, example, outputs) if way.bound else session_run(session)
        run(*example)
    except RuntimeModelError:
        raise
    except Exception as error:  # ONNX Runtime raises a type of its own for each cause
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise RuntimeModelError(lines[0][:200]) from None
    return run


class _Bound:
    """A session whose inputs and outputs lie in the GPU's memory for good."""

    def __init__(
        self, ort: Any, session: Any, example: Sequence[NDArray[Any]], outputs: Sequence[tuple[int, ...]]
    ) -> None:
        self._session, self._binding = session, session.io_binding()
        self._inputs = [ort.OrtValue.ortvalue_from_numpy(array, "cuda", 0) for array in example]
        for given, value in zip(session.get_inputs(), self._inputs, strict=True):
            self._binding.bind_ortvalue_input(given.name, value)
        self._outputs = [ort.OrtValue.ortvalue_from_shape_and_type(shape, np.float32, "cuda", 0) for shape in outputs]
        for answer, value in zip(session.get_outputs(), self._outputs, strict=True):
            self._binding.bind_ortvalue_output(answer.name, value)

    def __call__(self, *arrays: NDArray[Any]) -> list[NDArray[Any]]:
        for value, array in zip(self._inputs, arrays, strict=True):
            value.update_inplace(array)
        self._session.run_with_iobinding(self._binding)
        return [value.numpy() for value in self._outputs]
