"""Keeps a network's weights in 16 bits, which halves its file: `python -m models.export.half --model NAME.onnx`.

Only how they are kept changes: each is made float32 again before anything is computed with it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from models.command import run_command
from models.export.rewriting import rewrite, run

SMALL = 1024
"""Arrays of fewer numbers stay as they are: all of them together are less than a hundredth of a network."""
LIMIT_MM = 0.1
"""Joints that move more than this in the mean are not worth the room."""


def halved(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same network with its large float32 arrays in float16, each with a Cast behind it that has its name.

    Raises ValueError where a weight is too large for float16.
    """
    made = onnx.ModelProto()
    made.CopyFrom(model)
    casts = []
    for tensor in made.graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < SMALL:
            continue
        name, values = tensor.name, numpy_helper.to_array(tensor)
        if np.abs(values).max() > np.finfo(np.float16).max:
            raise ValueError(f"{name}: has a weight of {np.abs(values).max():.3g}, too large for 16 bits")
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}.half"))
        casts.append(helper.make_node("Cast", [tensor.name], [name], f"{name}.cast", to=TensorProto.FLOAT))
    nodes = [*casts, *made.graph.node]
    del made.graph.node[:]
    made.graph.node.extend(nodes)
    onnx.checker.check_model(made)
    return made


def make(path: Path, samples: int) -> float:
    """Keep the network's weights in 16 bits; how far its joints move and errors as of `rewrite`."""
    return rewrite(path, halved, samples, LIMIT_MM)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Returns the exit status: 0 done, 1 failed."""
    return run("models.export.half", "Keep weights in 16 bits.", make, arguments)


if __name__ == "__main__":
    sys.exit(run_command("models.export.half", main))
