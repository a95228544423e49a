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
from onnx import helper

from models.export.inside import convolution, put_before, session_giving

SHARE = 99.99
"""Percentile of a channel's values that its range ends at. The few beyond it are cut off: a range up to the very
largest value costs 0.2 mm."""
UNSIGNED, SIGNED = 255, 127
"""The largest of 8 bits without a sign and with one."""


def taken_by(model: onnx.ModelProto, names: Sequence[str], inputs: Iterable[Mapping[str, Any]]) -> list[NDArray[Any]]:
    """What these convolutions take: (C, N) each, the channels of all cells of all inputs.

    inputs: arrays by the names that the graph gives them. Raises ValueError where it has no such convolution.
    """
    seen = [convolution(model, name)[0].input[0] for name in names]
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
    node, weights = convolution(model, name)
    if weights.shape[1] != len(ends):
        raise ValueError(f"{name}: expected ranges of {weights.shape[1]} channels, got {len(ends)}")
    steps = (ends / UNSIGNED).reshape(1, -1, *(1,) * (weights.ndim - 2))
    whole, weight_steps = _in_eight_bits(weights * steps)
    constants: dict[str, NDArray[Any]] = {
        "step": np.array(1, np.float32),
        "zero": np.array(0, np.uint8),
        "per_step": (1 / steps).astype(np.float32),
        "whole": whole,
        "weight_steps": weight_steps,
        "weight_zeros": np.zeros(len(weights), np.int8),
    }
    one, zero, per_step, *of_weights = (f"{name}/{word}" for word in constants)
    made = "in_steps", "in_8_bits", "taken", "weights"
    in_steps, in_8_bits, taken, new_weights = (f"{name}/{word}" for word in made)
    nodes = [
        helper.make_node("Mul", [node.input[0], per_step], [in_steps]),
        helper.make_node("QuantizeLinear", [in_steps, one, zero], [in_8_bits]),
        helper.make_node("DequantizeLinear", [in_8_bits, one, zero], [taken]),
        helper.make_node("DequantizeLinear", of_weights, [new_weights], axis=0),
    ]
    if (steps == 1).all():
        nodes[1].input[0] = node.input[0]
        del nodes[0]
    node.input[0], node.input[1] = taken, new_weights
    put_before(model, node, nodes, {f"{name}/{word}": value for word, value in constants.items()})


def _in_eight_bits(weights: NDArray[Any]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Weights (K, ...) in whole steps, and the step (K,) of each output channel."""
    largest = np.abs(weights).reshape(len(weights), -1).max(axis=1)
    steps = (np.maximum(largest, 1e-12) / SIGNED).astype(np.float32)
    whole = np.round(weights / steps.reshape(-1, *(1,) * (weights.ndim - 1)))
    return np.clip(whole, -SIGNED, SIGNED).astype(np.int8), steps
