"""Export a trained run as one ONNX file and its card: `python -m models.export --run runs/compact --out NAME.onnx`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from models.command import run_command
from models.core.text import one_line
from models.export.run import ExportFailedError, export_run, last_epochs
from models.outputs import refuse_inputs
from models.train.samplers import MakeSampler
from models.train.state import EPOCHS


def main(arguments: Sequence[str] | None = None, make_sampler: MakeSampler | None = None) -> int:
    """Run the command; `make_sampler` replaces the synthetic hands. Returns the exit status: 0 done, 1 failed."""
    parser = argparse.ArgumentParser(prog="python -m models.export", description="Export a trained run to ONNX.")
    parser.add_argument("--run", required=True, type=Path, help="folder of the run")
    parser.add_argument("--out", required=True, type=Path, help="NAME.onnx; the card NAME.json is written beside it")
    parser.add_argument("--eval-samples", type=int, default=500, help="held-out samples measured (default %(default)s)")
    parser.add_argument("--root", type=Path, metavar="DIR", help="where the run's data set lies now")
    weights = parser.add_mutually_exclusive_group()
    weights.add_argument(
        "--epoch",
        type=int,
        choices=range(1, EPOCHS + 1),
        help="the weights after so many tenths of the run, not averaged",
    )
    weights.add_argument(
        "--ensemble",
        type=int,
        choices=range(1, EPOCHS + 1),
        metavar="K",
        help="one network that gives the mean of the estimates after each of the last K tenths of the run",
    )
    weights.add_argument("--mix", type=Path, metavar="RUN", help="the mean of the weights of this run and of another")
    options = parser.parse_args(arguments)
    if options.eval_samples < 1:
        parser.error("--eval-samples: expected one or more")
    epochs = [options.epoch] if options.epoch else last_epochs(options.ensemble or 0)
    try:
        runs = [
            path for run in (options.run, options.mix) if run is not None and run.is_dir() for path in run.iterdir()
        ]
        refuse_inputs([(options.out, "--out"), (options.out.with_suffix(".json"), "--out")], [*runs, options.root])
        count = options.eval_samples
        card = export_run(options.run, options.out, count, make_sampler, epochs, options.root, options.mix)
    except (ValueError, OSError, ExportFailedError) as error:
        print(f"models.export: {one_line(error)}", file=sys.stderr)
        return 1
    print(f"{options.out}: {json.dumps(card['held_out'])}, ONNX and torch within {card['torch_difference_mm']} mm")
    return 0


if __name__ == "__main__":
    sys.exit(run_command("models.export", main))
