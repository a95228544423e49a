"""Cards, networks, checkpoints, predictions and data sets that make no sense."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import asdict
from pathlib import Path
from unittest.mock import patch

import numpy as np

from app.settings import MODEL_FOLDER
from models.data.dataset import MissingFileError
from models.data.registry import DATASETS
from models.evaluate import __main__ as evaluate
from models.export import __main__ as export
from models.report import __main__ as report
from models.runtime import PoseNetwork, RuntimeModelError
from models.train.config import TrainConfig
from models.train.state import Checkpoint
from models.train.tasks import make_task
from tests.inputs.case import Command
from tests.models.data.test_roots import PARTS
from tests.models.report.test_report import figures

SHIPPED = MODEL_FOLDER / "compact.onnx"
HERE = "HERE"


def said_by(command: Callable[[list[str]], int], *words: str | Path) -> str:
    """What a command that fails says: the last line on stderr."""
    err = io.StringIO()
    with redirect_stderr(err), redirect_stdout(io.StringIO()):
        assert command([str(word) for word in words]) == 1
    return f"`{err.getvalue().strip().splitlines()[-1]}`"


def card(key: str, value: str | None) -> Callable[[Path], str]:
    """The shipped network with one key of its card written otherwise, as JSON; None: without it."""

    def run(folder: Path) -> str:
        (folder / "x.onnx").write_bytes(SHIPPED.read_bytes())
        content = json.loads(SHIPPED.with_suffix(".json").read_text()) | {key: HERE}
        if value is None:
            del content[key]
        (folder / "x.json").write_text(json.dumps(content).replace(f'"{HERE}"', value or ""))
        return _refusal(lambda: PoseNetwork(folder / "x.onnx", "cpu"))

    return run


def answer(joint: float, confidence: float) -> Callable[[Path], str]:
    """The shipped network, one of whose joints lies there and has that confidence."""

    def run(folder: Path) -> str:
        for suffix in (".onnx", ".json"):
            (folder / f"x{suffix}").write_bytes(SHIPPED.with_suffix(suffix).read_bytes())
        network = PoseNetwork(folder / "x.onnx", "cpu")
        outputs = [np.zeros((1, 21, 3), np.float32), np.full((1, 21), 0.5, np.float32), np.array([0.5], np.float32)]
        outputs[0][0, 3, 1], outputs[1][0, 7] = joint, confidence
        with patch.object(network, "_run", lambda *_: outputs):
            return _refusal(lambda: network.infer(np.zeros(3 * (network.card.input_resolution,), np.uint8)))

    return run


def checkpoint(**changes: object) -> Callable[[Path], str]:
    """A checkpoint of a run whose configuration is changed; weights: those of another network."""

    def run(folder: Path) -> str:
        weights = make_task("reference" if changes.pop("weights", None) else "compact", "best").build().state_dict()
        config = asdict(TrainConfig("compact", samples=1)) | changes
        Checkpoint(weights, weights, 1, {}, 1, 1, 1.0, config).save(folder)
        return said_by(export.main, "--run", folder, "--out", folder / "x.onnx")

    return run


def no_checkpoint(folder: Path) -> str:
    (folder / "checkpoint.pt").write_bytes(b"no checkpoint")
    return said_by(export.main, "--run", folder, "--out", folder / "x.onnx")


def predictions(row: str) -> Callable[[Path], str]:
    """Predictions of HANDS 2017 for two frames; the second row is that."""

    def run(folder: Path) -> str:
        good = " ".join(["10.0 20.0 500.0"] * 21)
        (folder / "labels.txt").write_text(f"{good}\n{good}\n")
        (folder / "mine.txt").write_text(f"{good}\n{row}\n" if row else f"{good}\n")
        files = ("--predictions", folder / "mine.txt", "--labels", folder / "labels.txt")
        return said_by(evaluate.main, "--data", "hands2017", *files)

    return run


def a_report(**changes: object) -> Callable[[Path], str]:
    def run(folder: Path) -> str:
        (folder / "a.json").write_text(json.dumps(figures(**changes)))
        return said_by(report.main, "--out", folder / "page.html", folder / "a.json")

    return run


def root_too_high(data: str) -> Callable[[Path], str]:
    def run(folder: Path) -> str:
        (folder / "inner" / PARTS[data]).mkdir(parents=True)
        return _refusal(lambda: DATASETS[data].open(folder, DATASETS[data].splits[0]))

    return run


def _refusal(work: Callable[[], object]) -> str:
    try:
        work()
    except (RuntimeModelError, MissingFileError) as error:
        return f"`{error}`"
    raise AssertionError("nothing was said")


LARGE = "1" + 400 * "0"
RESEARCH_CASES = [
    *(Command(f"card: `input_resolution` {value}", card("input_resolution", value)) for value in ("3000", "1000000")),
    Command("card: Infinity", card("cube_size_m", "Infinity")),
    Command("card: 10^400", card("input_resolution", LARGE)),
    Command("card: a missing key", card("joints", None)),
    Command("a network answers NaN", answer(float("nan"), 0.5)),
    Command("a network answers a place far outside", answer(1.5, 0.5)),
    Command("a network answers a confidence of 1.2", answer(0.0, 1.2)),
    Command("checkpoint: an unknown model", checkpoint(model="huge")),
    Command("checkpoint: unknown data", checkpoint(data="nonsense")),
    Command("checkpoint: another network's weights", checkpoint(weights="reference")),
    Command("checkpoint: damaged", no_checkpoint),
    Command("predictions: Infinity", predictions("1e400 " + "1 " * 62)),
    Command("predictions: 10^400", predictions(f"{LARGE} " + "1 " * 62)),
    Command("predictions: a number too few", predictions("1 " * 62)),
    Command("predictions: a row too few", predictions("")),
    Command("report: 10^400", a_report(map_10cm=10**400)),
    Command("report: a figure that is no number", a_report(mean_error_mm=float("nan"))),
    *(Command(f"the root of {DATASETS[data].title} one level too high", root_too_high(data)) for data in PARTS),
]
