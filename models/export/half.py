"""Keeps a network's weights in 16 bits, which halves its file: `python -m models.export.half --model NAME.onnx`.

Only how they are kept changes: each is made float32 again before anything is computed with it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from models.command import run_command
from models.core.metrics import joint_errors_mm
from models.core.text import one_line
from models.export.int8 import MEASURED_SEED, Volumes, volumes
from models.outputs import write_whole
from models.runtime import PoseNetwork, RuntimeModelError

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
    """Keep the network's weights in 16 bits; how far joints of rendered hands then are from where they were, mm.

    Raises ValueError where that is more than `LIMIT_MM`, and the file is as before; RuntimeModelError where the network
    cannot be used; OSError.
    """
    plain = PoseNetwork(path, "cpu")
    seen, before = volumes(plain, samples, MEASURED_SEED), path.read_bytes()
    was = _answers(plain, seen)
    write_whole(path, halved(onnx.load_from_string(before)).SerializeToString())
    errors = joint_errors_mm(_answers(PoseNetwork(path, "cpu"), seen), was).mean(axis=1) * seen.size_m
    moved_mm = float(errors.mean())
    if moved_mm > LIMIT_MM:
        write_whole(path, before)
        raise ValueError(f"{path}: joints move by {moved_mm:.2f} mm, more than {LIMIT_MM} mm; the file is as it was")
    return moved_mm


def _answers(network: PoseNetwork, seen: Volumes) -> np.ndarray:
    """(N, J, 3) in the cube."""
    return np.stack([network.infer(volume).joints_cube for volume in seen.occupancy])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Returns the exit status: 0 done, 1 failed."""
    parser = argparse.ArgumentParser(prog="python -m models.export.half", description="Keep weights in 16 bits.")
    parser.add_argument("--model", required=True, type=Path, help="NAME.onnx of a pose network; is replaced")
    parser.add_argument("--samples", type=int, default=50, help="rendered hands to compare (default %(default)s)")
    options = parser.parse_args(arguments)
    if options.samples < 1:
        parser.error("--samples: expected one or more")
    try:
        size = options.model.stat().st_size
        moved_mm = make(options.model, options.samples)
    except (ValueError, OSError, RuntimeModelError) as error:
        print(f"models.export.half: {one_line(error)}", file=sys.stderr)
        return 1
    now = options.model.stat().st_size
    print(f"{options.model}: {now / 1e6:.1f} MB, was {size / 1e6:.1f}; joints moved by {moved_mm:.3f} mm")
    return 0


if __name__ == "__main__":
    sys.exit(run_command("models.export.half", main))
