"""Research commands destroy nothing: no input of theirs, and nothing through a link or a pipe. One line says why."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from app.calibrate import __main__ as calibrate
from models.ablation import __main__ as ablation
from models.data import inspect
from models.data.synthetic import __main__ as synthetic
from models.evaluate import __main__ as evaluate
from models.evaluate import calibrate as confidence
from models.export import __main__ as export
from models.fitting import __main__ as fitting
from models.peers import __main__ as peers
from models.rendering import build_rig
from models.report import __main__ as report
from models.train import __main__ as train
from tests.app.run.films import state
from tests.models.data.published import write_folder

FOLDER = "--data folder --root data"
ABLATION = f"{FOLDER} --reference net.onnx --out runs"
COMMANDS: list[tuple[Callable[[list[str]], int], str, str, tuple[str, ...]]] = [
    (train.main, f"--model compact {FOLDER}", "--out", ("data",)),
    (train.main, "--model compact --samples 1 --init run", "--out", ("run",)),
    (export.main, "--run run", "--out", ("run/net.onnx", "run/config.onnx")),
    (export.main, "--run run --mix other", "--out", ("other/net.onnx",)),
    (report.main, "report.json", "--out", ("report.json",)),
    (ablation.main, f"{FOLDER} --reference net.onnx", "--out", ("data",)),
    (ablation.main, ABLATION, "--json", ("net.onnx", "net.json")),
    (
        peers.main,
        "--folder data --mediapipe wheel --model net.onnx",
        "--json",
        ("wheel", "net.json", "data/joints.csv"),
    ),
    (inspect.main, FOLDER, "--out", ("data",)),
    (evaluate.main, "--model net.onnx --folder data", "--json", ("net.json", "data/camera.json")),
    (fitting.main, "--model net.onnx --folder data", "--json", ("net.json", "data/camera.json")),
    (build_rig.main, "--wheel wheel", "--out", ("wheel",)),
    (synthetic.main, "", "--joints", ()),
    (synthetic.main, "", "--contact-sheet", ()),
    (synthetic.main, "--poses 1", "--coverage", ()),
]
"""A command, its options, the option of an output, and what may not be given to it."""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The inputs of every command, links to other files and a pipe; the folder to work in."""
    write_folder(tmp_path / "data", 5)
    for name in ("run", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "checkpoint.pt").write_text("precious")
        (tmp_path / name / "config.json").write_text("precious")
        (tmp_path / name / "net.onnx").write_text("precious")
    for name in ("report.json", "net.onnx", "net.json", "wheel", "somebodys.onnx", "somebodys.json"):
        (tmp_path / name).write_text("precious")
    (tmp_path / "link.onnx").symlink_to(tmp_path / "somebodys.onnx")
    (tmp_path / "link.json").symlink_to(tmp_path / "somebodys.json")
    os.mkfifo(tmp_path / "pipe.onnx")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(command: Callable[[list[str]], int], words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The one line of a command that fails before it does anything."""
    try:
        status = command(words)
    except SystemExit as stop:
        status = stop.code
    assert status == 1
    (line,) = capsys.readouterr().err.splitlines()
    return line


@pytest.mark.parametrize(
    ("command", "options", "output", "target"),
    [(command, options, output, target) for command, options, output, targets in COMMANDS for target in targets],
)
def test_no_input_is_written_to(desk, capsys, command, options, output, target):
    before = state(desk)
    assert "is an input of this run" in refused(command, [*options.split(), output, target], capsys)
    assert state(desk) == before


@pytest.mark.parametrize(("command", "options", "output"), [case[:3] for case in COMMANDS])
def test_no_link_or_pipe_is_written_to(desk, capsys, command, options, output):
    before = state(desk)
    for target, what in (("link.onnx", "is a symbolic link"), ("pipe.onnx", "is a pipe")):
        assert f"{target}: {what}" in refused(command, [*options.split(), output, target], capsys)
    assert state(desk) == before


@pytest.mark.parametrize(
    ("command", "options"), [(calibrate.main, ["--write", "--share", "0.01"]), (confidence.main, ["--frames", "80"])]
)
def test_a_card_is_not_written_through_a_link(desk, capsys, command, options):
    before = state(desk)
    assert "link.json: is a symbolic link" in refused(command, [*options, "--model", "link.onnx"], capsys)
    assert state(desk) == before
