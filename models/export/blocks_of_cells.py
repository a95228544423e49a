"""The first convolution of a network over blocks of 2^3 cells with eight channels, instead of over cells with one.

Processors that multiply matrices, as those with AMX, do so with 64 channels at a time or not at all: for one channel
they take as long as for 64. The same sums over blocks take a third of the time (docs/experiments.md).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper

from models.export.inside import convolution, put_before

KERNEL, STRIDE, PADDING = 4, 2, 1
BLOCK_CELLS = STRIDE**3
AXES = [0, 2, 4, 6, 1, 3, 5]
"""From (N, B, 2, B, 2, B, 2) to a block's cells before the blocks."""


def over_blocks(model: onnx.ModelProto, name: str) -> None:
    """Change the convolution that takes the graph's occupancy (1, 1, D, D, D) to take (1, 8, B, B, B), B = D / 2 + 1.

    Raises ValueError for a convolution that is not of `KERNEL`, `STRIDE` and `PADDING`, or takes something else.
    """
    graph = model.graph
    node, weights = convolution(model, name)
    cast = next((each for each in graph.node if each.op_type == "Cast" and each.output[0] == node.input[0]), None)
    given = next((each for each in graph.input if cast and each.name == cast.input[0]), None)
    said = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
    geometry = list(weights.shape[1:]), list(said["strides"]), list(said["pads"])
    if cast is None or given is None or geometry != ([1, *[KERNEL] * 3], [STRIDE] * 3, [PADDING] * 6):
        raise ValueError(
            f"{name}: expected a convolution of the occupancy with kernels of {KERNEL}^3, stride {STRIDE} and padding "
            f"{PADDING}, got {geometry}"
        )
    blocks = (given.type.tensor_type.shape.dim[2].dim_value + 2 * PADDING) // STRIDE
    constants: dict[str, NDArray[Any]] = {
        "border": np.array(2 * [0, 0, *[PADDING] * 3], np.int64),
        "split": np.array([1, *[blocks, STRIDE] * 3], np.int64),
        "joined": np.array([1, BLOCK_CELLS, *[blocks] * 3], np.int64),
        "block_weights": block_weights(weights),
    }
    border, split, joined, new_weights = (f"{name}/{word}" for word in constants)
    bordered, cells, turned, taken = (f"{name}/{word}" for word in ("bordered", "cells", "turned", "blocks"))
    nodes = [
        helper.make_node("Pad", [given.name, border], [bordered]),
        helper.make_node("Reshape", [bordered, split], [cells]),
        helper.make_node("Transpose", [cells], [turned], perm=AXES),
        helper.make_node("Reshape", [turned, joined], [taken]),
    ]
    cast.input[0], node.input[1] = taken, new_weights
    kept = [attribute for attribute in node.attribute if attribute.name not in ("kernel_shape", "strides", "pads")]
    del node.attribute[:]
    shape = {"kernel_shape": [KERNEL // STRIDE] * 3, "strides": [1] * 3, "pads": [0] * 6}
    node.attribute.extend([*kept, *(helper.make_attribute(word, value) for word, value in shape.items())])
    put_before(model, cast, nodes, {f"{name}/{word}": value for word, value in constants.items()})


def block_weights(weights: NDArray[Any]) -> NDArray[np.float32]:
    """Weights (K, 1, 4, 4, 4) over cells as (K, 8, 2, 2, 2) over blocks; channels are a block's cells, z fastest."""
    blocks = KERNEL // STRIDE
    cells = weights.reshape(len(weights), *[blocks, STRIDE] * 3).transpose(AXES)
    return np.ascontiguousarray(cells.reshape(len(weights), BLOCK_CELLS, *[blocks] * 3), np.float32)
