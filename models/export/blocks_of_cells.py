"""The first convolution of a network over blocks of 2^3 cells with eight channels, instead of over cells with one.

Processors that multiply matrices, as those with AMX, do so with 64 channels at a time or not at all: for one channel
they take as long as for 64. The same sums over blocks take a third of the time (docs/experiments.md).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

KERNEL, STRIDE, PADDING = 4, 2, 1
BLOCK_CELLS = STRIDE**3


def over_blocks(model: onnx.ModelProto, name: str) -> None:
    """Change the convolution that takes the graph's occupancy (1, 1, D, D, D) to take (1, 8, B, B, B), B = D / 2 + 1.

    Raises ValueError for a convolution that is not of `KERNEL`, `STRIDE` and `PADDING`, or takes something else.
    """
    graph = model.graph
    convolution = next((node for node in graph.node if node.name == name and node.op_type == "Conv"), None)
    cast = next(
        (n for n in graph.node if convolution and n.op_type == "Cast" and n.output[0] == convolution.input[0]), None
    )
    given = next((i for i in graph.input if cast and i.name == cast.input[0]), None)
    if convolution is None or cast is None or given is None:
        raise ValueError(f"{name}: expected a convolution of the occupancy")
    said = {attribute.name: helper.get_attribute_value(attribute) for attribute in convolution.attribute}
    weights = next(numpy_helper.to_array(w) for w in graph.initializer if w.name == convolution.input[1])
    geometry = list(weights.shape[1:]), list(said["strides"]), list(said["pads"])
    if geometry != ([1, *[KERNEL] * 3], [STRIDE] * 3, [PADDING] * 6):
        raise ValueError(f"{name}: expected kernels of {KERNEL}^3, stride {STRIDE}, padding {PADDING}, got {geometry}")
    resolution = given.type.tensor_type.shape.dim[2].dim_value
    blocks = (resolution + 2 * PADDING) // STRIDE
    constants: dict[str, NDArray[Any]] = {
        f"{name}/border": np.array(2 * [0, 0, *[PADDING] * 3], np.int64),
        f"{name}/split": np.array([1, *[blocks, STRIDE] * 3], np.int64),
        f"{name}/joined": np.array([1, BLOCK_CELLS, *[blocks] * 3], np.int64),
        f"{name}/block_weights": block_weights(weights),
    }
    border, split, joined, block = constants
    padded, cells, turned, made = (f"{name}/{word}" for word in ("padded", "cells", "turned", "blocks"))
    nodes = [
        helper.make_node("Pad", [given.name, border], [padded]),
        helper.make_node("Reshape", [padded, split], [cells]),
        helper.make_node("Transpose", [cells], [turned], perm=[0, 2, 4, 6, 1, 3, 5]),
        helper.make_node("Reshape", [turned, joined], [made]),
    ]
    for node in nodes:
        node.name = f"{node.output[0]}/{node.op_type}"
    place = list(graph.node).index(cast)
    cast.input[0], convolution.input[1] = made, block
    for word, value in {"kernel_shape": [2] * 3, "strides": [1] * 3, "pads": [0] * 6}.items():
        kept = [attribute for attribute in convolution.attribute if attribute.name != word]
        del convolution.attribute[:]
        convolution.attribute.extend([*kept, helper.make_attribute(word, value)])
    for node in reversed(nodes):
        graph.node.insert(place, node)
    graph.initializer.extend(numpy_helper.from_array(value, key) for key, value in constants.items())


def block_weights(weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Weights (K, 1, 4, 4, 4) over cells as (K, 8, 2, 2, 2) over blocks; channels are a block's cells, z fastest."""
    split = weights.reshape(len(weights), 2, STRIDE, 2, STRIDE, 2, STRIDE)
    blocks: NDArray[np.float32] = split.transpose(0, 2, 4, 6, 1, 3, 5).reshape(len(weights), BLOCK_CELLS, 2, 2, 2)
    return np.ascontiguousarray(blocks)
