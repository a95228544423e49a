"""Times every way to run a network on a GPU: `python -m models.gpu_bench --model assets/models/v2v.onnx`.

One volume at a time, as a camera brings them: copied to the GPU, answered, copied back. The processor's own answer is
what joints are compared with.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.command import run_command
from models.core.heatmaps import NOTHING_EXPECTED
from models.core.text import one_line
from models.outputs import refuse_inputs, write_whole
from models.runtime import ModelCard, PoseNetwork, RuntimeModelError
from models.runtime.falling_back import Run
from models.runtime.gpu_ways import WAYS, Way, open_way

WARM_UP = 20
VOLUMES = 8
FILLED = 0.01
"""The share of a volume that a hand's surface fills."""


@dataclass(frozen=True, slots=True)
class Timed:
    """Milliseconds a volume; moved_mm: how far joints lie from where the processor has them, in float32, on average.

    failed: why there are no figures, else "".
    """

    name: str
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    a_second: float | None = None
    moved_mm: float | None = None
    failed: str = ""

    def line(self) -> str:
        if self.p50_ms is None or self.p95_ms is None or self.p99_ms is None:
            return f"{self.name:<26}{self.failed}"
        times = "".join(f"{value:>9.2f}" for value in (self.p50_ms, self.p95_ms, self.p99_ms))
        return f"{self.name:<26}{times}{self.a_second:>10.0f}{self.moved_mm:>10.2f}"


def volumes(card: ModelCard) -> list[list[NDArray[Any]]]:
    """Inputs of the network: volumes with as many voxels as a hand has, and nothing expected."""
    rng, size = np.random.default_rng(1), card.input_resolution
    nothing = np.tile(np.array(NOTHING_EXPECTED, np.float32), (1, len(card.joints), 1))
    extra = [nothing] if card.details.get("takes_expected") else []
    return [[(rng.random((1, 1, size, size, size)) < FILLED).astype(np.uint8), *extra] for _ in range(VOLUMES)]


def timed(name: str, run: Run, inputs: Sequence[list[NDArray[Any]]], truth_mm: NDArray[Any], n: int) -> Timed:
    """Figures of one way over `n` calls after a warm-up. truth_mm: (V, J, 3), where joints should be, in the cube."""
    spent_ms: list[float] = []
    for number in range(WARM_UP + n):
        start_s = time.perf_counter()
        run(*inputs[number % len(inputs)])
        spent_ms.append(1000 * (time.perf_counter() - start_s))
    joints = np.stack([run(*each)[0][0] for each in inputs])
    p50, p95, p99 = (float(value) for value in np.percentile(spent_ms[WARM_UP:], (50, 95, 99)))
    return Timed(name, p50, p95, p99, 1000 * n / sum(spent_ms[WARM_UP:]), _moved(joints, truth_mm))


def _moved(joints: NDArray[Any], truth: NDArray[Any]) -> float:
    return float(np.linalg.norm(joints - truth, axis=-1).mean())


def bench(path: Path, n: int, opened: Callable[..., Run] = open_way, ways: Sequence[Way] = WAYS) -> list[Timed]:
    """The processor, then each way on the GPU, in turn. Raises RuntimeModelError where the network cannot be used."""
    network = PoseNetwork(path, "cpu")
    card, inputs = network.card, volumes(network.card)
    edge_mm = 1000 * card.size_m
    plain: Run = network.run
    truth = np.stack([plain(*each)[0][0] for each in inputs])
    shapes = [answer.shape for answer in plain(*inputs[0])]
    found = [timed(network.device, plain, inputs, truth, max(n // 10, 3))]
    for way in ways:
        try:
            run = opened(path, way, inputs[0], shapes)
            figures = timed(way.name, run, inputs, truth, n)
        except RuntimeModelError as error:
            figures = Timed(way.name, failed=str(error))
        except Exception as error:  # a GPU that fails while it is timed; the other ways are still worth a try
            figures = Timed(way.name, failed=one_line(error))
        found.append(figures)
    return [_in_mm(each, edge_mm) for each in found]


def _in_mm(figures: Timed, edge_mm: float) -> Timed:
    if figures.moved_mm is None:
        return figures
    return replace(figures, moved_mm=figures.moved_mm * edge_mm)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Returns the exit status: 0 done, 1 failed."""
    parser = argparse.ArgumentParser(prog="python -m models.gpu_bench", description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True, help="NAME.onnx of a pose network")
    parser.add_argument("--n", type=int, default=300, help="volumes a way, after 20 to warm up (default %(default)s)")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures there as well")
    options = parser.parse_args(arguments)
    if options.n < 1:
        parser.error("--n: expected one or more")
    try:
        if options.json is not None:
            refuse_inputs([(options.json, "--json")], [options.model, options.model.with_suffix(".json")])
        found = bench(options.model, options.n)
        if options.json is not None:
            write_whole(options.json, (json.dumps([asdict(each) for each in found], indent=1) + "\n").encode())
    except (ValueError, OSError, RuntimeModelError) as error:
        print(f"models.gpu_bench: {one_line(error)}", file=sys.stderr)
        return 1
    print(f"{'way':<26}   p50 ms   p95 ms   p99 ms  a second  moved mm")
    print("\n".join(each.line() for each in found))
    return 0


if __name__ == "__main__":
    sys.exit(run_command("models.gpu_bench", main))
