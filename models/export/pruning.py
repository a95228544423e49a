"""Takes out the channels that a network does without: `python -m models.export.pruning --model NAME.onnx`.

Of the channels between the two convolutions of a residual block many may never be more than zero, others follow from
those beside them. One after the other, the channel is taken out whose loss costs least, and the weights of the others
make up for it as well as they can (least squares; the optimal brain surgeon of Hassibi and Stork, 1993, for groups of
weights). Nothing is trained; `--init` goes on from such a file.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from models.command import run_command
from models.export.int8 import RANGES_SEED, volumes
from models.export.rewriting import rewrite, run
from models.runtime import PoseNetwork
from models.runtime.card import put_on_card
from models.runtime.int8 import CARD_KEY

LOST = 1e-4
"""Of the variance of a block's answer, what may get lost."""
WORTH = 1 / 8
"""A block that can spare fewer of its channels stays as it is."""
LIMIT_MM = 0.5
"""Joints that move more than this in the mean were not read by what is left."""
SAMPLES = 350
CELLS = 160
"""Looked at in each volume, at random."""
RIDGE = 1e-5
"""Of the mean variance of an input, added to each, for dead channels have none."""

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Block:
    """A residual block: its convolutions, whose input and answer stay, and the name of what goes between them."""

    first: onnx.NodeProto
    second: onnx.NodeProto
    between: str


def blocks(graph: onnx.GraphProto) -> list[Block]:
    """The residual blocks of an exported network (models/networks/blocks.py), in their order."""
    nodes = {node.name: node for node in graph.node}
    found = []
    for name, first in nodes.items():
        second = nodes.get(name.replace("/residual.0/Conv", "/residual.3/Conv"))
        if name.endswith("/residual.0/Conv") and second is not None:
            found.append(Block(first, second, second.input[0]))
    return found


def channels(graph: onnx.GraphProto) -> dict[str, int]:
    """How many channels go between the convolutions of each residual block."""
    sizes = {tensor.name: tensor.dims[0] for tensor in graph.initializer}
    return {_name(block): sizes[block.first.input[1]] for block in blocks(graph)}


def _name(block: Block) -> str:
    return block.first.name.removeprefix("/network/").rsplit("/residual/", 1)[0]


def spared(weights: Array, mean: Array, covariance: Array, lost: float) -> tuple[list[int], Array, Array]:
    """Channels that are kept, the weights of what reads them, and what its bias has to make up for.

    weights: (O, C, K), what reads C channels in K cells each. mean (C K), covariance (C K, C K): of what it reads.
    lost: of the variance of its answer, what may get lost. Returns channels, weights (O, kept, K) and additions (O,).
    """
    outputs, channels, cells = weights.shape
    before = weights.reshape(outputs, -1).T  # (C K, O)
    after = before.copy()
    may_be_lost = lost * float((before * (covariance @ before)).sum())
    inverse = np.linalg.inv(covariance + RIDGE * covariance.diagonal().mean() * np.eye(len(covariance)))
    kept, lost_so_far = list(range(channels)), 0.0
    while len(kept) > 1:
        groups = np.array(kept)[:, None] * cells + np.arange(cells)  # (kept, K)
        own = inverse[groups[:, :, None], groups[:, None, :]]  # (kept, K, K)
        theirs = after[groups]  # (kept, K, O)
        costs = (theirs * np.linalg.solve(own, theirs)).sum(axis=(1, 2))
        least = int(costs.argmin())
        lost_so_far += float(costs[least])
        if lost_so_far > may_be_lost:
            break
        group = groups[least]
        makes_up = np.linalg.solve(own[least], inverse[group])  # (K, C K)
        after -= makes_up.T @ theirs[least]
        inverse -= inverse[:, group] @ makes_up
        after[group] = inverse[group] = 0
        inverse[:, group] = 0
        del kept[least]
    new = after.T.reshape(outputs, channels, cells)[:, kept]
    return kept, new, mean @ (before - after)


def pruned(model: onnx.ModelProto, occupancy: NDArray[np.uint8]) -> onnx.ModelProto:
    """The network without the channels of its residual blocks that it does without on volumes (N, D, D, D)."""
    made = onnx.ModelProto()
    made.CopyFrom(model)
    del made.graph.value_info[:]
    stored = {tensor.name: tensor for tensor in made.graph.initializer}
    found = blocks(made.graph)
    kernels = {block.between: list(stored[block.second.input[1]].dims[2:]) for block in found}
    moments = _moments(made, kernels, occupancy)
    for block in found:
        read = [numpy_helper.to_array(stored[name]) for name in (*block.first.input[1:], *block.second.input[1:])]
        first_weights, first_bias, second_weights, second_bias = read
        flat = second_weights.reshape(*second_weights.shape[:2], -1).astype(np.float64)
        kept, weights, addition = spared(flat, *moments[block.between], LOST)
        if len(kept) > (1 - WORTH) * flat.shape[1]:
            continue
        print(f"{_name(block)}: {len(kept)} of {flat.shape[1]} channels", flush=True)
        changed = {
            block.first.input[1]: first_weights[kept],
            block.first.input[2]: first_bias[kept],
            block.second.input[1]: weights.reshape(len(weights), len(kept), *second_weights.shape[2:]),
            block.second.input[2]: second_bias + addition,
        }
        for name, values in changed.items():
            stored[name].CopyFrom(numpy_helper.from_array(np.ascontiguousarray(values, np.float32), name))
    onnx.checker.check_model(made)
    return made


def make(path: Path, samples: int) -> float:
    """Take channels out of a network; how far its joints move and errors as of `rewrite`.

    Its 8-bit form is of the network before, and counts no longer.
    """
    plain, before = PoseNetwork(path, "cpu"), _weights(path)
    seen = volumes(plain, samples, RANGES_SEED)
    moved_mm = rewrite(path, partial(pruned, occupancy=seen.occupancy), samples, LIMIT_MM)
    card, parameters = path.with_suffix(".json"), plain.card.parameters - (before - _weights(path))
    put_on_card(card, parameters=parameters, block_channels=channels(onnx.load(str(path)).graph), **{CARD_KEY: None})
    return moved_mm


def _weights(path: Path) -> int:
    """How many numbers a file holds."""
    return sum(int(np.prod(tensor.dims)) for tensor in onnx.load(str(path)).graph.initializer)


def _moments(
    model: onnx.ModelProto, kernels: dict[str, list[int]], occupancy: NDArray[np.uint8]
) -> dict[str, tuple[Array, Array]]:
    """Mean (C K) and covariance (C K, C K) of what convolutions with zeros around read, channels first, then cells.

    kernels: their sizes, by the name of what goes into them, (1, C, D, D, D).
    """
    session = _giving(model, list(kernels))
    given = {i.name: np.ones(i.shape, np.float32) for i in session.get_inputs() if i.name != "occupancy"}
    rng = np.random.default_rng(0)
    counts, totals, squares = dict.fromkeys(kernels, 0), {}, {}
    for volume in occupancy:
        answers = session.run(list(kernels), given | {"occupancy": volume[None, None]})
        for (name, kernel), (answer,) in zip(kernels.items(), answers):
            rows = _read(answer, kernel, rng)
            if name not in squares:
                totals[name], squares[name] = np.zeros(rows.shape[1]), np.zeros([rows.shape[1]] * 2, np.float32)
            counts[name] += len(rows)
            totals[name] += rows.sum(axis=0)
            squares[name] += rows.T @ rows
    means = {name: total / counts[name] for name, total in totals.items()}
    return {n: (mean, squares[n] / counts[n] - np.outer(mean, mean)) for n, mean in means.items()}


def _giving(model: onnx.ModelProto, names: Sequence[str]) -> onnxruntime.InferenceSession:
    """A session that gives what goes on inside of a network."""
    part = onnx.ModelProto()
    part.CopyFrom(model)
    part.graph.output.extend(helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names)
    return onnxruntime.InferenceSession(part.SerializeToString(), providers=["CPUExecutionProvider"])


def _read(features: NDArray[np.float32], kernel: Sequence[int], rng: np.random.Generator) -> NDArray[np.float32]:
    """What a convolution reads of features (C, D, D, D) at `CELLS` places at random: (N, C K)."""
    padded = np.pad(features, [(0, 0), *((size // 2, size // 2) for size in kernel)])
    windows = sliding_window_view(padded, tuple(kernel), axis=(1, 2, 3))  # (C, D, D, D, K, K, K)
    cells = rng.permutation(int(np.prod(windows.shape[1:4])))[:CELLS]
    x, y, z = np.unravel_index(cells, windows.shape[1:4])
    return windows[:, x, y, z].swapaxes(0, 1).reshape(len(cells), -1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Returns the exit status: 0 done, 1 failed."""
    description = "Take out the channels that a network does without."
    return run("models.export.pruning", description, make, arguments, SAMPLES)


if __name__ == "__main__":
    sys.exit(run_command("models.export.pruning", main))
