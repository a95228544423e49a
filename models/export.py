"""Export a trained run as one ONNX file and its card: `python -m models.export --run runs/compact --out NAME.onnx`.

The averaged weights are exported, decoding included, so that the program needs no torch. The export fails, and leaves
no file, unless ONNX and torch agree on realistic inputs.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor, nn

from models.core.skeleton import HAND
from models.training.config import git_commit, write_atomically
from models.training.data import Batch, MakeMaker, PoseBatch, ReferenceBatch, held_out
from models.training.state import EPOCHS, Checkpoint, load_checkpoint, load_epoch
from models.training.tasks import ModelTask, PoseTask, make_task

OPSET = 17
AGREEMENT_MM = 0.1
AGREEMENT_PROBABILITY = 1e-3
_HELD_OUT_SEED = 20_180_618
_ARCHITECTURES = {"compact": "CompactNet", "v2v": "V2VPoseNet", "reference": "RefineNet"}


class ExportFailedError(Exception):
    """The exported graph does not do what the network does; one line says how far off it is."""


class PoseGraph(nn.Module):
    """occupancy (1, 1, D, D, D) uint8 -> joints (1, J, 3) in cube coordinates, confidence (1, J) in 0 .. 1.

    Networks with a side head also give right (1,), the probability that the volume shows a right hand.
    """

    inputs = ("occupancy",)

    def __init__(self, network: nn.Module, task: PoseTask) -> None:
        super().__init__()
        self.network, self.task = network, task
        self.outputs = ("joints", "confidence", "right") if task.has_side else ("joints", "confidence")

    def forward(self, occupancy: Tensor) -> tuple[Tensor, ...]:
        outputs = self.network(occupancy.float())
        decoded = self.task.decode(outputs)
        right = () if outputs.right is None else (torch.sigmoid(outputs.right),)
        return decoded.joints, decoded.confidence, *right


class ReferenceGraph(nn.Module):
    """crops (N, 1, S, S) float32 -> offset (N, 3) in crop sizes, presence (N,) in 0 .. 1."""

    inputs, outputs = ("crops",), ("offset", "presence")

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        outputs = self.network(crops)
        return outputs.offset, torch.sigmoid(outputs.presence)


Graph = PoseGraph | ReferenceGraph


def make_graph(network: nn.Module, task: ModelTask) -> Graph:
    """What is exported for a task, in evaluation mode."""
    graph: Graph = PoseGraph(network, task) if isinstance(task, PoseTask) else ReferenceGraph(network)
    return graph.eval()


def write_onnx(graph: Graph, example: Tensor, path: Path) -> None:
    """One self-contained ONNX file; the first axis is free for reference networks and 1 for pose networks."""
    free = {name: {0: "n"} for name in (*graph.inputs, *graph.outputs)} if isinstance(graph, ReferenceGraph) else None
    with warnings.catch_warnings():
        # Deprecated, but quick, and torch 2.13's new exporter fails on the clamps of the decoding.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            graph,
            (example,),
            str(path),
            input_names=list(graph.inputs),
            output_names=list(graph.outputs),
            dynamic_axes=free,
            opset_version=OPSET,
            dynamo=False,
        )
    onnx.checker.check_model(str(path), full_check=True)


def check_agreement(graph: Graph, path: Path, examples: Sequence[Tensor], size_m: float) -> float:
    """Largest difference in millimetres between torch and the file over inputs of the graph's own kind.

    Raises ExportFailedError where a joint or offset differs by more than 0.1 mm, or a confidence by more than 0.001.
    """
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    worst_mm = worst = 0.0
    for example in examples:
        with torch.no_grad():
            expected = [output.numpy() for output in graph(example)]
        got = session.run(list(graph.outputs), {graph.inputs[0]: example.numpy()})
        if not all(np.isfinite(array).all() for array in got):
            raise ExportFailedError(f"{path}: ONNX gives values that are not finite")
        worst_mm = max(worst_mm, 1000 * size_m * float(np.abs(got[0] - expected[0]).max()))
        worst = max(worst, *(float(np.abs(g - e).max()) for g, e in zip(got[1:], expected[1:])))
    if worst_mm > AGREEMENT_MM or worst > AGREEMENT_PROBABILITY:
        raise ExportFailedError(f"{path}: ONNX and torch differ by {worst_mm:.3f} mm and {worst:.5f} in confidence")
    return worst_mm


def graph_inputs(batches: Sequence[Batch], count: int) -> list[Tensor]:
    """Up to `count` inputs for a graph out of held-out batches: single volumes, or whole batches of crops."""
    if isinstance(batches[0], ReferenceBatch):
        return [batch.crops for batch in batches[:count] if isinstance(batch, ReferenceBatch)]
    volumes = torch.cat([batch.occupancy for batch in batches if isinstance(batch, PoseBatch)])
    return list(volumes[:count].split(1))


def make_card(
    name: str, saved: Checkpoint, task: ModelTask, network: nn.Module, errors: dict[str, Any]
) -> dict[str, Any]:
    """The model card as a JSON object; models.runtime.ModelCard reads it."""
    config = saved.config
    card: dict[str, Any] = {
        "name": name,
        "kind": "pose" if isinstance(task, PoseTask) else "reference",
        "architecture": _ARCHITECTURES[config["model"]],
        "input_resolution": network.input_resolution,
    }
    if isinstance(task, PoseTask):
        card |= {"cube_size_m": task.cube_m, "joints": list(HAND.joints), "has_side": task.has_side}
    else:
        card |= {"crop_size_m": task.crop_m}
    return card | {
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "recipe": config["recipe"],
        "training_command": config["command"],
        "started_from": saved.config.get("init", ""),
        "commit": config["commit"],
        "seed": config["seed"],
        "samples_seen": saved.samples,
        "training_minutes": round(saved.elapsed_s / 60, 1),
        "export_commit": git_commit(),
        "held_out": errors,
    }


def export_run(
    run: Path, out: Path, eval_samples: int, make_maker: MakeMaker, epoch: int | None = None
) -> dict[str, Any]:
    """Export the averaged weights of a run, or those after an `epoch`, to `out`, its card beside it; returns the card.

    Raises ValueError where the run cannot be read, ExportFailedError where the graph does not agree with the network.
    """
    if out.suffix != ".onnx":
        raise ValueError(f"{out}: expected a name that ends in .onnx")
    saved = load_checkpoint(run)
    task = make_task(saved.config["model"], saved.config["recipe"])
    network = task.build().eval()
    network.load_state_dict(saved.average if epoch is None else load_epoch(run, epoch))
    batches = held_out(make_maker, task.data(min(eval_samples, 20), 1), _HELD_OUT_SEED, eval_samples)
    with torch.no_grad():
        errors = {key: round(value, 4) for key, value in task.evaluate(network, batches).items()}
    errors = {"samples": sum(len(batch[0]) for batch in batches), "seed": _HELD_OUT_SEED, **errors}
    graph = make_graph(network, task)
    examples = graph_inputs(batches, 8)
    out.parent.mkdir(parents=True, exist_ok=True)
    card = make_card(out.stem, saved, task, network, errors)
    card["weights"] = "exponential moving average" if epoch is None else f"after epoch {epoch} of {EPOCHS}"
    with tempfile.TemporaryDirectory(dir=out.parent) as folder:
        draft = Path(folder) / out.name
        write_onnx(graph, examples[0], draft)
        size_m = task.cube_m if isinstance(task, PoseTask) else task.crop_m
        card["torch_difference_mm"] = round(check_agreement(graph, draft, examples, size_m), 5)
        os.replace(draft, out)
    write_atomically(out.with_suffix(".json"), (json.dumps(card, indent=1) + "\n").encode())
    return card


def main(arguments: Sequence[str] | None = None, make_maker: MakeMaker | None = None) -> int:
    """Run the command; `make_maker` replaces the synthetic hands. Returns the exit status: 0 done, 1 failed."""
    parser = argparse.ArgumentParser(prog="python -m models.export", description="Export a trained run to ONNX.")
    parser.add_argument("--run", required=True, type=Path, help="folder of the run")
    parser.add_argument("--out", required=True, type=Path, help="NAME.onnx; the card NAME.json is written beside it")
    parser.add_argument("--eval-samples", type=int, default=500, help="held-out samples measured (default %(default)s)")
    parser.add_argument(
        "--epoch",
        type=int,
        choices=range(1, EPOCHS + 1),
        help="the weights after so many tenths of the run, not averaged",
    )
    options = parser.parse_args(arguments)
    if options.eval_samples < 1:
        parser.error("--eval-samples: expected one or more")
    try:
        if make_maker is None:
            from models.data.synthetic.samples import SampleMaker

            make_maker = SampleMaker
        card = export_run(options.run, options.out, options.eval_samples, make_maker, options.epoch)
    except (ValueError, OSError, ExportFailedError) as error:
        print(f"models.export: {error}", file=sys.stderr)
        return 1
    print(f"{options.out}: {json.dumps(card['held_out'])}, ONNX and torch within {card['torch_difference_mm']} mm")
    return 0


if __name__ == "__main__":
    sys.exit(main())
