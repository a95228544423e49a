"""The paper's comparisons on synthetic hands: `python -m models.ablation --out runs/ablation`.

Or on a public data set, `--data nyu --root DIR --reference REF.onnx`.

1. Trains the four networks of Table 1 (a depth map or voxels in, coordinates or likelihoods out) with cubes around the
   refined reference point, and the paper's own also with cubes around the centre of mass. All get the same hands and
   the same budget.
2. Measures them on the first frames of the frozen synthetic test set, or on test frames of the data set.
3. Prints Tables 1 and 2.

What is finished is kept: stopped at any moment, the same command goes on.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

# As in models/train/__main__.py; read when torch loads.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
from tqdm import tqdm

from models.ablation.hands import Hands, HandStore
from models.ablation.learning import RUNS, TABLE_1, Run, make_trainer
from models.ablation.measuring import Measured, frame_times_ms, measure
from models.ablation.public import HAND_DATASETS, public_sources
from models.ablation.sources import FrameSources, synthetic_sources
from models.ablation.tables import format_tables
from models.command import run_command
from models.core.protocol import PROTOCOLS
from models.core.text import one_line
from models.data.options import add_root_options, chosen_dataset
from models.data.registry import DATASETS
from models.outputs import refuse_inputs, write_whole
from models.runtime import RuntimeModelError
from models.train.config import SYNTHETIC, TrainConfig, git_commit
from models.train.loop import DivergedError
from models.train.state import CHECKPOINT, EPOCHS, load_checkpoint
from models.train.stop import StopRequest

SETTINGS = "ablation.json"


class StoppedError(Exception):
    """Somebody asked the command to end."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What every run gets; the runs of a folder have all the same. samples: hands made. epochs: passes over them.

    data, subject, protocol: what the hands are; folders of before there were others have synthetic ones.
    """

    samples: int
    epochs: int
    batch: int
    lr: float
    seed: int
    data: str = SYNTHETIC
    subject: int | None = None
    protocol: str = "ours"

    def config(self, run: Run, goal: int, command: str) -> TrainConfig:
        """The configuration of a run that ends after `goal` samples."""
        return TrainConfig(
            run.name,
            samples=goal,
            batch=self.batch,
            lr=self.lr,
            workers=0,
            threads=torch.get_num_threads(),
            seed=self.seed,
            device="cpu",
            eval_samples=0,
            command=command,
            commit=git_commit(),
        )


def chosen_sources(options: argparse.Namespace) -> FrameSources:
    """Synthetic hands, or the data set of --data. Raises ValueError or RuntimeModelError where it cannot be used."""
    if options.data is None:
        return synthetic_sources()
    protocol = PROTOCOLS[options.protocol or "ours"]
    return public_sources(DATASETS[options.data], options.root, options.subject, options.reference, protocol)


def parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m models.ablation", description="Train and compare the networks of the paper's Tables 1 and 2."
    )
    parser.add_argument("--out", required=True, type=Path, help="folder of the hands and the runs; resumed")
    parser.add_argument("--samples", type=int, default=12_000, metavar="N", help="hands made (default %(default)s)")
    parser.add_argument("--epochs", type=int, default=3, metavar="N", help="passes over them (default %(default)s)")
    parser.add_argument("--test", type=int, default=1000, metavar="N", help="frames measured (default %(default)s)")
    parser.add_argument("--only", action="append", choices=sorted(RUNS), help="train this one only; may be repeated")
    parser.add_argument(
        "--ensemble",
        type=int,
        default=5,
        metavar="K",
        help="last tenths of a run in its ensemble (default %(default)s)",
    )
    parser.add_argument("--batch", type=int, default=16, help="samples a step (default %(default)s)")
    parser.add_argument("--lr", type=float, default=1e-3, help="learning rate, constant (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the hands and the runs (default %(default)s)")
    parser.add_argument("--threads", type=int, default=1, help="of torch (default %(default)s)")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures there as well")
    _add_data_options(parser)
    options = parser.parse_args(arguments)
    _check_data_options(parser, options)
    for name in ("samples", "epochs", "test", "ensemble", "batch", "lr", "threads"):
        if not getattr(options, name) > 0:
            parser.error(f"--{name}: expected a value above zero, got {getattr(options, name)}")
    if options.seed < 0:
        parser.error(f"--seed: expected zero or more, got {options.seed}")
    if options.ensemble > EPOCHS:
        parser.error(f"--ensemble: expected at most {EPOCHS}, got {options.ensemble}")
    return options


def _add_data_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("data sets", "instead of synthetic hands")
    group.add_argument("--data", choices=HAND_DATASETS, help="name of the data set")
    add_root_options(group)
    group.add_argument(
        "--reference", type=Path, metavar="REF.onnx", help="a network trained on it that finds its reference points"
    )
    group.add_argument("--protocol", choices=sorted(PROTOCOLS), help="as the paper measures, or this project (default)")


def _check_data_options(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Ends with a usage error where options of a data set do not go together."""
    if options.data is None:
        for name in ("root", "subject", "reference", "protocol"):
            if getattr(options, name) is not None:
                parser.error(f"--{name} goes with --data, which is missing")
        return
    chosen_dataset(parser, options)
    if options.reference is None:
        parser.error(
            f"--data {options.data} needs --reference too: "
            f"train one with models.train --model reference --data {options.data}"
        )


def keep_budget(folder: Path, budget: Budget) -> None:
    """Write down what the runs of a folder get. Raises ValueError where they got something else before."""
    path = folder / SETTINGS
    folder.mkdir(parents=True, exist_ok=True)
    if path.exists():
        try:
            before = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{path}: is not readable ({error}); remove it or use another --out") from None
        for name, wanted in asdict(budget).items():
            default = {field.name: field.default for field in fields(Budget)}.get(name)
            was = before.get(name, default) if isinstance(before, dict) else None
            if was != wanted:
                raise ValueError(f"{path}: the folder's runs have {name} {was}, not {wanted}; use another --out")
    else:
        write_whole(path, (json.dumps(asdict(budget), indent=1) + "\n").encode())


def load_hands(store: HandStore, count: int, what: str, stop: StopRequest) -> Hands:
    """The first `count` hands of a store, made where they are missing. Raises StoppedError."""
    with tqdm(total=count, desc=what, unit=" hands", disable=None) as bar:

        def tell(done: int) -> None:
            bar.update(done - bar.n)
            if stop.requested:
                raise StoppedError

        hands = store.load(count, tell)
    if not len(hands):
        raise ValueError(f"{what}: none of {count} frames shows enough of its hand; ask for more")
    return hands


def is_finished(folder: Path, goal: int) -> bool:
    """Whether a run's folder holds `goal` samples of training. Raises ValueError where its checkpoint is damaged."""
    return (folder / CHECKPOINT).exists() and load_checkpoint(folder).samples >= goal


def train(run: Run, config: TrainConfig, hands: Hands, folder: Path, stop: StopRequest) -> None:
    """Train a run to its end, from where it stands. Raises StoppedError."""
    assert config.samples is not None
    if is_finished(folder, config.samples):
        return
    print(run.name, file=sys.stderr)
    trainer = make_trainer(config, run, hands, folder)
    trainer.run()
    if stop.requested or trainer.progress() < 1:
        raise StoppedError


def compare(options: argparse.Namespace, sources: FrameSources, command: str, stop: StopRequest) -> list[Measured]:
    """Make the hands, train what is not finished and measure all that is. Raises StoppedError, ValueError."""
    setting, samples, tests = sources.setting, options.samples, options.test
    samples, tests = min(samples, sources.most or samples), min(tests, sources.most_tests or tests)
    budget = Budget(
        samples,
        options.epochs,
        options.batch,
        options.lr,
        options.seed,
        options.data or SYNTHETIC,
        options.subject,
        setting.protocol.name,
    )
    keep_budget(options.out, budget)
    refined = (sources.refiner, sources.refiner_key, setting)
    hands = load_hands(HandStore(options.out / "hands", sources.train, options.seed, *refined), samples, "hands", stop)
    goal = len(hands) * budget.epochs
    for run in [RUNS[name] for name in options.only or RUNS]:
        train(run, budget.config(run, goal, command), hands, options.out / run.name, stop)
    store = HandStore(options.out / "test", sources.test, sources.test_seed, *refined)
    test = load_hands(store, tests, "test", stop)
    finished = {run: options.out / run.name for run in RUNS.values() if is_finished(options.out / run.name, goal)}
    times = frame_times_ms(list(finished), setting)
    measured: list[Measured] = []
    for run, folder in finished.items():
        ensemble = options.ensemble if run == TABLE_1[-1] else 0
        measured.append(measure(run, folder, test, ensemble, times[run.name]))
        if stop.requested:
            raise StoppedError
    return measured


def spare_inputs(options: argparse.Namespace) -> None:
    """Raise OutputError where an output would replace what is to be read."""
    card = options.reference.with_suffix(".json") if options.reference is not None else None
    outputs = [(options.json, "--json")] if options.json is not None else []
    refuse_inputs(outputs, [options.root, options.reference, card], [(options.out, "--out")])


def _data_in_words(options: argparse.Namespace) -> str:
    """What was measured on, for the line above the tables."""
    if options.data is None:
        return "the test set"
    subject = "" if options.subject is None else f", subject or fold {options.subject},"
    return f"{options.data}{subject} by the protocol {options.protocol or 'ours'!r}"


def main(arguments: Sequence[str] | None = None, make: Callable[[], FrameSources] | None = None) -> int:
    """Run the command; `make` replaces the synthetic hands. Returns the exit status: 0 done, 1 failed or stopped."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    options = parse_arguments(arguments)
    words = sys.argv[1:] if arguments is None else arguments
    threads = torch.get_num_threads()
    torch.set_num_threads(options.threads)
    try:
        spare_inputs(options)
        with StopRequest() as stop:
            measured = compare(
                options,
                make() if make else chosen_sources(options),
                " ".join(["python -m models.ablation", *words]),
                stop,
            )
        if options.json is not None:
            write_whole(options.json, (json.dumps([asdict(one) for one in measured], indent=1) + "\n").encode())
        print(format_tables(measured, options.ensemble, _data_in_words(options)))
    except StoppedError:
        print("models.ablation: stopped; the same command goes on from here", file=sys.stderr)
        return 1
    except (ValueError, OSError, RuntimeModelError, DivergedError) as error:
        print(f"models.ablation: {one_line(error)}", file=sys.stderr)
        return 1
    finally:
        torch.set_num_threads(threads)
    return 0


if __name__ == "__main__":
    sys.exit(run_command("models.ablation", main))
