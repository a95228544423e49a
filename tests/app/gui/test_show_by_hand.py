"""Finger names, the call for a hand and the show for visitors in the real window, with real key events."""

import numpy as np
import pytest

from app.sources.usb_access import RULE
from app.viewer.colors import NAME_COLOR
from tests.app.gui.play import drive, report_of, view_pixels


@pytest.fixture(scope="module")
def visit(desk_display, tmp_path_factory):
    folder = tmp_path_factory.mktemp("visitors")
    done = drive("visitors", folder, desk_display)
    assert (folder / "report.json").exists(), done.stderr
    assert done.returncode == 0, done.stderr
    return folder, report_of(folder)


def pale(pixels: np.ndarray) -> int:
    """How many pixels have the colour of the names."""
    return int((np.abs(pixels.astype(int) - 255 * np.array(NAME_COLOR)).max(axis=2) < 12).sum())


def test_names_stand_in_the_view_where_they_are_asked_for(visit):
    folder, report = visit
    assert report["names"]
    assert pale(view_pixels(folder, "names")) > pale(view_pixels(folder, "plain")) + 50


def test_a_hand_is_asked_for_where_none_is_seen(visit):
    _, report = visit
    assert not report["called_with_hand"]
    assert report["call"] == "Show your hand"


def test_the_show_is_the_view_alone_swings_and_ends_with_escape(visit):
    _, report = visit
    assert report["bars"] == [False, False, False, False]
    assert report["swings"]
    assert report["back"]


def test_without_a_camera_a_line_says_how_to_connect_one(desk_display, tmp_path):
    done = drive("newcomer", tmp_path, desk_display)
    assert done.returncode == 0, done.stderr
    report = report_of(tmp_path)
    assert "USB 3" in report["no_camera"]
    assert not report["button"]
    assert RULE in report["copied"]
