"""Train a network: `python -m models.train --model compact --out runs/compact --time-budget 60`.

A run that was stopped or killed goes on from its last checkpoint when the same command is given again. Several GPUs:
`torchrun --nproc-per-node N -m models.train ...`.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

# Threads that wait by spinning starve the data workers and each other on shared cores; read when torch loads.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
from torch import distributed

from models.training.config import Recipe, TrainConfig, git_commit
from models.training.data import MakeMaker
from models.training.loop import DivergedError, Processes, Trainer, resolve_device
from models.training.tasks import make_task

_LEARNING_RATES: dict[Recipe, float] = {"soft": 2e-3, "paper": 2.5e-4}


def parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m models.train", description="Train a network on synthetic hands.")
    parser.add_argument("--model", required=True, choices=("compact", "v2v", "reference"))
    parser.add_argument("--out", required=True, type=Path, help="folder of the run; resumed where it has a checkpoint")
    end = parser.add_mutually_exclusive_group(required=True)
    end.add_argument("--time-budget", type=float, metavar="MIN", help="minutes of training, over all resumes")
    end.add_argument("--samples", type=int, metavar="N", help="samples to train on")
    parser.add_argument("--recipe", choices=("soft", "paper"), help="default: paper for v2v, soft for the others")
    parser.add_argument("--batch", type=int, default=16, help="samples a step and process (default %(default)s)")
    parser.add_argument("--lr", type=float, help="default: 0.002, with the paper's recipe 0.00025")
    parser.add_argument("--reuse", type=int, default=2, help="uses of each rendered cloud (default %(default)s)")
    parser.add_argument("--workers", type=int, help="data processes; default: one to each two cores")
    parser.add_argument("--threads", type=int, default=0, help="torch threads; default: cores without data workers")
    parser.add_argument("--init", type=Path, metavar="RUN", help="start from the averaged weights of a finished run")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--precision", choices=("auto", "bf16", "f32"), default="auto")
    parser.add_argument("--eval-minutes", type=float, default=10.0, help="time between held-out evaluations")
    parser.add_argument("--eval-samples", type=int, default=192, help="held-out samples while training, 0 for none")
    return parser.parse_args(arguments)


def make_config(options: argparse.Namespace, command: str) -> TrainConfig:
    """The configuration that the options ask for. Raises ValueError for values that make no sense."""
    cores = os.cpu_count() or 1
    workers = max(1, cores // 2) if options.workers is None else options.workers
    recipe: Recipe = options.recipe or ("paper" if options.model == "v2v" else "soft")
    return TrainConfig(
        model=options.model,
        recipe=recipe,
        time_budget_min=options.time_budget,
        samples=options.samples,
        batch=options.batch,
        lr=_LEARNING_RATES[recipe] if options.lr is None else options.lr,
        reuse=options.reuse,
        workers=workers,
        threads=options.threads or max(1, cores - workers),
        seed=options.seed,
        device=options.device,
        precision=options.precision,
        eval_minutes=options.eval_minutes,
        eval_samples=options.eval_samples,
        init=str(options.init or ""),
        command=command,
        commit=git_commit(),
    )


def main(arguments: Sequence[str] | None = None, make_maker: MakeMaker | None = None) -> int:
    """Run the command; `make_maker` replaces the synthetic hands. Returns the exit status: 0 done, 1 failed."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    options = parse_arguments(arguments)
    words = sys.argv[1:] if arguments is None else arguments
    try:
        config = make_config(options, " ".join(["python -m models.train", *words]))
        torch.set_num_threads(config.threads or os.cpu_count() or 1)
        if make_maker is None:
            from models.data.synthetic.samples import SampleMaker

            make_maker = SampleMaker
        processes = Processes()
        if processes.world > 1:
            device = resolve_device(config.device, processes.local)
            if device.type == "cuda":
                torch.cuda.set_device(device)
            distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
        torch.backends.cudnn.benchmark = True
        Trainer(config, make_task(options.model, config.recipe), make_maker, options.out).run()
    except (ValueError, OSError, DivergedError) as error:
        print(f"models.train: {error}", file=sys.stderr)
        return 1
    finally:
        if distributed.is_available() and distributed.is_initialized():
            distributed.destroy_process_group()
    return 0


if __name__ == "__main__":
    sys.exit(main())
