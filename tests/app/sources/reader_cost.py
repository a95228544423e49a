"""`python -m tests.app.sources.reader_cost`: what the reader process costs a frame, beside the SDK in the program."""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from app.sources.base import EndOfStream, Source, SourceInfo
from app.sources.checksums import sums_path
from app.sources.reader import recording_reader
from app.sources.recorder import Recorder
from app.sources.recording import RecordingSource
from models.core.types import Camera, DepthFrame

CAMERA = Camera(width=848, height=480, fx=425.0, fy=425.0, ppx=423.5, ppy=239.5)
UNITS, FPS, FRAMES, WARM_UP, ROUNDS = 0.001, 30.0, 150, 10, 4


def film(path: Path) -> Path:
    """A recording of a wavy wall with noise, which packs about as well as what a camera sees."""
    rng = np.random.default_rng(0)
    v, u = np.mgrid[: CAMERA.height, : CAMERA.width]
    recorder = Recorder(path, SourceInfo("camera", "Film", True, FPS, CAMERA, UNITS))
    for number in range(FRAMES):
        wall = 900 + 60 * np.sin((u + 5 * number) / 40) + 40 * np.cos(v / 30)
        raw = (wall + rng.integers(0, 8, CAMERA.shape)).astype(np.uint16)
        recorder.write(DepthFrame(raw, UNITS, CAMERA, number, 1000 * number / FPS, 0.0))
    recorder.close()
    return path


def times_ms(source: Source) -> list[float]:
    """How long each frame was waited for, as fast as they come."""
    times = []
    with source:
        try:
            while True:
                before_s = time.perf_counter()
                assert source.read() is not None
                times.append(1000 * (time.perf_counter() - before_s))
        except EndOfStream:
            return times[WARM_UP:]


def main() -> int:
    """Print a line for each kind of file: the medians of both ways, and of their difference in each round."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-checksums", action="store_true", help="play without the checksums beside the recording")
    options = parser.parse_args()
    ways: dict[str, Callable[[Path], Source]] = {
        "SDK in the program": lambda path: RecordingSource(path, realtime=False),
        "reader process": lambda path: recording_reader(path, False, 1.0, False, None),
    }
    size = f"{CAMERA.width}x{CAMERA.height}"
    print(
        f"{ROUNDS} rounds of {FRAMES - WARM_UP} frames of {size}, load {os.getloadavg()[0]:.1f}, milliseconds a frame"
    )
    with tempfile.TemporaryDirectory() as folder:
        for suffix in (".bag", ".db3"):
            path = film(Path(folder) / f"film{suffix}")
            if options.no_checksums:
                sums_path(path).unlink()
            rounds = [{name: times_ms(make(path)) for name, make in ways.items()} for _ in range(ROUNDS)]
            for name in ways:
                p50, p95 = np.percentile(np.concatenate([each[name] for each in rounds]), (50, 95))
                print(f"{suffix}  {name:20s} p50 {p50:.2f}  p95 {p95:.2f}")
            one, other = ways
            costs = [float(np.median(each[other]) - np.median(each[one])) for each in rounds]
            print(f"{suffix}  {'cost':20s} median {np.median(costs):+.2f}, from {min(costs):+.2f} to {max(costs):+.2f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
