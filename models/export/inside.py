"""What goes on inside of an exported network."""

from __future__ import annotations

from collections.abc import Sequence

import onnx
import onnxruntime
from onnx import helper


def session_giving(model: onnx.ModelProto, names: Sequence[str]) -> onnxruntime.InferenceSession:
    """A session whose outputs include these tensors of the graph, float32 each."""
    part = onnx.ModelProto()
    part.CopyFrom(model)
    part.graph.output.extend(helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names)
    return onnxruntime.InferenceSession(part.SerializeToString(), providers=["CPUExecutionProvider"])
