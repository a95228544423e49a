"""A trained run as one ONNX file and its card.

The averaged weights are exported, decoding included, so that the program needs no torch. The export fails, and leaves
no file, unless ONNX and torch agree on realistic inputs.
"""

from __future__ import annotations

import json
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor, nn

from models.core.heatmaps import NOTHING_EXPECTED
from models.core.protocol import PROTOCOLS, ProtocolName
from models.data.registry import DATASETS
from models.export.graphs import EnsembleGraph, Graph, ReferenceGraph, make_graph
from models.export.mixing import measure_normalisations, mix_in, training_samplers
from models.outputs import take_place, write_whole
from models.train.config import SYNTHETIC, ModelName, git_commit
from models.train.data import Batch, PoseBatch, ReferenceBatch, held_out
from models.train.dataset_stream import held_out_samplers
from models.train.samplers import MakeSampler, synthetic_samplers
from models.train.sizes import CUBE_OF_BONES
from models.train.state import EPOCHS, Checkpoint, check_known, give_weights, load_checkpoint, load_epoch
from models.train.tasks import ModelTask, PoseTask, make_task

OPSET = 17
AGREEMENT_MM = 0.1
AGREEMENT_PROBABILITY = 1e-3
HELD_OUT_SEED = 20_180_618
ARCHITECTURES: dict[ModelName, str] = {"compact": "CompactNet", "v2v": "V2VPoseNet", "reference": "RefineNet"}


class ExportFailedError(Exception):
    """The exported graph does not do what the network does; one line says how far off it is."""


def write_onnx(graph: Graph, example: tuple[Tensor, ...], path: Path) -> None:
    """One self-contained ONNX file; the first axis is free for reference networks and 1 for pose networks."""
    free = {name: {0: "n"} for name in (*graph.inputs, *graph.outputs)} if isinstance(graph, ReferenceGraph) else None
    with warnings.catch_warnings():
        # Deprecated, but quick, and torch 2.13's new exporter fails on the clamps of the decoding.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            graph,
            example,
            str(path),
            input_names=list(graph.inputs),
            output_names=list(graph.outputs),
            dynamic_axes=free,
            opset_version=OPSET,
            dynamo=False,
        )
    onnx.checker.check_model(str(path), full_check=True)


def check_agreement(graph: Graph, path: Path, examples: Sequence[tuple[Tensor, ...]], size_m: float) -> float:
    """Largest difference in millimetres between torch and the file over inputs of the graph's own kind.

    Raises ExportFailedError where a joint or offset differs by more than 0.1 mm, or a confidence by more than 0.001.
    """
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    worst_mm = worst = 0.0
    for example in examples:
        with torch.no_grad():
            expected = [output.numpy() for output in graph(*example)]
        got = session.run(list(graph.outputs), {name: part.numpy() for name, part in zip(graph.inputs, example)})
        if not all(np.isfinite(array).all() for array in got):
            raise ExportFailedError(f"{path}: ONNX gives values that are not finite")
        worst_mm = max(worst_mm, 1000 * size_m * float(np.abs(got[0] - expected[0]).max()))
        worst = max(worst, *(float(np.abs(g - e).max()) for g, e in zip(got[1:], expected[1:])))
    if worst_mm > AGREEMENT_MM or worst > AGREEMENT_PROBABILITY:
        raise ExportFailedError(f"{path}: ONNX and torch differ by {worst_mm:.3f} mm and {worst:.5f} in confidence")
    return worst_mm


def graph_inputs(batches: Sequence[Batch], count: int) -> list[tuple[Tensor, ...]]:
    """Up to `count` inputs for a graph out of held-out batches: single volumes, or whole batches of crops.

    Of every second volume the joints of the one before are expected, as a tracker would, of the others nothing.
    """
    if isinstance(batches[0], ReferenceBatch):
        return [(batch.crops,) for batch in batches[:count] if isinstance(batch, ReferenceBatch)]
    poses = [batch for batch in batches if isinstance(batch, PoseBatch)]
    volumes, joints = (torch.cat(parts)[:count] for parts in zip(*((b.occupancy, b.joints_cube) for b in poses)))
    expected = torch.tensor(NOTHING_EXPECTED).expand(*joints.shape[:2], 4).clone()
    expected[1::2] = torch.cat([joints, torch.full_like(joints[..., :1], 0.1)], dim=-1).roll(1, dims=0)[1::2]
    return list(zip(volumes.split(1), expected.split(1)))


def make_card(name: str, saved: Checkpoint, task: ModelTask, graph: Graph, errors: dict[str, Any]) -> dict[str, Any]:
    """The model card as a JSON object; models.runtime.ModelCard reads it."""
    config = saved.config
    card: dict[str, Any] = {
        "name": name,
        "kind": "pose" if isinstance(task, PoseTask) else "reference",
        "architecture": ARCHITECTURES[config["model"]],
        "input_resolution": task.resolution,
    }
    if isinstance(task, PoseTask):
        joints = list(task.skeleton.joints)
        card |= {"cube_size_m": task.cube_m, "joints": joints, "has_side": task.has_side, "takes_expected": True}
        if task.data(1, 1).sizes:
            card |= {"cube_of_bones": CUBE_OF_BONES}
    else:
        card |= {"crop_size_m": task.crop_m}
    return card | {
        "skeleton": task.skeleton.name,
        "reference_point": task.reference_point,
        "parameters": sum(parameter.numel() for parameter in graph.parameters()),
        "recipe": config["recipe"],
        "protocol": task.protocol,
        "training_data": training_data(config),
        "training_command": config["command"],
        "started_from": saved.config.get("init", ""),
        "commit": config["commit"],
        "seed": config["seed"],
        "samples_seen": saved.samples,
        "training_minutes": round(saved.elapsed_s / 60, 1),
        "export_commit": git_commit(),
        "held_out": errors,
    }


def training_data(config: dict[str, Any]) -> str:
    """What a run learned from, in words: the data set, and the subject or fold that was left out."""
    left_out = "" if config["held_out"] is None else f", without {config['held_out']}"
    return f"{config['data']}{left_out}"


def measured_batches(
    saved: Checkpoint, task: ModelTask, count: int, make_sampler: MakeSampler | None, root: Path | None
) -> tuple[list[Batch], dict[str, Any]]:
    """Up to `count` held-out samples in batches, and what the card says of them.

    `make_sampler` replaces the synthetic hands, `root` the folder that a data set had when the run learned from it.
    Raises ValueError where the data set cannot be used.
    """
    config, data = saved.config, {}
    if config["data"] != SYNTHETIC:
        dataset = DATASETS[config["data"]]
        make_sampler = held_out_samplers(
            dataset, str(root or config["root"]), config["held_out"], count, PROTOCOLS[task.protocol]
        )
        batch = min(make_sampler.count, 20)
        count = make_sampler.count // batch * batch  # no frame twice
        make_sampler = replace(make_sampler, count=count)
        data = {"data": f"{dataset.name} {dataset.measured}"}
    else:
        batch = min(count, 20)
        make_sampler = make_sampler or synthetic_samplers()
    batches = held_out(make_sampler, task.data(batch, 1), HELD_OUT_SEED, count)
    return batches, {**data, "samples": sum(len(each[0]) for each in batches), "seed": HELD_OUT_SEED}


def run_networks(run: Path, saved: Checkpoint, task: ModelTask, epochs: Sequence[int]) -> list[nn.Module]:
    """The run's network with its averaged weights, or one for each of some `epochs`, in evaluation mode."""
    networks = []
    for weights in [load_epoch(run, epoch) for epoch in epochs] or [saved.average]:
        network = task.build().eval()
        give_weights(network, weights, run)
        networks.append(network)
    return networks


@torch.no_grad()
def graph_errors(
    graph: Graph, task: ModelTask, networks: Sequence[nn.Module], batches: Sequence[Any]
) -> dict[str, float]:
    """Held-out errors of what is exported; the batches are of the task's own kind."""
    if isinstance(task, PoseTask) and isinstance(graph, EnsembleGraph):
        poses = [batch for batch in batches if isinstance(batch, PoseBatch)]
        off = torch.cat([graph(batch.occupancy)[0] - batch.joints_cube for batch in poses])
        return task.figures(1000 * task.cube_m * off.norm(dim=-1))
    return task.evaluate(networks[0], batches)


def export_run(
    run: Path,
    out: Path,
    eval_samples: int,
    make_sampler: MakeSampler | None = None,
    epochs: Sequence[int] = (),
    root: Path | None = None,
    mixed_with: Path | None = None,
    protocol: ProtocolName | None = None,
) -> dict[str, Any]:
    """Export a run to `out`, its card beside it: the averaged weights, or the mean of the estimates after `epochs`.

    mixed_with: another run, whose averaged weights and this one's are averaged in turn. protocol: how the graph
    decodes, by default as the run was trained.
    `make_sampler` replaces the synthetic hands, `root` the folder of the run's data set. Returns the card. Raises
    ValueError where the run or its data cannot be read, ExportFailedError where graph and network do not agree.
    """
    if out.suffix != ".onnx":
        raise ValueError(f"{out}: expected a name that ends in .onnx")
    saved = load_checkpoint(run)
    check_known(run, saved.config)
    if mixed_with is not None:
        mix_in(saved, mixed_with)
    config = saved.config
    task = make_task(config["model"], config["recipe"], config["data"], protocol or config["protocol"])
    networks = run_networks(run, saved, task, epochs)
    if mixed_with is not None:
        measure_normalisations(networks[0], task, training_samplers(saved, make_sampler, root), saved.config["seed"])
    graph = make_graph(networks, task)
    batches, measured = measured_batches(saved, task, eval_samples, make_sampler, root)
    figures = graph_errors(graph, task, networks, batches)
    errors = {**measured, **{key: round(value, 4) for key, value in figures.items()}}
    examples = graph_inputs(batches, 8)
    out.parent.mkdir(parents=True, exist_ok=True)
    card = make_card(out.stem, saved, task, graph, errors)
    card["weights"] = _weights_in_words(epochs)
    if mixed_with is not None:
        card["weights"] += f", mean with those of {mixed_with}, normalisations measured again"
    with tempfile.TemporaryDirectory(dir=out.parent) as folder:
        draft = Path(folder) / out.name
        write_onnx(graph, examples[0], draft)
        size_m = task.cube_m if isinstance(task, PoseTask) else task.crop_m
        card["torch_difference_mm"] = round(check_agreement(graph, draft, examples, size_m), 5)
        take_place(draft, out)
    write_whole(out.with_suffix(".json"), (json.dumps(card, indent=1) + "\n").encode())
    return card


def last_epochs(count: int) -> range:
    """The numbers of the last `count` tenths of a run. Raises ValueError where it has fewer."""
    if count > EPOCHS:
        raise ValueError(f"an ensemble is of up to {EPOCHS} epochs of a run, not {count}")
    return range(EPOCHS - count + 1, EPOCHS + 1)


def _weights_in_words(epochs: Sequence[int]) -> str:
    if not epochs:
        return "exponential moving average"
    if len(epochs) == 1:
        return f"after epoch {epochs[0]} of {EPOCHS}"
    return f"mean of the estimates after epochs {', '.join(map(str, epochs))} of {EPOCHS}"
