"""How calm a still hand's joints are, and how late a moving hand's: `python -m app.measure.steady`.

Films of a hand that is still, goes to and fro at a known speed, or bends its fingers, are read without a filter. What
filters make of these readings is printed; the figures are in docs/hands.md.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from app.errors import AppError
from app.measure.one_euro import OneEuroFilter
from app.settings import TrackerSettings
from app.sources.simulator import SIMULATED_CAMERA
from app.tracking.base import FrameTracker
from app.tracking.build import build_tracker
from app.tracking.smoothing import SteadyFilter
from models.command import run_command
from models.core.devices import DEVICES
from models.core.text import one_line
from models.core.types import DepthFrame
from models.rendering.paced import Pace, PacedMovie

STILL = tuple(Pace(gesture) for gesture in ("open", "fist", "point", "victory", "relaxed"))
SIDEWAYS, TOWARDS, SLANTING = (1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.8, 0.0, 0.6)
FAST = (Pace("open", 1.0, SIDEWAYS), Pace("relaxed", 1.0, TOWARDS), Pace("point", 1.0, SLANTING))
SLOW = (Pace("open", 0.3, SIDEWAYS), Pace("fist", 0.3, TOWARDS))
BENDING = (Pace(bends_hz=0.5), Pace(bends_hz=1.5))
SETTLED_S = 0.33
"""At the start of each film, not counted."""


class Filter(Protocol):
    """What is compared."""

    def filter(self, points: NDArray[Any], time_s: float) -> NDArray[np.float64]: ...


class Unfiltered:
    """Joints as they were read."""

    def filter(self, points: NDArray[Any], time_s: float) -> NDArray[np.float64]:
        return np.array(points, dtype=np.float64)


FILTERS: dict[str, Callable[[], Filter]] = {"none": Unfiltered, "One Euro": OneEuroFilter, "ours": SteadyFilter}


@dataclass(frozen=True, slots=True, eq=False)  # arrays inside: compared by identity
class Reading:
    """A film, frame by frame, as far as it was tracked: times (N,) s; joints as read, and true, (N, 21, 3) m."""

    times_s: NDArray[np.float64]
    read_m: NDArray[np.float64]
    true_m: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Figures:
    """What a filter does to a film.

    shake_mm: how far a joint is from its own mean place over the film, root mean square, mean over the joints; says
    something of a hand that is still. late_ms: by how much what is shown is later than what was read, by least squares
    over all joints and frames; None of a hand that is still. error_mm: root mean square of the distance to the truth.
    """

    shake_mm: float
    late_ms: float | None
    error_mm: float


def reading_of(tracker: FrameTracker, pace: Pace, fps: float, frames: int, seed: int) -> Reading:
    """A film of so many frames, read."""
    movie = PacedMovie(SIMULATED_CAMERA, pace, fps, seed)
    tracker.reset()
    found = []
    for index in range(frames):
        made, time_s = movie.render(index), index / fps
        depth = DepthFrame(made.raw, movie.depth_units, SIMULATED_CAMERA, index, 1000 * time_s, 0.0)
        pose = tracker.track(depth).pose
        if pose is not None and made.pose is not None:
            found.append((time_s, pose.joints_cam_m, made.pose.joints_cam_m))
    times, read, true = zip(*found) if found else ((), (), ())
    return Reading(np.array(times), np.array(read).reshape(-1, 21, 3), np.array(true).reshape(-1, 21, 3))


def figures_of(make: Callable[[], Filter], reading: Reading) -> Figures:
    """What a filter makes of a film. Raises ValueError where too little of it was tracked."""
    counted = reading.times_s >= SETTLED_S
    if counted.sum() < 3:
        raise ValueError("too few frames of a film were tracked; give it more --seconds, or choose another --model")
    smooth = make()
    shown = np.array([smooth.filter(points, time_s) for points, time_s in zip(reading.read_m, reading.times_s)])
    speed = np.gradient(reading.true_m, reading.times_s, axis=0)[counted]
    behind, shown = (reading.read_m - shown)[counted], shown[counted]
    moved = float((speed**2).sum())
    return Figures(
        shake_mm=1000 * float(np.sqrt(shown.var(axis=0).sum(axis=1)).mean()),
        late_ms=1000 * float((behind * speed).sum()) / moved if moved > 1e-9 else None,
        error_mm=1000 * float(np.sqrt(((shown - reading.true_m[counted]) ** 2).sum(axis=2).mean())),
    )


HEAD = (
    "filter      still: shake mm   worst mm |  1 m/s: late ms   error mm | 0.3 m/s: late ms  error mm |"
    "  bending: late ms  error mm"
)


def line_of(name: str, of: dict[str, list[Figures]]) -> str:
    """For people, under `HEAD`; of: the figures of each group of films."""
    shakes = [figures.shake_mm for figures in of["still"]]
    parts = [f"{name:10s} {np.mean(shakes):16.2f} {max(shakes):10.2f}"]
    for group in ("fast", "slow", "bending"):
        late = np.mean([figures.late_ms for figures in of[group] if figures.late_ms is not None])
        parts.append(f"{late:15.1f} {np.mean([figures.error_mm for figures in of[group]]):10.2f}")
    return " | ".join(parts)


def measure(options: argparse.Namespace) -> None:
    """Read the films and print a line for each filter."""
    tracker = build_tracker(TrackerSettings(), options.model, options.device)
    frames = round(options.seconds * options.fps)
    groups = {"still": STILL, "fast": FAST, "slow": SLOW, "bending": BENDING}
    readings = {
        group: [reading_of(tracker, pace, options.fps, frames, seed) for seed, pace in enumerate(paces, options.seed)]
        for group, paces in groups.items()
    }
    print(f"films of {options.seconds:g} s at {options.fps:g} fps, seeds from {options.seed}")
    print(HEAD)
    for name, make in FILTERS.items():
        print(line_of(name, {g: [figures_of(make, reading) for reading in of] for g, of in readings.items()}))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Returns the exit status: 0 done, 1 failed."""
    parser = argparse.ArgumentParser(prog="python -m app.measure.steady", description=(__doc__ or "").split("\n\n")[1])
    parser.add_argument("--seconds", type=float, default=2.0, metavar="S", help="of each of 12 films (default: 2)")
    parser.add_argument("--fps", type=float, default=30.0, help="frames a second (default: 30)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the first film (default: 1)")
    parser.add_argument("--model", default="auto", help="auto, compact, full or an .onnx file (default: auto)")
    parser.add_argument("--device", choices=DEVICES, default="auto")
    options = parser.parse_args(arguments)
    if not (0 < options.seconds <= 3600 and 1 <= options.fps <= 1000 and options.seed >= 0):
        parser.error("expected --seconds above 0, --fps from 1 to 1000 and --seed of 0 or more")
    try:
        measure(options)
    except (AppError, ValueError) as error:
        print(f"app.measure.steady: {one_line(error)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(run_command("app.measure.steady", main))
