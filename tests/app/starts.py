"""How long the program takes to start: python -m tests.app.starts [--starts 7] [--source assets/demo.bag]

Each start is a process of its own, as a user starts it, one after the other; the first one is not counted, for it may
have to make what later ones find. Seconds from the start of the process: `--help` to its end, a headless run to the
first row of its export, the window to its first picture and to the first pose in it. CPU: processor time, which hardly
depends on what else the computer does. Where there is no display it starts a virtual one.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from app.settings import BUNDLED_RECORDING
from tests.app.gui import xvfb

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 180.0
LOOK_S = 0.003
Times = dict[str, tuple[float, float]]
"""By what was reached: seconds since the start, and processor seconds."""


def started_help() -> Times:
    before = os.times()
    start_s = time.monotonic()
    subprocess.run([sys.executable, "main.py", "--help"], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    wall_s, after = time.monotonic() - start_s, os.times()
    cpu_s = after.children_user + after.children_system - before.children_user - before.children_system
    return {"--help": (wall_s, cpu_s)}


def started_headless(source: str) -> Times:
    """To the first row of the export; processor time is that of the whole run and of its reader process."""
    with tempfile.TemporaryDirectory() as folder:
        export = Path(folder) / "poses.jsonl"
        arguments = [source, "--headless", "--frames", "1", "--export", str(export)]
        before, start_s = os.times(), time.monotonic()
        process = subprocess.Popen([sys.executable, "main.py", *arguments], cwd=ROOT, stdout=subprocess.DEVNULL)
        while process.poll() is None and not (export.exists() and export.stat().st_size):
            time.sleep(LOOK_S)
        wall_s = time.monotonic() - start_s
        if process.wait(LIMIT_S) or not export.stat().st_size:
            raise RuntimeError("it did not come to a pose")
        after = os.times()
    cpu_s = after.children_user + after.children_system - before.children_user - before.children_system
    return {"headless, first pose": (wall_s, cpu_s)}


def started_window(source: str, environment: dict[str, str]) -> Times:
    """To its picture, and to its first picture with a pose."""
    command, start_s = [sys.executable, "-m", "tests.app.window_start", source], time.monotonic()
    environment = {**os.environ, **environment}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    reached: Times = {}
    for line in done.stdout.splitlines():
        if line.startswith("reached "):
            _, at_s, cpu_s, what = line.split(" ", 3)
            reached.setdefault(what, (float(at_s) - start_s, float(cpu_s)))
    if len(reached) < 2:
        raise RuntimeError(f"it did not come to a pose: {done.stderr[-2000:]}")
    return reached


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--starts", type=int, default=7)
    parser.add_argument("--source", default=str(BUNDLED_RECORDING))
    parser.add_argument("--only", choices=("help", "headless", "window"))
    options = parser.parse_args()
    with ExitStack() as stack:
        display = os.environ.get("DISPLAY", "") or (xvfb.is_installed() and stack.enter_context(xvfb.virtual_display()))
        kinds: dict[str, Callable[[], Times]] = {
            "help": started_help,
            "headless": lambda: started_headless(options.source),
        }
        if display:
            kinds["window"] = lambda: started_window(options.source, xvfb.environment(display))
        chosen = [start for kind, start in kinds.items() if options.only in (None, kind)]
        times: dict[str, list[tuple[float, float]]] = {}
        for number in range(options.starts + 1):
            for start in chosen:
                for what, reached in start().items():
                    times.setdefault(what, []).extend([reached] if number else [])
    print(f"{'reached':<24}{'n':>4}    p50 s    p95 s    CPU s (p50)")
    for what, reached in times.items():
        walls, cpus = np.array(reached).T
        p50, p95 = np.percentile(walls, (50, 95))
        print(f"{what:<24}{len(walls):>4}{p50:>9.2f}{p95:>9.2f}{np.median(cpus):>9.2f}")
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    return 0


if __name__ == "__main__":
    sys.exit(main())
