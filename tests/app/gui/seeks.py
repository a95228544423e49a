"""Seeks at random in the real window and compares each pose with the one in sequence: python -m tests.app.gui.seeks

    python -m tests.app.gui.seeks assets/demo.bag --count 200

First every frame is tracked once, in order, outside of the window. The window then seeks frames that it has not played,
plays all once, and seeks and steps again, paused. Times run from the wish to the moment at which the window has passed
the frame with its pose on to its panels. Where there is no display it starts a virtual one.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from app.beside import leave
from app.settings import BUNDLED_RECORDING, Options
from models.core.types import Pose
from tests.app.gui import drive, xvfb
from tests.app.gui.drive import Condition, Player

# Without the model: at a first start it comes while frames are played already, and a pose is then another one.
OPTIONS = Options(smoothing=True, loop=False, fit=False)
SHARE_BEFORE = 4
"""One of so many seeks is made before the frames were played."""
MARK_EVERY = 20


@dataclass
class Seeks:
    """What was asked for and what came. expected: the pose of each frame in sequence, by its place."""

    expected: list[Pose | None]
    wrong: int = 0
    times_ms: dict[str, list[float]] = field(default_factory=dict)
    difference_mm: float = 0.0

    def note(self, kind: str, took_s: float, index: int, shown: int | None, pose: Pose | None, played: bool) -> None:
        self.times_ms.setdefault(kind, []).append(1000 * took_s)
        self.wrong += shown != index
        if played:
            self.difference_mm = max(self.difference_mm, distance_mm(pose, self.expected[index]))

    def report(self) -> str:
        lines = [f"frames other than asked for: {self.wrong}"]
        for kind, times_ms in self.times_ms.items():
            p50, p95 = np.percentile(times_ms, (50, 95))
            lines.append(f"{kind}: {len(times_ms)}, p50 {p50:.0f} ms, p95 {p95:.0f} ms")
        lines.append(f"greatest difference of a played frame's pose from sequence: {self.difference_mm:.6f} mm")
        return "\n".join(lines)


def distance_mm(pose: Pose | None, other: Pose | None) -> float:
    """Of the joints that differ most; endless where only one of the two is a pose."""
    if pose is None or other is None:
        return 0.0 if pose is other else math.inf
    return float(1000 * np.linalg.norm(pose.joints_cam_m - other.joints_cam_m, axis=1).max())


def poses_in_sequence(source: str) -> list[Pose | None]:
    """The pose of every frame, each tracked once and in order."""
    from app.sources import EndOfStream, make_source
    from app.tracking.build import build_tracker

    tracker = build_tracker(OPTIONS.tracker_settings(), OPTIONS.model, OPTIONS.device)
    frames, poses = make_source(source, realtime=False), []
    with frames:
        try:
            while (frame := frames.read()) is not None:
                poses.append(tracker.track(frame).pose)
        except EndOfStream:
            pass
    return poses


def story(seeks: Seeks, count: int) -> Callable[[Player], Iterator[Condition]]:
    """Seek before the frames were played, play them, seek and step."""

    def told(player: Player) -> Iterator[Condition]:
        rng, frames = random.Random(0), len(seeks.expected)
        yield lambda: player.window is not None
        window = player.window
        window.session.set_paused(True)  # before anything is played
        yield lambda: not window.playback_bar.isHidden()
        playback, bar = window.session.playback, window.playback_bar

        def shown(kind: str, index: int, ask: Callable[[], None], played: bool) -> Iterator[Condition]:
            before, since_s = player.sequence, time.monotonic()
            ask()
            yield lambda: window._sequence > before and window.session.view().latest.sequence == window._sequence
            latest = window.session.view().latest
            seeks.note(kind, time.monotonic() - since_s, index, latest.frame.index, latest.result.pose, played)

        for _ in range(count // SHARE_BEFORE):
            index = rng.randrange(frames)
            yield from shown("seeks to frames not played", index, lambda i=index: bar.sought.emit(i), False)
        playback.set_speed(math.inf)
        playback.seek(0)
        yield player.shows(0)
        window.session.set_paused(False)
        for mark in range(0, frames, MARK_EVERY):  # no condition may take long
            yield lambda mark=mark: window.session.view().latest.frame.index >= mark
        yield player.pill("End of recording")
        yield player.shows(frames - 1)
        window.session.set_paused(True)
        for _ in range(count):
            index = rng.randrange(1, frames - 1)
            yield from shown("seeks", index, lambda i=index: bar.sought.emit(i), True)
            by = rng.choice((-1, 1))
            yield from shown("steps", index + by, lambda by=by: bar.stepped.emit(by), True)
        window.close()

    return told


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", nargs="?", default=str(BUNDLED_RECORDING))
    parser.add_argument("--count", type=int, default=200, help="seeks, and as many steps")
    arguments = parser.parse_args()
    if not os.environ.get("DISPLAY"):
        with xvfb.virtual_display("1400x900x24") as name:
            command = [sys.executable, "-m", "tests.app.gui.seeks", *sys.argv[1:]]
            return subprocess.run(command, env=xvfb.environment(name), check=False).returncode
    os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp()  # the window as it is for somebody new

    from app.gui.services import real_services

    seeks = Seeks(poses_in_sequence(arguments.source))
    options = replace(OPTIONS, source=arguments.source)
    with tempfile.TemporaryDirectory() as folder:
        status = drive.play(story(seeks, arguments.count), Path(folder), options, real_services(options))
    print(seeks.report())
    is_complete = len(seeks.times_ms.get("steps", [])) == arguments.count
    return status or int(seeks.wrong > 0 or not is_complete)


if __name__ == "__main__":
    leave(main())
