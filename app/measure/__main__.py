"""Measure the tracking of two hands: `python -m app.measure --films 5`.

Films of two hands that cross, touch and hide each other go through the tracker; the figures are in docs/hands.md. With
SOURCE, recordings or folders of one hand do: no second hand should be found in them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from app.errors import AppError
from app.measure.two_hands import HEAD, Figures, answers_of, cost_of_two, film_of, processor_s
from app.settings import TrackerSettings
from app.sources import make_source
from app.tracking.build import build_tracker, make_tracker
from models.command import run_command
from models.core.devices import DEVICES
from models.core.text import one_line, printable

FRAMES = 375
"""One cycle of a film: every act once."""
TIMED_FRAMES = 150


def measure_films(options: argparse.Namespace) -> None:
    """Print what becomes of the films, one line each, of all, and the time of two hands against one."""
    tracker, single = (build_tracker(TrackerSettings(hands=hands), options.model, options.device) for hands in (2, 1))
    print(HEAD)
    total = Figures()
    for seed in range(options.first, options.first + options.films):
        film = film_of(seed, options.frames)
        answers, figures = answers_of(tracker, film), Figures()
        for summed in (figures, total):
            summed.add(answers)
        print(figures.line(str(seed)), flush=True)
    print(total.line("all"))
    part = film_of(options.first, min(options.frames, TIMED_FRAMES))
    ratio = processor_s(tracker, part) / processor_s(single, part)
    print(f"processor time of two hands: {ratio:.2f} times that of one, over {len(part)} frames")


def measure_sources(options: argparse.Namespace) -> None:
    """Print in how many frames of each source a second hand is found, and what looking for it costs."""
    two = build_tracker(TrackerSettings(hands=2), options.model, options.device)
    one = make_tracker(*two.networks, TrackerSettings(hands=1))
    for name in options.source:
        cost = cost_of_two(two, one, make_source(name, realtime=False))
        line = f"{name}: a second hand in {cost.found} of {cost.frames} frames"
        if cost.p50 is not None and cost.p95 is not None:
            line += f"; two hands take {cost.p50:.2f} times as long as one (p50), {cost.p95:.2f} (p95)"
        print(printable(line), flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Returns the exit status: 0 done, 1 failed."""
    parser = argparse.ArgumentParser(prog="python -m app.measure", description=(__doc__ or "").split("\n\n")[1])
    parser.add_argument("source", nargs="*", metavar="SOURCE", help="recordings or folders that show one hand")
    parser.add_argument("--films", type=int, default=10, help="how many films (default: 10)")
    parser.add_argument("--first", type=int, default=1, help="the first film's seed (default: 1)")
    parser.add_argument("--frames", type=int, default=FRAMES, help=f"of each film (default: {FRAMES}, every act once)")
    parser.add_argument("--model", default="auto", help="auto, compact, full or an .onnx file (default: auto)")
    parser.add_argument("--device", choices=DEVICES, default="auto")
    options = parser.parse_args(arguments)
    if options.films < 1 or options.frames < 1 or options.first < 0:
        parser.error("expected --films and --frames above zero, and --first of 0 or more")
    try:
        (measure_sources if options.source else measure_films)(options)
    except (AppError, ValueError) as error:
        print(f"app.measure: {one_line(error)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(run_command("app.measure", main))
