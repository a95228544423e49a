"""Parts of the window by themselves: dialogs, drops, rows and pages, in one process without a display."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
THERE = "{} is there already. Replace it?"


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What tests.app.gui.small_parts says of each part."""
    command = [sys.executable, "-m", "tests.app.gui.small_parts", str(tmp_path_factory.mktemp("parts"))]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_a_name_that_is_typed_gets_its_ending_and_an_older_file_is_asked_about(found: dict[str, Any]):
    assert found["targets"] == {
        "recording new No": ["new.db3", []],
        "poses new No": ["new.csv", []],
        "recording there No": [None, [THERE.format("there.db3")]],
        "poses there No": [None, [THERE.format("there.csv")]],
        "recording there Yes": ["there.db3", [THERE.format("there.db3")]],
        "poses there Yes": ["there.csv", [THERE.format("there.csv")]],
        "recording there.db3 No": ["there.db3", []],  # the file dialog has asked
        "poses there.db3 No": ["there.db3.csv", []],
        "recording a.BAG No": ["a.bag", []],
        "poses a.BAG No": ["a.BAG.csv", []],
        "recording  No": [None, []],
        "poses  No": [None, []],
    }
    assert found["sources"] == ["a.bag"] * 3 + [None] * 3


def test_recordings_can_be_dropped_and_nothing_else(found: dict[str, Any]):
    assert found["drops"] == [
        *(True, "taken", False, True, "taken", False, "film.bag"),  # dragged away, then dropped
        *("refused", False, "refused"),
        *("refused", False, "refused"),
    ]


def test_the_nearest_depth_stays_below_the_farthest(found: dict[str, Any]):
    assert found["depths"][:3] == [[0.2, 0.5], [0.7, 0.75], [0.25, 0.3]]
    assert all(near < far for near, far in found["depths"])


def test_a_report_is_said_to_be_written_or_not(found: dict[str, Any]):
    assert found["report"] == [["info"], ["bad"], True]


def test_the_log_panel_has_what_happens_and_the_terminal_only_warnings(found: dict[str, Any]):
    assert found["log"] == [["INFO app.part: opened", "WARNING app.part: broke"], ["broke"]]


def test_help_names_each_key_once_and_copies_the_versions(found: dict[str, Any]):
    keys, versions = found["help_pages"]
    assert keys.count("Ctrl+F") == 1 and "Search" in keys and "Play" not in keys
    names = [line.partition(": ")[0] for line in versions]
    assert names[:2] == ["V2V hand tracking", "Python"] and "numpy" in names
    assert versions[-1] == "Pose network on: the processor"


def test_an_error_without_a_terminal_is_shown_as_it_is(found: dict[str, Any]):
    assert found["error"] == ["<b>.bag: is empty"]


def test_the_slowest_speed_has_no_slower_one_and_the_fastest_no_faster(found: dict[str, Any]):
    slowest, faster, fastest, slower, between, *around = found["speeds"]
    assert fastest == "max" and slowest.endswith("×") and between == "0.3×"
    assert float(faster) < float(slower)
    assert float(around[0]) < 0.3 < float(around[1])


def test_a_button_follows_its_action_and_keeps_nothing_of_its_changes(found: dict[str, Any]):
    said = found["buttons"]
    # The one of a group that is chosen stays chosen where it is pressed again.
    assert said["checked"] == [[True, False, True], [True, False, True], [False, True, False]]
    assert said["says"] == ["says what it does", False]
    assert said["kept"] < 50  # Qt's own kept 290
    assert said["same_icon"]
