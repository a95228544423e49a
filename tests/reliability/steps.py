"""Writers that are killed before each of their steps: `python -m tests.reliability.steps OUTPUT FOLDER [COUNT SEED]`.

A step is a line of the code that writes, when it runs for the first time and for the last. A process writes a few
frames, where an older output lies already, and is killed by SIGKILL there. What is left must be the older output or
the new one, whole, and hold every frame that had been written. COUNT: so many steps of all, chosen by SEED.

A process of its own, without other threads, because each killed one is forked from it.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import cv2
import numpy as np
import rosbags.rosbag1.writer

import app.run.film
import app.run.npz_rows
import app.run.poses
import app.sources.bag_writer
import app.sources.checksums
import app.sources.db3_writer
import app.sources.folder_recorder
import app.sources.recorder
import models.outputs
from app.run.film import FilmWriter
from app.run.poses import open_pose_writer
from app.run.writers import open_recorder
from app.sources.base import SourceInfo
from models.core.types import DepthFrame
from tests.app.fakes import FakeTracker
from tests.app.sources.film import CAMERA, FPS, image, pose
from tests.reliability import kept as outputs
from tests.reliability.kept import Kept
from tests.reliability.watched import Worker

OUTPUTS = {
    ".bag": "film.bag",
    ".db3": "film.db3",
    "folder": "frames",
    ".csv": "poses.csv",
    ".jsonl": "poses.jsonl",
    ".npz": "poses.npz",
    ".mp4": "film.mp4",
}
FRAMES, OLDER_FRAMES = 3, 2
OLDER_FROM = 20
"""The older film begins with this image."""
TRACED = {
    module.__file__
    for module in (
        app.run.film,
        app.run.npz_rows,
        app.run.poses,
        app.sources.bag_writer,
        app.sources.checksums,
        app.sources.db3_writer,
        app.sources.folder_recorder,
        app.sources.recorder,
        models.outputs,
        rosbags.rosbag1.writer,
    )
}
AFTER_THE_SDK = ("_set_times", "_verify", "_take_place")
"""Once one of these runs, a .db3 is complete; before, the SDK writes in the background."""


@dataclass(frozen=True)
class Step:
    """A line of a writer. time: it runs, from 1. is_after_sdk: see AFTER_THE_SDK."""

    place: str
    time: int
    is_after_sdk: bool


@dataclass
class StepKill:
    """What came of a kill before one step. written: frames that had been written by then."""

    output: str
    place: str
    time: int
    written: int
    kept: int
    problem: str


def frames(first: int, count: int) -> list[DepthFrame]:
    return [DepthFrame(image(first + n), 0.001, CAMERA, first + n, 1000 * n / FPS, 0.0) for n in range(count)]


def write(output: str, folder: Path, first: int, count: int, told: Callable[[], None]) -> None:
    """One whole output; told: is called once a frame has been written."""
    truth = {n: (pose(n),) for n in range(first, first + count)}
    info = SourceInfo("camera", "Film", True, FPS, CAMERA, 0.001, ground_truth=truth)
    path, film = folder / OUTPUTS[output], frames(first, count)
    if output in (".bag", ".db3", "folder"):
        recorder = open_recorder(path, info)
        for frame in film:
            recorder.write(frame)
            told()
        recorder.close()
    elif output == ".mp4":
        movie = FilmWriter(path, FPS)
        for frame in film:
            movie.add(np.repeat((frame.raw[..., None] >> 2).astype(np.uint8), 3, axis=2))
            told()
        movie.close()
    else:
        tracker, poses = FakeTracker(), open_pose_writer(path)
        for frame in film:
            poses.write(tracker.track(frame))
            told()
        poses.close()


def lines(output: str, folder: Path) -> list[Step]:
    """Every line that runs while an output is written, in order."""
    found: list[Step] = []
    seen: set[str] = set()
    times: Counter[str] = Counter()

    def note(frame: FrameType) -> None:
        seen.add(frame.f_code.co_name)
        times[place_of(frame)] += 1
        is_after = any(name in seen for name in AFTER_THE_SDK)
        found.append(Step(place_of(frame), times[place_of(frame)], is_after))

    with traced(note):
        write(output, folder, 0, FRAMES, lambda: None)
    return found


def place_of(frame: FrameType) -> str:
    return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno} {frame.f_code.co_name}"


@contextmanager
def traced(each: Callable[[FrameType], None]) -> Iterator[None]:
    def line(frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            each(frame)
        return line

    sys.settrace(lambda frame, event, argument: line if frame.f_code.co_filename in TRACED else None)
    try:
        yield
    finally:
        sys.settrace(None)


def chosen(steps: list[Step], count: int | None, seed: int) -> list[Step]:
    """Each line's first and last time, or some of them."""
    last = {step.place: step.time for step in steps}
    every = [step for step in steps if step.time in (1, last[step.place])]
    if count is None or count >= len(every):
        return every
    places = np.random.default_rng(seed).choice(len(every), count, replace=False)
    return [every[place] for place in sorted(places)]


def killed(output: str, folder: Path, step: Step) -> int | None:
    """Write until this step, in a process that is killed there; how many frames had been written.

    None where it did not come: how often a .db3 waits for the SDK is never the same.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        times = 0

        def count(frame: FrameType) -> None:
            nonlocal times
            times += place_of(frame) == step.place
            if times == step.time:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            with traced(count):
                write(output, folder, 0, FRAMES, lambda: os.write(writing, b"w") and None)
        finally:
            os._exit(3)
    os.close(writing)
    with os.fdopen(reading, "rb") as said:
        written = len(said.read())
    status = os.waitpid(child, 0)[1]
    return written if os.WIFSIGNALED(status) else None


def left(output: str, folder: Path, written: int, worker: Worker) -> Kept:
    """What is there of the new output; the older one must be whole where the new one has not taken its place."""
    name = OUTPUTS[output]
    if output in (".bag", ".db3"):
        return _recording(folder, name, worker)
    if output == "folder":
        return outputs.recording(folder, name, written, worker)
    if output == ".mp4":
        return _film(folder / name)
    kept = outputs.export(folder, name, False)
    if output == ".npz" and kept.frames == OLDER_FRAMES and (rows := outputs.found(folder, name, ".jsonl")):
        kept.frames = len(rows.read_text().splitlines())
    elif kept.frames == OLDER_FRAMES and _is_older(folder / name):
        kept.frames = 0
    return kept


def _is_older(path: Path) -> bool:
    older = path.parent / "older" / path.name
    return older.exists() and older.read_bytes() == path.read_bytes()


def _recording(folder: Path, name: str, worker: Worker) -> Kept:
    """The older recording or the new one at its place, with what is beside it; else the new one in its part."""
    path, truth = folder / name, (folder / name).with_suffix(".joints.csv")
    at_place = _is_older(path)
    if not path.exists():
        return Kept(name, problem="neither the older recording nor a new one is there")
    if not at_place:
        if truth.exists() and _is_older(truth):
            return Kept(name, problem="the older recording's truth lies beside the new one")
        return outputs.recording(folder, name, FRAMES, worker)
    played = worker.run("play", path, 30)
    if played.how != "fine" or len(played.sums) != OLDER_FRAMES or played.damaged or played.notes:
        return Kept(name, problem=f"the older recording: {played}")
    parts = sorted(folder.glob(f"{path.stem}.part-*{path.suffix}"))
    if not parts:
        return Kept(name)
    aside = folder / "aside"
    aside.mkdir()
    for part in folder.glob(f"{path.stem}.part-*"):
        part.rename(aside / part.name)
    return outputs.recording(aside, name, 0, worker)


def _film(path: Path) -> Kept:
    """The encoder outlives the program, and finishes its file beside the older one."""
    if not _is_older(path):
        capture = cv2.VideoCapture(str(path))
        return Kept(".mp4", int(capture.get(cv2.CAP_PROP_FRAME_COUNT)))
    path.unlink()
    return outputs.film(path.parent)


def run(output: str, scratch: Path, count: int | None, seed: int) -> list[StepKill]:
    """Kill before each of the steps, one after the other."""
    older = scratch / "older"
    older.mkdir()
    if output != "folder":
        in_a_child(lambda: write(output, older, OLDER_FROM, OLDER_FRAMES, lambda: None))
    trial = scratch / "trial"
    shutil.copytree(older, trial)
    found = scratch / "lines.json"
    in_a_child(lambda: found.write_text(json.dumps([asdict(step) for step in lines(output, trial)])) and None)
    steps = chosen([Step(**one) for one in json.loads(found.read_text())], count, seed)
    worker, done = Worker(), []
    try:
        for number, step in enumerate(steps):
            folder = scratch / f"step{number}"
            shutil.copytree(older, folder)
            if output != "folder":
                shutil.copytree(older, folder / "older")
            written = killed(output, folder, step)
            if written is None:
                continue
            kept = left(output, folder, written, worker)
            due = 0 if output == ".db3" and not step.is_after_sdk else written
            if not kept.problem and kept.frames < due:
                kept.problem = f"{kept.frames} of {due} frames are left"
            done.append(StepKill(output, step.place, step.time, written, kept.frames, kept.problem))
            if not kept.problem:
                shutil.rmtree(folder)
    finally:
        worker.end()
    return done


def in_a_child(work: Callable[[], None]) -> None:
    """The SDK starts threads: it is used in processes that end, so that later ones can be forked."""
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        except BaseException:
            import traceback

            traceback.print_exc()
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0


if __name__ == "__main__":
    some = (int(sys.argv[3]), int(sys.argv[4])) if len(sys.argv) > 3 else (None, 0)
    found = run(sys.argv[1], Path(sys.argv[2]), *some)
    print(json.dumps([asdict(one) for one in found]))
