"""Gives an exported pose network today's decoding: `python -m models.export.decoding --model NAME.onnx`.

A graph holds how joints are read off its volumes (models/networks/decode.py). What is learned stays as it is, and the
8-bit form beside it gets the same decoding.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import onnx
import torch

from models.command import run_command
from models.export.graphs import DecodingGraph
from models.export.rewriting import rewrite, run
from models.export.run import write_onnx
from models.outputs import write_whole
from models.runtime.card import load_card, put_on_card
from models.runtime.int8 import CARD_KEY, digest_of, int8_file

NETWORK, DECODING = "/network", "/decoding"
"""How the names of nodes begin that are learned, and of those that read the joints."""
RESULTS = DecodingGraph.outputs
LIMIT_MM = 0.01
"""Joints that move more than this in the mean are read in another way, not only written in another."""


def redecoded(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same network with the decoding of today.

    Raises ValueError where its joints are not read off one volume of logits, with `expected` beside it.
    """
    made = onnx.ModelProto()
    made.CopyFrom(model)
    graph = made.graph
    logits = _read_by(graph, RESULTS)
    if "expected" not in {given.name for given in graph.input} or len(logits) != 1:
        raise ValueError(f"its joints are read off {len(logits)} volumes; expected one, and an input 'expected'")
    shape = _shape_of(made, logits[0])
    others = [result.name for result in graph.output if result.name not in RESULTS]
    kept = _needed(graph, [*others, *logits])
    decoding = _decoding_graph(logits[0], shape)
    nodes = [*kept, *decoding.node]
    used = {name for node in nodes for name in node.input}
    weights = [tensor for tensor in (*graph.initializer, *decoding.initializer) if tensor.name in used]
    del graph.node[:], graph.initializer[:], graph.value_info[:]
    graph.node.extend(nodes)
    graph.initializer.extend(weights)
    onnx.checker.check_model(made, full_check=True)
    return made


def make(path: Path, samples: int) -> float:
    """Give the network and its 8-bit form today's decoding; how far joints move and errors as of `rewrite`."""
    int8 = int8_file(path, load_card(path))
    moved_mm = rewrite(path, redecoded, samples, LIMIT_MM)
    if int8 is not None:
        card = path.with_suffix(".json")
        write_whole(int8, redecoded(onnx.load(str(int8))).SerializeToString())
        put_on_card(card, **{CARD_KEY: load_card(path).details[CARD_KEY] | {"sha256": digest_of(int8)}})
    return moved_mm


def _read_by(graph: onnx.GraphProto, results: Sequence[str]) -> list[str]:
    """What the network itself gives to the nodes behind it that end in `results`."""
    makers = {name: node for node in graph.node for name in node.output}
    found: dict[str, None] = {}
    waiting, seen = list(results), set(results)
    while waiting:
        name = waiting.pop()
        if name not in makers or makers[name].op_type == "Constant":  # exports share equal ones
            continue
        if makers[name].name.startswith(f"{NETWORK}/"):
            found[name] = None
            continue
        waiting += [given for given in makers[name].input if given not in seen]
        seen.update(makers[name].input)
    return list(found)


def _needed(graph: onnx.GraphProto, results: Sequence[str]) -> list[onnx.NodeProto]:
    """The nodes that `results` come from, in their order."""
    makers = {name: index for index, node in enumerate(graph.node) for name in node.output}
    needed: set[int] = set()
    waiting = list(results)
    while waiting:
        index = makers.get(waiting.pop())
        if index is not None and index not in needed:
            needed.add(index)
            waiting += graph.node[index].input
    return [graph.node[index] for index in sorted(needed)]


def _shape_of(model: onnx.ModelProto, name: str) -> list[int]:
    known = onnx.shape_inference.infer_shapes(model).graph.value_info
    shape = [[size.dim_value for size in v.type.tensor_type.shape.dim] for v in known if v.name == name]
    if not shape or len(shape[0]) != 5 or 0 in shape[0]:
        raise ValueError(f"{name}: expected volumes (1, J, D, D, D), got {shape[0] if shape else 'no shape'}")
    return shape[0]


def _decoding_graph(logits: str, shape: Sequence[int]) -> onnx.GraphProto:
    """The decoding as a graph, whose names begin with `DECODING` but for those of the network that it joins."""
    example = torch.zeros(*shape), torch.ones(1, shape[1], 4)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "decoding.onnx"
        write_onnx(DecodingGraph(), example, path)
        graph: onnx.GraphProto = onnx.load(str(path)).graph
    joins = {"": "", "logits": logits, "expected": "expected"} | {name: name for name in RESULTS}

    def named(name: str) -> str:
        return joins.get(name, f"{DECODING}{'' if name.startswith('/') else '/'}{name}")

    for node in graph.node:
        node.name = named(node.name)
        node.input[:], node.output[:] = list(map(named, node.input)), list(map(named, node.output))
    for tensor in graph.initializer:
        tensor.name = named(tensor.name)
    return graph


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Returns the exit status: 0 done, 1 failed."""
    return run("models.export.decoding", "Give a network today's decoding.", make, arguments)


if __name__ == "__main__":
    sys.exit(run_command("models.export.decoding", main))
