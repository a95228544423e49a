"""The window for long, with random sources and faults: `python -m tests.reliability.soak FOLDER SECONDS SEED WHO`.

WHO tracks: "program": the program's own networks, both hands and the fit, on the bundled recording of two hands;
"fake": a tracker that gives the same pose for every frame of a small film.

FOLDER/report.json says what grew: resident memory after a warm-up, threads and file handles at quiet moments, and
whether every frame that was read was tracked or counted as dropped.
"""

from __future__ import annotations

import gc
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from app.gui.services import real_services
from app.gui.session_types import Services
from app.pipeline import Phase, Pipeline
from app.settings import TWO_HAND_RECORDING, Options
from app.sources.base import Source
from app.tracking.base import FrameTracker
from models.core.types import DepthFrame
from tests.app.gui.drive import Condition, Player, play
from tests.app.gui.xvfb import environment as display_environment
from tests.app.gui.xvfb import virtual_display
from tests.reliability.faults import check_files
from tests.reliability.faulty import FAULTS, IN_A_PROCESS, KINDS, NEEDS_A_PROCESS, faulty, write_films
from tests.reliability.own import lows, own, slope_an_hour
from tests.reliability.stand_ins import Around, services
from tests.reliability.watched import ROOT

WARM_UP = 0.25
"""Of the time: what is loaded and kept by then does not count."""
LOW_S = 600
LEFT_OUT = ("stalls for ever",)
"""In the program's own process its thread stays for good: nobody can end a thread."""
CELL_S = (2.0, 7.0)
ON_THEIR_WAY = 2
"""Frames at the moment of closing: one in the slot between the threads, one in the camera thread's hand."""


class Counted(Around):
    """Counts the frames that are read."""

    frames = 0

    def read(self, timeout_s: float = 5.0) -> DepthFrame | None:
        frame = super().read(timeout_s)
        self.frames += frame is not None
        return frame


class CountedPipeline(Pipeline):
    """Says at its close whether each frame was tracked or dropped; two may have been on their way."""

    unaccounted = 0
    read = tracked = dropped = 0
    found: list[str] = []

    def __init__(self, source: Source, tracker: FrameTracker) -> None:
        self._counted = source
        self._tried = source.frames if isinstance(source, Counted) else 0
        self._results = 0
        super().__init__(source, tracker)

    def _track(self, frame: DepthFrame) -> None:
        super()._track(frame)
        self._results += 1

    def close(self, timeout_s: float = 3.0) -> list[str]:
        left = super().close(timeout_s)
        if isinstance(self._counted, Counted):
            dropped, read = self.stats().dropped, self._counted.frames - self._tried
            kind = type(self)
            kind.read, kind.tracked = kind.read + read, kind.tracked + self._results
            kind.dropped += dropped
            missing = abs(read - self._results - dropped) - ON_THEIR_WAY - ("tracking" in left)
            if missing > 0:
                kind.unaccounted += missing
                label = None if self.info is None else self.info.label
                kind.found.append(f"{label}: {read} read, {self._results}, {dropped}; left: {left}")
            self._counted = None  # closed twice
        return left


class Show:
    """What the story and the session's sources share. Names of sources: NUMBER|FAULT|KIND."""

    def __init__(self, folder: Path, seconds: float, seed: int, tracker: str) -> None:
        self.folder, self.seconds, self.rng = folder, seconds, random.Random(seed)
        self.is_program = tracker == "program"
        self.films = write_films(folder / "films", TWO_HAND_RECORDING if self.is_program else None)

    def options(self) -> Options:
        return Options(source="cell:0|sends 0|folder", loop=False, hands=2, fit=self.is_program)

    def name(self, number: int) -> str:
        kind = self.rng.choice(KINDS)
        faults = [
            fault
            for fault in FAULTS
            if fault not in LEFT_OUT and (kind in IN_A_PROCESS or fault not in NEEDS_A_PROCESS)
        ]
        return f"cell:{number}|{self.rng.choice(faults)}|{kind}"

    def make_source(self, name: str) -> Source:
        number, fault, kind = name.partition(":")[2].split("|")
        return Counted(faulty(kind, self.films[kind], True, fault, self.folder / f"mark{number}"))

    def services(self) -> Services:
        if self.is_program:
            real = real_services(self.options())
            return services(self.make_source, build_tracker=real.build_tracker, make_pipeline=CountedPipeline)
        return services(self.make_source, make_pipeline=CountedPipeline)


def story(show: Show):  # noqa: ANN201
    def soak(player: Player) -> Iterator[Condition]:
        yield lambda: player.window is not None
        start_s, number = time.monotonic(), 0
        memory: list[tuple[float, float]] = []
        quiet: list[tuple[float, int, int]] = []
        problems: list[str] = []
        while (now_s := time.monotonic() - start_s) < show.seconds:
            if number:
                player.window.open_source(show.name(number))
            yield from _cell(player, show, number, problems)
            now = own()
            memory.append((now_s, now.resident_mib))
            quiet.append((now_s, now.threads, now.handles))
            number += 1
            _note(player, show, number, now_s, memory, quiet, problems)
        gc.collect()
        player.window.close()

    return soak


def _cell(player: Player, show: Show, number: int, problems: list[str]) -> Iterator[Condition]:
    """One source for some seconds, half of them recorded and exported."""
    window = player.window
    end_s = time.monotonic() + show.rng.uniform(*CELL_S)
    records = show.rng.random() < 0.5
    recording, poses = show.folder / "out.bag", show.folder / "out.csv"
    yield lambda: window._sequence >= 2 or time.monotonic() > end_s
    if records:
        window.session.outputs.start_recording(recording)
        window.session.outputs.start_export(poses)
    yield lambda: time.monotonic() > end_s
    if records:
        recorded, exported = window.session.outputs.stop_recording(), window.session.outputs.stop_export()
        if recorded.written and exported.written and (problem := check_files(recording, poses, None)):
            problems.append(problem)
        for path in show.folder.glob("out*"):
            path.unlink()
    if window.session.view().state.phase is Phase.LOST:
        yield player.polls(3)


def _note(player: Player, show: Show, number: int, now_s: float, memory: list, quiet: list, problems: list) -> None:
    warm = [sample for sample in memory if sample[0] > WARM_UP * show.seconds]
    settled = [sample for sample in quiet if sample[0] > WARM_UP * show.seconds] or quiet[-1:]
    player.notes.update(
        minutes=now_s / 60,
        switches=number - 1,
        slope_mib_an_hour=slope_an_hour(warm),
        first_mib=(warm or memory)[0][1],
        last_mib=memory[-1][1],
        threads=[min(threads for _, threads, _ in settled), max(threads for _, threads, _ in settled)],
        threads_slope=slope_an_hour([(s, threads) for s, threads, _ in settled]),
        handles=[min(handles for *_, handles in settled), max(handles for *_, handles in settled)],
        handles_slope=slope_an_hour([(s, handles) for s, _, handles in settled]),
        read=CountedPipeline.read,
        tracked=CountedPipeline.tracked,
        dropped=CountedPipeline.dropped,
        unaccounted=CountedPipeline.unaccounted,
        lost=len(problems),
        problems=[*problems[:5], *CountedPipeline.found[:5]],
        memory=[(round(s), round(mib, 2)) for s, mib in memory][:: max(1, len(memory) // 200)],
        python_threads=sorted(thread.name for thread in threading.enumerate()),
    )
    if number % 10 == 0:
        keys = ("minutes", "switches", "slope_mib_an_hour", "last_mib", "threads", "handles", "unaccounted", "problems")
        print({key: player.notes[key] for key in keys}, flush=True)


def run(seconds: float, seed: int, view: str, tracker: str) -> dict[str, object]:
    """The window on a virtual display; what its report says. view: of the 3D view, "off" or "picture"."""
    with virtual_display() as display, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        command = [sys.executable, "-m", "tests.reliability.soak", folder, str(seconds), str(seed), tracker]
        environment = {**display_environment(display), "V2V_VIEWER": view}
        subprocess.run(command, env=environment, cwd=ROOT, check=True, timeout=seconds + 300)
        found: dict[str, object] = json.loads((Path(folder) / "report.json").read_text())
        return found


def rows(found: dict[str, object]) -> list[list[object]]:
    """For the page."""
    memory, threads, handles = found["slope_mib_an_hour"], found["threads"], found["handles"]
    assert isinstance(threads, list) and isinstance(handles, list) and isinstance(found["memory"], list)
    least = [low for low in lows(found["memory"], LOW_S) if low[0] > WARM_UP * found["memory"][-1][0]]
    return [
        ["length", f"{found['minutes']:.0f} minutes, the first quarter to warm up"],
        ["3D view", found["view"]],
        ["tracker", found["tracker"]],
        ["source switches, each with a random fault", found["switches"]],
        ["resident memory after the warm-up", f"{found['first_mib']:.0f} MiB, at the end {found['last_mib']:.0f} MiB"],
        ["its slope", f"{memory:+.1f} MiB an hour"],
        [f"slope of the least of each {LOW_S // 60} minutes", f"{slope_an_hour(least):+.1f} MiB an hour"],
        [
            "threads, Qt's and the system's among them",
            f"{threads[0]} to {threads[1]}, {found['threads_slope']:+.2f} an hour",
        ],
        ["file handles", f"{handles[0]} to {handles[1]}, {found['handles_slope']:+.2f} an hour"],
        ["frames read", f"{found['read']}: {found['tracked']} tracked, {found['dropped']} dropped as too old"],
        ["frames that nothing tells of", found["unaccounted"]],
        ["files that do not open or were lost", found["lost"]],
    ]


if __name__ == "__main__":
    place = Path(sys.argv[1])
    show = Show(place, float(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
    raise SystemExit(play(story(show), place, show.options(), show.services()))
