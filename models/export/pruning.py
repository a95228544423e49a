"""Takes out the channels that a network does without: `python -m models.export.pruning --model NAME.onnx`.

Many channels may never be more than zero, others follow from those beside them. One after the other, the channel is
taken out whose loss costs least, and the weights of the others make up for it as well as they can (least squares; the
optimal brain surgeon of Hassibi and Stork, 1993, for groups of weights). Channels that are added to one another, as
beside a residual block, go together. As many are kept as 8-bit instructions take at once, or a multiple; a group that
has no more than that stays. Nothing is trained; `--init` goes on from such a file.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import onnx
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from onnx import numpy_helper

from models.command import run_command
from models.export.inside import session_giving
from models.export.int8 import RANGES_SEED, volumes
from models.export.rewriting import rewrite, run
from models.runtime import PoseNetwork
from models.runtime.card import put_on_card
from models.runtime.int8 import CARD_KEY

LOST = 0.01
"""Of the variance of the answers of those that read channels, summed over them, what may get lost."""
MULTIPLE = 64
"""As many channels as a processor's 8-bit instruction takes at once."""
LIMIT_MM = 1.0
"""Joints that move more than this in the mean were not read by what is left."""
SAMPLES = 160
CELLS = 128
"""Looked at in each volume, at random."""
RIDGE = 1e-5
"""Of the mean variance of an input, added to each, for dead channels have none."""
JOINED = {"Relu": 1, "MaxPool": 1, "BatchNormalization": 1, "Add": 2}
"""Operations that keep channels, and how many of their inputs have them."""
CONVOLUTIONS = ("Conv", "ConvTranspose")

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Group:
    """Channels that stand and fall together: whose convolutions give them, whose read them, and what normalises."""

    givers: list[onnx.NodeProto]
    readers: list[onnx.NodeProto]
    normalisations: list[onnx.NodeProto]

    @property
    def name(self) -> str:
        """That of the layer that gives them first."""
        return self.givers[0].name.removeprefix("/network/").rsplit("/", 1)[0]


@dataclass(frozen=True, slots=True)
class Reader:
    """weights: (O, C, K), what reads C channels in K cells each. mean (C K), covariance (C K, C K): of these."""

    weights: Array
    mean: Array
    covariance: Array


def groups(graph: onnx.GraphProto) -> list[Group]:
    """Channels that only convolutions give and read, in the order of the graph."""
    joined: dict[str, str] = {}

    def of(name: str) -> str:
        while name in joined:
            name = joined[name]
        return name

    for node in graph.node:
        for name in node.input[: JOINED.get(node.op_type, 0)]:
            if of(name) != of(node.output[0]):
                joined[of(name)] = of(node.output[0])
    found: dict[str, Group] = {}
    closed = {of(value.name) for value in (*graph.input, *graph.output)}
    for node in graph.node:
        if node.op_type in CONVOLUTIONS:
            found.setdefault(of(node.output[0]), Group([], [], [])).givers.append(node)
            found.setdefault(of(node.input[0]), Group([], [], [])).readers.append(node)
        elif node.op_type not in JOINED:
            closed.update(of(name) for name in (*node.input, *node.output))
        elif node.op_type == "BatchNormalization":
            found.setdefault(of(node.output[0]), Group([], [], [])).normalisations.append(node)
    return [group for name, group in found.items() if name not in closed and group.givers and group.readers]


def channels(graph: onnx.GraphProto) -> dict[str, int]:
    """How many channels each group has."""
    stored = {tensor.name: tensor for tensor in graph.initializer}
    return {group.name: stored[group.givers[0].input[1]].dims[_gives(group.givers[0])] for group in groups(graph)}


def _gives(node: onnx.NodeProto) -> int:
    """The axis of a convolution's weights along which it gives channels; along the other it reads them."""
    return 1 if node.op_type == "ConvTranspose" else 0


def spared(readers: Sequence[Reader], lost: float, multiple: int) -> tuple[list[int], list[tuple[Array, Array]]]:
    """Channels that are kept, and for each reader its weights (O, kept, K) and what its bias has to make up for (O,).

    lost: of the variance of a reader's answer, summed over all, what may get lost. So many channels are kept that this
    is so, a `multiple`; all where that cannot be.
    """
    states = [_State(reader) for reader in readers]
    kept, lost_so_far = list(range(readers[0].weights.shape[1])), 0.0
    best = list(kept), [state.result(kept) for state in states]
    while len(kept) > multiple:
        costs = np.sum([state.costs(kept) for state in states], axis=0)
        least = int(costs.argmin())
        lost_so_far += float(costs[least])
        if lost_so_far > lost:
            break
        for state in states:
            state.take_out(kept[least])
        del kept[least]
        if len(kept) % multiple == 0:
            best = list(kept), [state.result(kept) for state in states]
    return best


class _State:
    """A reader some of whose channels are taken out already."""

    def __init__(self, reader: Reader) -> None:
        self._shape = outputs, _, self._cells = reader.weights.shape
        covariance = reader.covariance
        self._mean, self._before = reader.mean, reader.weights.reshape(outputs, -1).T  # (C K, O)
        self._after = self._before.copy()
        self._variance = float((self._before * (covariance @ self._before)).sum())
        self._inverse = np.linalg.inv(covariance + RIDGE * covariance.diagonal().mean() * np.eye(len(covariance)))

    def _rows(self, channel: int) -> slice:
        return slice(channel * self._cells, (channel + 1) * self._cells)

    def costs(self, kept: Sequence[int]) -> Array:
        """Of the variance of the answer, what taking out each of the channels that are kept would lose."""
        rows = np.array(kept)[:, None] * self._cells + np.arange(self._cells)  # (kept, K)
        own = self._inverse[rows[:, :, None], rows[:, None, :]]  # (kept, K, K)
        theirs = self._after[rows]  # (kept, K, O)
        costs: Array = (theirs * np.linalg.solve(own, theirs)).sum(axis=(1, 2)) / self._variance
        return costs

    def take_out(self, channel: int) -> None:
        rows = self._rows(channel)
        makes_up = np.linalg.solve(self._inverse[rows, rows], self._inverse[rows])  # (K, C K)
        self._after -= makes_up.T @ self._after[rows]
        self._inverse -= self._inverse[:, rows] @ makes_up
        self._after[rows] = self._inverse[rows] = 0
        self._inverse[:, rows] = 0

    def result(self, kept: Sequence[int]) -> tuple[Array, Array]:
        return self._after.T.reshape(self._shape)[:, kept], self._mean @ (self._before - self._after)


def pruned(model: onnx.ModelProto, occupancy: NDArray[np.uint8]) -> onnx.ModelProto:
    """The network without the channels that it does without on volumes (N, D, D, D)."""
    made = onnx.ModelProto()
    made.CopyFrom(model)
    del made.graph.value_info[:]
    stored = {tensor.name: tensor for tensor in made.graph.initializer}

    def values(name: str) -> NDArray[np.float32]:
        return numpy_helper.to_array(stored[name])

    def put(name: str, changed: Array | NDArray[np.float32]) -> None:
        stored[name].CopyFrom(numpy_helper.from_array(np.ascontiguousarray(changed, np.float32), name))

    sizes = channels(made.graph)
    found = [group for group in groups(made.graph) if sizes[group.name] > MULTIPLE]
    moments = _moments(made, {_looks(node, stored) for group in found for node in group.readers}, occupancy)
    for group in found:
        readers = []
        for node in group.readers:
            weights = _as_rows(node, values(node.input[1]).astype(np.float64))
            mean, covariance = moments[_looks(node, stored)]
            if node.op_type == "ConvTranspose":  # each of its cells has its own mean, which one bias cannot make up for
                mean, covariance = 0 * mean, covariance + np.outer(mean, mean)
            readers.append(Reader(weights, mean, covariance))
        kept, results = spared(readers, LOST, MULTIPLE)
        if len(kept) == sizes[group.name]:
            continue
        print(f"{group.name}: {len(kept)} of {sizes[group.name]} channels", flush=True)
        for node in group.givers:
            put(node.input[1], values(node.input[1]).take(kept, axis=_gives(node)))
            for name in node.input[2:]:
                put(name, values(name)[kept])
        for name in (name for node in group.normalisations for name in node.input[1:]):
            put(name, values(name)[kept])
        for node, (weights, addition) in zip(group.readers, results):
            put(node.input[1], _from_rows(node, weights, values(node.input[1]).shape))
            if node.op_type == "Conv":
                put(node.input[2], values(node.input[2]) + addition)
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
    put_on_card(card, parameters=parameters, channels=channels(onnx.load(str(path)).graph), **{CARD_KEY: None})
    return moved_mm


def _weights(path: Path) -> int:
    """How many numbers a file holds."""
    return sum(int(np.prod(tensor.dims)) for tensor in onnx.load(str(path)).graph.initializer)


Look = tuple[str, tuple[int, ...]]
"""The name of what a convolution reads, and how many cells of it along each axis."""


def _looks(node: onnx.NodeProto, stored: dict[str, onnx.TensorProto]) -> Look:
    """A transposed one reads one cell for each of those that it gives."""
    kernel = tuple(stored[node.input[1]].dims[2:])
    return node.input[0], (1,) * len(kernel) if node.op_type == "ConvTranspose" else kernel


def _as_rows(node: onnx.NodeProto, weights: NDArray[np.float64]) -> Array:
    """The weights of a convolution as (O, C, K)."""
    if node.op_type == "ConvTranspose":
        return weights.reshape(len(weights), -1, 1).swapaxes(0, 1)
    return weights.reshape(*weights.shape[:2], -1)


def _from_rows(node: onnx.NodeProto, rows: Array, shape: tuple[int, ...]) -> Array:
    """The way back, from fewer channels; shape: as it was."""
    if node.op_type == "ConvTranspose":
        return rows.swapaxes(0, 1).reshape(-1, *shape[1:])
    return rows.reshape(shape[0], -1, *shape[2:])


def _moments(
    model: onnx.ModelProto, looks: Collection[Look], occupancy: NDArray[np.uint8]
) -> dict[Look, tuple[Array, Array]]:
    """Mean (C K) and covariance (C K, C K) of what convolutions read, with zeros around; channels first, then cells."""
    looks = sorted(looks)
    names = sorted({name for name, _ in looks})
    session = session_giving(model, names)
    given = {i.name: np.ones(i.shape, np.float32) for i in session.get_inputs() if i.name != "occupancy"}
    rng = np.random.default_rng(0)
    counts, totals, squares = dict.fromkeys(looks, 0), {}, {}
    for volume in occupancy:
        answers = dict(zip(names, session.run(names, given | {"occupancy": volume[None, None]})))
        for look in looks:
            rows = _read(answers[look[0]][0], look[1], rng)
            if look not in squares:
                totals[look], squares[look] = np.zeros(rows.shape[1]), np.zeros([rows.shape[1]] * 2, np.float32)
            counts[look] += len(rows)
            totals[look] += rows.sum(axis=0)
            squares[look] += rows.T @ rows
    means = {look: total / counts[look] for look, total in totals.items()}
    return {look: (mean, squares[look] / counts[look] - np.outer(mean, mean)) for look, mean in means.items()}


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
