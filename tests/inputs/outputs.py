"""Runs that would destroy what a user has, and runs whose outputs are taken away meanwhile."""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

import cv2
import numpy as np

from app import cli
from app.run.poses import open_pose_writer
from app.settings import TrackerSettings
from app.tracking.base import FrameTracker
from app.tracking.tracker import Tracker
from models.core.types import DepthFrame
from models.outputs import part_path
from tests.app.fakes import FakePoseNet, FakeReferenceNet, FakeTracker, hand_frame, pose, result_of
from tests.app.run.films import CASES, state, write_films
from tests.app.test_cli import folder_of
from tests.inputs.case import Command


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def program(folder: Path, words: list[str], tracker: FrameTracker | None = None) -> tuple[int, str, list[str]]:
    """A headless run of the program in a folder: its status, what it said on stderr, and the lines it printed."""
    out, err = io.StringIO(), io.StringIO()
    with (
        inside(folder),
        redirect_stdout(out),
        redirect_stderr(err),
        patch("app.tracking.build.build_tracker", lambda *_, **__: tracker or FakeTracker()),
        patch.object(sys, "argv", ["main.py"]),
    ):
        status = cli.main([*words, "--headless"])
    return status, err.getvalue().strip(), out.getvalue().splitlines()


def refused(source: str, outputs: str) -> Command:
    """A run that must leave every file as it was."""

    def run(folder: Path) -> str:
        before = state(write_films(folder))
        status, said, _ = program(folder, [source, *outputs.split()])
        assert status == cli.FAILED
        assert state(folder) == before
        return f"`{said.removeprefix('main.py: ')}`; every file is as it was"

    return Command(f"`{source} {outputs}`", run)


class Remover(FakeTracker):
    """Takes the outputs away while it tracks."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def track(self, frame: DepthFrame):  # noqa: ANN201
        shutil.rmtree(self._folder, ignore_errors=True)
        return super().track(frame)


def removed(output: str) -> Callable[[Path], str]:
    def run(folder: Path) -> str:
        folder_of(folder / "frames", hand_frame().raw)
        status, said, _ = program(folder, ["frames", *output.split()], Remover(folder / "out"))
        assert status == cli.FAILED
        return f"`{said.removeprefix('main.py: ')}`"

    return run


def killed(suffix: str) -> Callable[[Path], str]:
    """What is on the disk after three poses, before anything is closed."""

    def run(folder: Path) -> str:
        writer = open_pose_writer(folder / f"poses{suffix}")
        for number in range(3):
            writer.write(result_of(hand_frame(frame_id=number), pose()))
        with closing(writer):
            left = {path.name: path.read_text().count("\n") for path in folder.iterdir() if path.suffix != ".npz"}
        return "on the disk: " + ", ".join(f"`{name}` with {rows} lines" for name, rows in sorted(left.items()))

    return run


def source_is_a_pipe(folder: Path) -> str:
    os.mkfifo(folder / "film.bag")
    return f"`{program(folder, ['film.bag'])[1].removeprefix('main.py: ')}`"


def full_disk(folder: Path) -> str:
    """Standard output is a device that is always full."""
    folder_of(folder / "frames", hand_frame().raw)
    err = io.StringIO()
    with (
        open("/dev/full", "w") as full,
        redirect_stdout(full),
        redirect_stderr(err),
        patch("app.tracking.build.build_tracker", lambda *_, **__: FakeTracker()),
        patch.object(sys, "argv", ["main.py"]),
    ):
        assert cli.main([str(folder / "frames"), "--headless"]) == cli.FAILED
    return f"`{err.getvalue().strip().removeprefix('main.py: ')}`"


def out_of_range(folder: Path) -> str:
    raw = np.full((240, 320), 400, np.uint16)
    frames = folder_of(folder / "frames", raw)
    path = frames / "camera.json"
    path.write_text(path.read_text().replace("0.0005", "1000"))
    for number in range(2, 13):
        cv2.imwrite(str(frames / f"{number}.png"), raw)
    _, _, printed = program(folder, ["frames"], Tracker(FakePoseNet(), FakeReferenceNet(), TrackerSettings()))
    tracked = next(line for line in printed if line.startswith("tracked"))
    note = next(line for line in printed if "no depth lies" in line)
    return f"`{' '.join(tracked.split())}`; `{note.split(maxsplit=1)[1]}`"


def name(written: bytes) -> Callable[[Path], str]:
    def run(folder: Path) -> str:
        status, said, _ = program(folder, [os.fsdecode(written)])
        assert status == cli.FAILED
        assert said.isprintable()
        return f"`{said.removeprefix('main.py: ')}`"

    return run


def guessed(folder: Path) -> str:
    return f"{len({part_path(folder / 'a.bag') for _ in range(1000)})} of 1000 names beside one file differ"


OUTPUT_CASES = [
    *(refused(source, outputs) for source, outputs, _ in CASES),
    Command("the folder of `--export` is removed meanwhile", removed("--export out/p.csv")),
    Command("the folder of `--preview` is removed meanwhile", removed("--preview out")),
    *(Command(f"killed after three poses, `{suffix}`", killed(suffix)) for suffix in (".csv", ".jsonl", ".npz")),
    Command("a name beside an output can be guessed?", guessed),
    Command("SOURCE is a pipe", source_is_a_pipe),
    Command("standard output is on a full disk", full_disk),
]
OTHER_CASES = [
    Command("`depth_units`: 1000", out_of_range),
    Command("a name that is not UTF-8", name(b"caf\xe9")),
    Command("a name with an escape sequence", name(b"x\x1b7red")),
    Command("a name of 5,000 characters", name(b"a" * 5000)),
]
