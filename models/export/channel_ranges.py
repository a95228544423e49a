"""Quantises single convolutions of an ONNX graph, each channel of what they take with a range of its own.

The layers next to the occupancy see one value in nearly all cells and others near the hand. Of the channels' largest
values some are ten times others: one range for all of them leaves too few of the 256 steps to most
(docs/experiments.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from models.export.inside import session_giving

SHARE = 99.99
"""Percentile of a channel's values that its range ends at. The few beyond it are cut off: a range up to the very
largest value costs 0.2 mm."""
UNSIGNED, SIGNED = 255, 127
"""The largest of 8 bits without a sign and with one."""


def taken_by(model: onnx.ModelProto, names: Sequence[str], inputs: Iterable[Mapping[str, Any]]) -> list[NDArray[Any]]:
    """What these convolutions take: (C, N) each, the channels of all cells of all inputs.

    inputs: arrays by the names that the graph gives them. Raises ValueError where it has no such convolution.
    """
    seen = [_convolution(model, name).input[0] for name in names]
    session = session_giving(model, seen)
    answers = [session.run(seen, dict(given)) for given in inputs]
    return [np.concatenate([each[0].reshape(each.shape[1], -1) for each in taken], axis=1) for taken in zip(*answers)]


def ranges(taken: NDArray[Any]) -> NDArray[np.float32]:
    """Where the range of each channel (C,) ends, of what a convolution takes, (C, N)."""
    ends = np.percentile(taken, SHARE, axis=1)
    return np.maximum(ends, 1e-3 * max(float(ends.max()), 1e-6)).astype(np.float32)


def quantise(model: onnx.ModelProto, name: str, ends: NDArray[np.float32]) -> None:
    """Change a convolution to take 8 bits without a sign, 0 up to `ends` (C,) in each channel, its weights in 8 bits.

    What it takes is divided by its channel's step, and its weights are multiplied by it, so that a runtime sees one
    step, 1, for all channels. Raises ValueError where the model has no such convolution.
    """
    convolution = _convolution(model, name)
    given, weights_name = convolution.input[0], convolution.input[1]
    weights = next((numpy_helper.to_array(w) for w in model.graph.initializer if w.name == weights_name), None)
    if weights is None or weights.shape[1] != len(ends):
        raise ValueError(f"{name}: expected weights of {len(ends)} channels")
    spatial = (1,) * (weights.ndim - 2)
    steps = ends.reshape(1, -1, *spatial) / UNSIGNED
    constants: dict[str, NDArray[Any]] = {}

    def constant(word: str, value: NDArray[Any]) -> str:
        constants[f"{name}/{word}"] = value
        return f"{name}/{word}"

    eight_bit, weight_steps = _in_eight_bits(weights * steps)
    one, nothing = constant("step", np.float32(1)), constant("zero", np.uint8(0))
    of_weights = constant("weight_steps", weight_steps), constant("weight_zeros", np.zeros(len(weights), np.int8))
    nodes = [
        helper.make_node("QuantizeLinear", [given, one, nothing], [f"{name}/quantised"]),
        helper.make_node("DequantizeLinear", [f"{name}/quantised", one, nothing], [f"{name}/taken"]),
        helper.make_node("DequantizeLinear", [constant("weights", eight_bit), *of_weights], [f"{name}/w"], axis=0),
    ]
    if not (steps == 1).all():
        per_step = constant("per_step", (1 / steps).astype(np.float32))
        nodes.insert(0, helper.make_node("Mul", [given, per_step], [f"{name}/in_steps"]))
        nodes[1].input[0] = f"{name}/in_steps"
    for node in nodes:
        node.name = f"{node.output[0]}/{node.op_type}"
    place = list(model.graph.node).index(convolution)
    convolution.input[0], convolution.input[1] = f"{name}/taken", f"{name}/w"
    for node in reversed(nodes):
        model.graph.node.insert(place, node)
    model.graph.initializer.extend(numpy_helper.from_array(np.asarray(v), key) for key, v in constants.items())
    used = {tensor for node in model.graph.node for tensor in node.input}
    for left in [tensor for tensor in model.graph.initializer if tensor.name not in used]:
        model.graph.initializer.remove(left)


def _in_eight_bits(weights: NDArray[Any]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Weights (K, ...) in whole steps, and the step (K,) of each output channel."""
    largest = np.abs(weights).reshape(len(weights), -1).max(axis=1)
    steps = (np.maximum(largest, 1e-12) / SIGNED).astype(np.float32)
    whole = np.round(weights / steps.reshape(-1, *(1,) * (weights.ndim - 1)))
    return np.clip(whole, -SIGNED, SIGNED).astype(np.int8), steps


def _convolution(model: onnx.ModelProto, name: str) -> onnx.NodeProto:
    for node in model.graph.node:
        if node.name == name and node.op_type == "Conv":
            return node
    raise ValueError(f"there is no convolution {name}")
