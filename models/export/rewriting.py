"""Exported pose networks are written anew, and stay as they were where their joints would move."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from models.core.metrics import joint_errors_mm
from models.core.text import one_line
from models.export.int8 import MEASURED_SEED, Volumes, volumes
from models.outputs import write_whole
from models.runtime import PoseNetwork, RuntimeModelError

Change = Callable[[onnx.ModelProto], onnx.ModelProto]


def rewrite(path: Path, change: Change, samples: int, limit_mm: float) -> float:
    """Change the file of a network; how far joints of rendered hands then are from where they were, mm.

    Raises ValueError where that is more than `limit_mm`, and the file is as before; RuntimeModelError where the network
    cannot be used; OSError.
    """
    plain = PoseNetwork(path, "cpu")
    seen, before = volumes(plain, samples, MEASURED_SEED), path.read_bytes()
    was = _answers(plain, seen)
    write_whole(path, change(onnx.load_from_string(before)).SerializeToString())
    errors = joint_errors_mm(_answers(PoseNetwork(path, "cpu"), seen), was).mean(axis=1) * seen.size_m
    moved_mm = float(errors.mean())
    if moved_mm > limit_mm:
        write_whole(path, before)
        raise ValueError(f"{path}: joints move by {moved_mm:.2f} mm, more than {limit_mm} mm; the file is as it was")
    return moved_mm


def _answers(network: PoseNetwork, seen: Volumes) -> NDArray[np.float64]:
    """(N, J, 3) in the cube."""
    return np.stack([network.infer(volume).joints_cube for volume in seen.occupancy])


def run(
    name: str,
    description: str,
    make: Callable[[Path, int], float],
    arguments: Sequence[str] | None = None,
    samples: int = 50,
) -> int:
    """A command that rewrites --model; `make` does it with so many --samples. The exit status: 0 done, 1 failed."""
    parser = argparse.ArgumentParser(prog=f"python -m {name}", description=description)
    parser.add_argument("--model", required=True, type=Path, help="NAME.onnx of a pose network; is replaced")
    parser.add_argument("--samples", type=int, default=samples, help="rendered hands to compare (default %(default)s)")
    options = parser.parse_args(arguments)
    if options.samples < 1:
        parser.error("--samples: expected one or more")
    try:
        size = options.model.stat().st_size
        moved_mm = make(options.model, options.samples)
    except (ValueError, OSError, RuntimeModelError) as error:
        print(f"{name}: {one_line(error)}", file=sys.stderr)
        return 1
    now = options.model.stat().st_size
    print(f"{options.model}: {now / 1e6:.1f} MB, was {size / 1e6:.1f}; joints moved by {moved_mm:.3f} mm")
    return 0
