"""Some faults of disks; `python -m tests.reliability writers` tries each by every kind of output."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.gui import xvfb
from tests.reliability import small_disk, writers
from tests.reliability.steps import OUTPUTS
from tests.reliability.watched import Worker

pytest.importorskip("pyrealsense2")
pytest.importorskip("imageio_ffmpeg")

NEEDS_A_DISK = pytest.mark.skipif(not small_disk.may_mount(), reason="no disk of one's own may be mounted here")


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    found = Worker()
    yield found
    found.end()


@NEEDS_A_DISK
@pytest.mark.parametrize(
    ("output", "fault", "words"),
    [
        (".bag", "disk full on the way", "No space left on device"),
        (".db3", "disk full on the way", "what was recorded until then is in film.part-"),
        (".npz", "disk full at the end", "the rows are kept in"),
        (".csv", "folder removed", "was removed or replaced"),
        ("folder", "folder moved", "was removed"),
    ],
)
def test_the_user_is_told_and_what_was_written_is_there(
    tmp_path: Path, worker: Worker, output: str, fault: str, words: str
):
    cell = writers.headless(output, fault, tmp_path, worker)
    assert (cell.problem, cell.ended) == ("", "ends with a line")
    assert words in cell.told


@NEEDS_A_DISK
@pytest.mark.skipif(not xvfb.is_installed(), reason=xvfb.HOW_TO_GET_IT)
def test_the_window_tells_and_goes_on(tmp_path: Path, worker: Worker):
    with xvfb.virtual_display() as display:
        (cell,) = writers.window(".bag", ["disk full on the way"], tmp_path, display, worker)
    assert (cell.problem, cell.ended) == ("", "the output ends with a line")
    assert "No space left on device" in cell.told


@pytest.mark.parametrize("output", OUTPUTS)
def test_a_writer_that_is_killed_at_any_step_loses_nothing(tmp_path: Path, output: str):
    cell = writers.killed(output, tmp_path, count=5, seed=len(output))
    assert not cell.problem
    assert cell.frames >= 3
