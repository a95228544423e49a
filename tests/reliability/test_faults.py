"""Some faults of sources; `python -m tests.reliability faults` tries each by every kind of source."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.gui import xvfb
from tests.reliability import cycles, faults
from tests.reliability.faulty import FAULTS, IN_A_PROCESS, KINDS, write_films

pytest.importorskip("pyrealsense2")


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_films(tmp_path_factory.mktemp("films"))


@pytest.mark.parametrize(
    ("fault", "kind", "ended", "words"),
    [
        ("crashes", ".bag", "ends with a line", "SIGSEGV"),
        ("vanishes and comes back", "camera", "plays to its end", "opened again"),
        ("changes size", "folder", "ends with a line", "pictures of another size"),
        ("jumps its clock", "folder", "plays to its end", ""),
        ("repeats", "simulated camera", "plays to its end", ""),
        ("raises what is no error of ours", "folder", "ends with a line", "reading frames failed (ZeroDivisionError"),
        ("ends its thread", "folder", "ends with a line", "reading frames failed (SystemExit"),
    ],
)
def test_a_headless_run_says_what_is_wrong_and_loses_no_file(
    tmp_path: Path, films: dict[str, Path], fault: str, kind: str, ended: str, words: str
):
    cell = faults.headless(fault, kind, films[kind], tmp_path)
    assert (cell.ended, cell.problem) == (ended, "")
    assert words in cell.told
    assert cell.frames >= 30


@pytest.mark.skipif(not xvfb.is_installed(), reason=xvfb.HOW_TO_GET_IT)
def test_the_window_says_what_is_wrong_and_goes_on_to_the_next_source():
    found = faults.run_window_cells([("vanishes and comes back", "folder"), ("vanishes and comes back", "camera")])
    assert not [cell.problem for cell in found if cell.problem]
    assert [cell.ended for cell in found][0] == "stops with a line"
    assert "is gone; plug it in" in found[0].told and "try 1 of" in found[1].told


def test_each_fault_has_a_cell_of_each_source():
    chosen = faults.cells(FAULTS, KINDS)
    assert {fault for fault, _ in chosen} == set(FAULTS)
    assert ("crashes", "folder") not in chosen and ("crashes", IN_A_PROCESS[0]) in chosen


def test_opening_and_closing_leaves_nothing(tmp_path: Path):
    """Of the sources that need no process: others take long to start."""
    for name, (make, has_process) in cycles.sources(tmp_path).items():
        if not has_process:
            row = cycles.cycled(name, make, 20)
            assert (row["threads"], row["handles"]) == ("+0", "+0"), row
