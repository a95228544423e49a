"""Parts of an exported network, and what goes on inside of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import helper, numpy_helper


def session_giving(model: onnx.ModelProto, names: Sequence[str]) -> onnxruntime.InferenceSession:
    """A session whose outputs include these tensors of the graph, float32 each."""
    part = onnx.ModelProto()
    part.CopyFrom(model)
    part.graph.output.extend(helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names)
    return onnxruntime.InferenceSession(part.SerializeToString(), providers=["CPUExecutionProvider"])


def convolution(model: onnx.ModelProto, name: str) -> tuple[onnx.NodeProto, NDArray[np.float32]]:
    """The convolution of this name and its weights. Raises ValueError where there is none."""
    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    for node in model.graph.node:
        if node.name == name and node.op_type == "Conv" and node.input[1] in weights:
            return node, numpy_helper.to_array(weights[node.input[1]])
    raise ValueError(f"there is no convolution {name}")


def put_before(
    model: onnx.ModelProto, node: onnx.NodeProto, nodes: Sequence[onnx.NodeProto], constants: Mapping[str, NDArray[Any]]
) -> None:
    """Add nodes right before another one, and constants by name; what nothing reads any more goes."""
    graph = model.graph
    place = list(graph.node).index(node)
    for added in reversed(nodes):
        added.name = f"{added.output[0]}/{added.op_type}"
        graph.node.insert(place, added)
    graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in constants.items())
    read = {name for each in graph.node for name in each.input}
    for left in [tensor for tensor in graph.initializer if tensor.name not in read]:
        graph.initializer.remove(left)
