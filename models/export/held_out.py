"""Measures an exported pose network anew: `python -m models.export.held_out --model NAME.onnx`.

An export writes on its card how well held-out samples are read. Where the file was changed since then
(`models.export.pruning`), this measures the same samples with the file and replaces what the card says.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from models.command import run_command
from models.core.text import one_line
from models.export.run import ARCHITECTURES, HELD_OUT_SEED
from models.runtime import PoseNetwork, RuntimeModelError
from models.runtime.card import put_on_card
from models.train.config import SYNTHETIC
from models.train.data import PoseBatch, held_out
from models.train.samplers import MakeSampler, synthetic_samplers
from models.train.tasks import PoseTask, make_task

_MODELS = {name: model for model, name in ARCHITECTURES.items() if model != "reference"}


def measure(path: Path, samples: int, make_sampler: MakeSampler | None = None) -> dict[str, Any]:
    """What then stands on the card as `held_out`; `make_sampler` replaces the synthetic hands.

    Raises ValueError where the network learned from something else, RuntimeModelError where it cannot be used.
    """
    network = PoseNetwork(path, "cpu")
    details = network.card.details
    model = _MODELS.get(network.card.architecture)
    if details.get("training_data") != SYNTHETIC or model is None:
        raise ValueError(f"{path}: expected a network of this project that learned from rendered hands")
    task = make_task(model, details["recipe"])
    assert isinstance(task, PoseTask)
    data = task.data(min(samples, 20), 1)
    errors, sides = [], []
    for each in held_out(make_sampler or synthetic_samplers(), data, HELD_OUT_SEED, samples):
        assert isinstance(each, PoseBatch)
        for volume, joints in zip(each.occupancy[:, 0].numpy(), each.joints_cube.numpy()):
            found = network.infer(volume)
            errors.append(1000 * task.cube_m * np.linalg.norm(found.joints_cube - joints, axis=-1))
            if found.right is not None:
                mirrored = network.infer(volume[::-1]).right
                sides += [found.right > 0.5, mirrored is not None and mirrored <= 0.5]
    figures = task.figures(torch.from_numpy(np.stack(errors)))
    if sides:
        figures["side_accuracy"] = float(np.mean(sides))
    said = {"samples": len(errors), "seed": HELD_OUT_SEED, **{key: round(v, 4) for key, v in figures.items()}}
    put_on_card(path.with_suffix(".json"), held_out=said)
    return said


def main(arguments: Sequence[str] | None = None, make_sampler: MakeSampler | None = None) -> int:
    """Run the command; `make_sampler` replaces the synthetic hands. Returns the exit status: 0 done, 1 failed."""
    parser = argparse.ArgumentParser(prog="python -m models.export.held_out", description="Measure a network anew.")
    parser.add_argument("--model", required=True, type=Path, help="NAME.onnx of a pose network; its card is changed")
    parser.add_argument("--samples", type=int, default=500, help="held-out samples (default %(default)s)")
    options = parser.parse_args(arguments)
    if options.samples < 1:
        parser.error("--samples: expected one or more")
    try:
        said = measure(options.model, options.samples, make_sampler)
    except (ValueError, OSError, RuntimeModelError) as error:
        print(f"models.export.held_out: {one_line(error)}", file=sys.stderr)
        return 1
    print(f"{options.model}: {json.dumps(said)}")
    return 0


if __name__ == "__main__":
    sys.exit(run_command("models.export.held_out", main))
