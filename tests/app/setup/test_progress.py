"""What people see of a stage."""

from __future__ import annotations

import sys

import pytest

from app.setup.pip import PipOutput
from app.setup.progress import Stage


def test_a_stage_is_one_line_when_it_has_succeeded(capsys):
    with Stage("Packages") as stage:
        for count in range(100):
            stage.detail = f"{count} found"
            stage.tick()
        stage.detail = "60 installed, 1500 MB"
    assert capsys.readouterr().err == "Packages: 60 installed, 1500 MB, 0 s\n"


def test_a_stage_that_fails_leaves_the_line_to_the_error(capsys):
    with pytest.raises(OSError), Stage("Packages"):  # noqa: PT011 - any error
        raise OSError
    assert capsys.readouterr().err == ""


def test_on_a_terminal_the_line_counts_along_within_its_width(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "30")
    with Stage("Packages, a very long list of them") as stage:
        stage.detail = "found"
        stage.tick()
    drawn = capsys.readouterr().err.split("\r\x1b[K")
    assert drawn[1] == "Packages, a very long list of"
    assert drawn[-1] == "Packages, a very long list of them: found, 0 s\n"


def test_pips_lines_become_one_state():
    output = PipOutput()
    seen = []
    for line in (
        "Collecting numpy<2.5,>=2.2",
        "  Downloading numpy-2.4.6-cp311-cp311-manylinux_2_28_x86_64.whl (16.7 MB)",
        "WARNING: something that is of no use to anybody",
        "Installing collected packages: numpy, numba",
    ):
        output.read(line)
        seen.append(output.doing)
    assert seen == [
        "1 packages found",
        "1 packages found, downloading numpy (16.7 MB)",
        "1 packages found, downloading numpy (16.7 MB)",
        "installing 2 packages",
    ]
    assert output.installs == 2
