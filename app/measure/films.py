"""Measure the model that fits itself: `python -m app.measure.films --films 6`.

Films of strangers' hands with truth go through the tracker, and the joints as they were read are compared with the
fitted model; the figures are in docs/hands.md. With SOURCE, recordings or folders do: without truth, how far both are
off the depth image. With `--hands 2`, films of two hands that cross, touch and hide each other, a line a hand.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from app.errors import AppError
from app.measure.fitted import HEAD, Figures, Fitted, figures_of, followed, followed_both, of_film, of_source, overall
from app.measure.two_hands import FPS, film_of
from app.settings import HAND_COUNTS, TrackerSettings
from app.sources import make_source
from app.tracking.build import AnyTracker, build_tracker
from models.command import run_command
from models.core.devices import DEVICES
from models.core.text import one_line, printable
from models.data.synthetic.films import SECONDS, Film

WARM_UP = 3
"""Calls that load and compile the kernels are not timed."""


def measure_films(tracker: AnyTracker, options: argparse.Namespace) -> None:
    """Print a line a film, one of all, and the processor time of the model."""
    print(HEAD)
    lines: list[Figures] = []
    times: list[float] = []
    for seed in range(options.first, options.first + options.films):
        film = Film(seed, options.seconds)
        answers = list(followed(tracker, of_film(film)))
        times += _times(answers)
        lines += _printed(f"{seed} {film.kind}", answers)
    _end(lines, times)


def measure_both_hands(tracker: AnyTracker, options: argparse.Namespace) -> None:
    """Print a line a hand of each film, one of all, and the processor time of the model."""
    print(HEAD)
    lines: list[Figures] = []
    times: list[float] = []
    for seed in range(options.first, options.first + options.films):
        film = film_of(seed, max(round(options.seconds * FPS), 1))
        for hand, answers in followed_both(tracker, film).items():
            times += _times(answers)
            lines += _printed(f"{seed} {hand}", answers)
    _end(lines, times)


def measure_sources(tracker: AnyTracker, options: argparse.Namespace) -> None:
    """Print a line a source, and the processor time of the model."""
    print(HEAD)
    lines: list[Figures] = []
    times: list[float] = []
    for name in options.source:
        answers = list(followed(tracker, of_source(make_source(name, realtime=False), options.frames)))
        times += _times(answers)
        figures = figures_of(answers)
        print(printable(figures.line(Path(name).name[:14])), flush=True)
        lines.append(figures)
    _end(lines, times)


def _printed(name: str, answers: Sequence[Fitted | None]) -> list[Figures]:
    """The figures of a film after they were printed; none where no hand was found in it."""
    try:
        figures = figures_of(answers)
    except ValueError as error:
        print(f"{name:14s} {error}", flush=True)
        return []
    print(figures.line(name), flush=True)
    return [figures]


def _times(answers: Sequence[Fitted | None]) -> list[float]:
    return [answer.processor_ms for answer in answers[WARM_UP:] if answer is not None]


def _end(lines: Sequence[Figures], times: Sequence[float]) -> None:
    if len(lines) > 1:
        print(overall(lines).line("all"))
    changes = [change for each in lines if (change := each.change) is not None]
    if changes:
        print(f"worst film: {max(changes):+.1%}; best film: {min(changes):+.1%}")
    if times:
        p50, p95 = np.percentile(times, [50, 95])
        print(f"processor time of the model: p50 {p50:.1f} ms, p95 {p95:.1f} ms, {len(times)} frames")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Returns the exit status: 0 done, 1 failed."""
    parser = argparse.ArgumentParser(prog="python -m app.measure.films", description=(__doc__ or "").split("\n\n")[1])
    parser.add_argument("source", nargs="*", metavar="SOURCE", help="recordings or folders instead of films")
    parser.add_argument("--films", type=int, default=6, metavar="N", help="how many films (default: 6)")
    parser.add_argument("--first", type=int, default=0, metavar="SEED", help="the first film's seed (default: 0)")
    parser.add_argument("--hands", type=int, choices=HAND_COUNTS, default=1, help="in each film (default: 1)")
    parser.add_argument("--seconds", type=float, default=SECONDS, metavar="S", help="of each film (default: 4)")
    parser.add_argument("--frames", type=int, metavar="N", help="at most so many of each SOURCE (default: all)")
    parser.add_argument("--model", default="auto", help="auto, compact, full or an .onnx file (default: auto)")
    parser.add_argument("--device", choices=DEVICES, default="auto")
    options = parser.parse_args(arguments)
    if options.films < 1 or options.first < 0 or not 0 < options.seconds <= 600:
        parser.error("expected --films above zero, --first of 0 or more, and --seconds above zero up to 600")
    if options.frames is not None and options.frames < 1:
        parser.error("expected --frames above zero")
    try:
        tracker = build_tracker(TrackerSettings(hands=options.hands), options.model, options.device)
        films = measure_both_hands if options.hands == 2 else measure_films
        (measure_sources if options.source else films)(tracker, options)
    except (AppError, ValueError) as error:
        print(f"app.measure.films: {one_line(error)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(run_command("app.measure.films", main))
