"""Train a network: `python -m models.train --model compact --out runs/compact --time-budget 60`.

It learns from synthetic hands, or with `--data NAME --root DIR` from a public data set, by default for the paper's ten
passes. A run that was stopped or killed goes on from its last checkpoint when the same command is given again.
Several GPUs: `torchrun --nproc-per-node N -m models.train ...`.
"""

from __future__ import annotations

import argparse
import logging
import math
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

# Threads that wait by spinning starve the data workers and each other on shared cores; read when torch loads.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
from torch import distributed

from models.command import run_command
from models.core.protocol import PROTOCOLS
from models.core.text import one_line
from models.data.options import add_root_options, chosen_dataset
from models.data.registry import DATASETS
from models.outputs import refuse_inputs
from models.train.config import SYNTHETIC, Recipe, TrainConfig, git_commit
from models.train.dataset_stream import TrainingSamplers, held_out_samplers, training_frames
from models.train.devices import Processes, resolve_device
from models.train.log import TensorBoardCurves
from models.train.loop import DivergedError
from models.train.run import train
from models.train.samplers import MakeSampler, synthetic_samplers
from models.train.tasks import make_task

_LEARNING_RATES: dict[Recipe, float] = {"best": 2e-3, "paper": 2.5e-4}
_BATCHES: dict[Recipe, int] = {"best": 16, "paper": 8}
PAPER_EPOCHS = 10.0


def parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m models.train", description="Train a network on synthetic hands or on a public data set."
    )
    parser.add_argument("--model", required=True, choices=("compact", "v2v", "reference"))
    parser.add_argument("--out", required=True, type=Path, help="folder of the run; resumed where it has a checkpoint")
    end = parser.add_mutually_exclusive_group()
    end.add_argument("--time-budget", type=float, metavar="MIN", help="minutes of training, over all resumes")
    end.add_argument(
        "--samples", type=int, metavar="N", help="samples to train on; 0 keeps the weights of --init, to be measured"
    )
    end.add_argument("--epochs", type=float, metavar="N", help="passes over the data set (default: 10)")
    _add_data_options(parser)
    parser.add_argument("--recipe", choices=("best", "paper"), help="default: paper for v2v, best for the others")
    parser.add_argument("--batch", type=int, help="samples a step and process (default: 16, with the paper's recipe 8)")
    parser.add_argument("--lr", type=float, help="default: 0.002, with the paper's recipe 0.00025")
    parser.add_argument("--reuse", type=int, help="uses of each rendered cloud (default: 2)")
    parser.add_argument("--workers", type=int, help="data processes; default: one to each two cores")
    parser.add_argument("--threads", type=int, default=0, help="torch threads; default: cores without data workers")
    parser.add_argument(
        "--init", type=Path, metavar="RUN", help="start from a run, NAME.onnx, or the public port's file"
    )
    parser.add_argument("--grow", action="store_true", help="coarse volumes first, which are cheap; for v2v")
    parser.add_argument("--compile", action="store_true", help="join small operations (torch.compile), for GPUs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument(
        "--precision", choices=("auto", "bf16", "f32"), help="default: auto, with the paper's recipe or protocol f32"
    )
    parser.add_argument("--eval-minutes", type=float, default=10.0, help="time between held-out evaluations")
    parser.add_argument("--eval-samples", type=int, default=192, help="held-out samples while training, 0 for none")
    parser.add_argument("--tensorboard", action="store_true", help="curves for TensorBoard in OUT/tensorboard, too")
    parser.add_argument("--pictures", action="store_true", help="after each tenth: samples, worst held-out ones")
    parser.add_argument("--allow-change", action="store_true", help="go on with other settings; they are written down")
    options = parser.parse_args(arguments)
    _refuse_senseless(parser, options)
    return options


def _add_data_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("data sets", "instead of synthetic hands")
    group.add_argument("--data", choices=sorted(DATASETS), help="name of the data set")
    add_root_options(group)
    group.add_argument(
        "--centers",
        type=Path,
        metavar="FILE",
        help="reference points of the training part, one line a frame (default: the true ones)",
    )
    group.add_argument("--protocol", choices=sorted(PROTOCOLS), help="as the paper measures, or this project (default)")


def _refuse_senseless(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Ends with a usage error where options do not go together."""
    if options.grow and options.model != "v2v":
        parser.error("--grow goes with --model v2v, whose network takes volumes of any resolution")
    if options.pictures and options.model == "reference":
        parser.error("--pictures goes with networks that give poses, not with --model reference")
    ends = (options.time_budget, options.samples, options.epochs)
    if options.data is None:
        for name in ("root", "subject", "centers", "protocol", "epochs"):
            if getattr(options, name) is not None:
                parser.error(f"--{name} goes with --data, which is missing")
        if not any(end is not None for end in ends):
            parser.error("one of --time-budget and --samples is needed, or --data")
        return
    chosen_dataset(parser, options)
    if options.protocol is not None and options.model == "reference":
        parser.error("--protocol goes with networks that give poses, not with --model reference")
    if options.reuse is not None:
        parser.error("--reuse goes with synthetic hands, not with --data")
    if options.epochs is not None and not 0 < options.epochs < math.inf:
        parser.error(f"--epochs: expected a number above zero, got {options.epochs}")
    if not any(end is not None for end in ends):
        options.epochs = PAPER_EPOCHS


def make_config(options: argparse.Namespace, command: str, frames: int = 0) -> TrainConfig:
    """The configuration that the options ask for; `frames` are in a pass over the data set.

    Raises ValueError for values that make no sense.
    """
    cores = os.cpu_count() or 1
    workers = max(1, cores // 2) if options.workers is None else options.workers
    recipe: Recipe = options.recipe or ("paper" if options.model == "v2v" else "best")
    as_paper = "paper" in (recipe, options.protocol)
    return TrainConfig(
        model=options.model,
        recipe=recipe,
        data=options.data or SYNTHETIC,
        root=str(options.root or ""),
        held_out=options.subject,
        centers=str(options.centers or ""),
        protocol=options.protocol or "ours",
        time_budget_min=options.time_budget,
        samples=options.samples if options.epochs is None else math.ceil(options.epochs * frames),
        batch=_BATCHES[recipe] if options.batch is None else options.batch,
        lr=_LEARNING_RATES[recipe] if options.lr is None else options.lr,
        reuse=(2 if options.data is None else 1) if options.reuse is None else options.reuse,
        workers=workers,
        threads=options.threads or max(1, cores - workers),
        seed=options.seed,
        device=options.device,
        precision=options.precision or ("f32" if as_paper else "auto"),
        eval_minutes=options.eval_minutes,
        eval_samples=options.eval_samples,
        init=str(options.init or ""),
        grow=options.grow,
        compile=options.compile,
        command=command,
        commit=git_commit(),
    )


def run(options: argparse.Namespace, command: str, make_sampler: MakeSampler | None) -> None:
    """Train as the options ask for. Raises ValueError or OSError where the data or the folder cannot be used."""
    refuse_inputs([], [options.root, options.init, options.centers], [(options.out, "--out")])
    make_held_out: MakeSampler | None = None
    if options.data is None:
        config = make_config(options, command)
        make_sampler = make_sampler or synthetic_samplers()
    else:
        dataset, root, processes = DATASETS[options.data], str(options.root), Processes()
        frames = training_frames(dataset, root, options.subject, str(options.centers or ""))
        config = make_config(options, command, len(frames))
        protocol = PROTOCOLS[config.protocol]
        make_sampler = TrainingSamplers(frames, dataset.cube_m, config.seed, processes.rank, processes.world, protocol)
        if config.eval_samples:
            samplers = held_out_samplers(dataset, root, options.subject, config.eval_samples, protocol)
            make_held_out, config = samplers, replace(config, eval_samples=samplers.count)
    _prepare_torch(config)
    task = make_task(options.model, config.recipe, config.data, config.protocol)
    curves = TensorBoardCurves(options.out) if options.tensorboard and Processes().rank == 0 else None
    try:
        train(config, task, make_sampler, options.out, make_held_out, options.allow_change, curves, options.pictures)
    finally:
        if curves is not None:
            curves.close()


def _prepare_torch(config: TrainConfig) -> None:
    """Threads, and under torchrun the link to the other processes. Raises ValueError where the device is not there."""
    torch.set_num_threads(config.threads or os.cpu_count() or 1)
    torch.backends.cudnn.benchmark = True
    processes = Processes()
    if processes.world > 1:
        device = resolve_device(config.device, processes.local)
        if device.type == "cuda":
            torch.cuda.set_device(device)
        distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")


def _command(words: Sequence[str]) -> str:
    """How this run was started, for its card."""
    world = Processes().world
    program = "python" if world == 1 else f"torchrun --nproc-per-node {world}"
    return " ".join([program, "-m models.train", *words])


def main(arguments: Sequence[str] | None = None, make_sampler: MakeSampler | None = None) -> int:
    """Run the command; `make_sampler` replaces the synthetic hands. Returns the exit status: 0 done, 1 failed."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    options = parse_arguments(arguments)
    words = sys.argv[1:] if arguments is None else arguments
    try:
        run(options, _command(words), make_sampler)
    except (ValueError, OSError, DivergedError) as error:
        # What a data worker raises comes with its whole traceback, of which the last line tells what is wrong.
        line = str(error).strip().splitlines()[-1] if str(error).strip() else type(error).__name__
        print(f"models.train: {one_line(line.removeprefix('ValueError: '))}", file=sys.stderr)
        return 1
    finally:
        if distributed.is_available() and distributed.is_initialized():
            distributed.destroy_process_group()
    return 0


if __name__ == "__main__":
    sys.exit(run_command("models.train", main))
