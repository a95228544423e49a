"""Finger names, the call for a hand and the show for visitors in the real window, with real key events."""

import numpy as np
import pytest

from app.sources.usb_access import RULE
from app.viewer.colors import NAME_COLOR
from app.viewer.shown import HandAs
from tests.app.gui.play import drive, report_of, view_pixels
from tests.app.viewer.pictures import what_is_shown


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


@pytest.fixture(scope="module")
def sights(desk_display, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sights")
    done = drive("sights", folder, desk_display)
    assert (folder / "report.json").exists(), done.stderr
    assert done.returncode == 0, done.stderr
    return folder, report_of(folder)


def test_a_key_goes_through_the_ways_to_draw_a_hand(sights):
    folder, report = sights
    assert report["hands_as"] == [HandAs.CLOUD.value]
    bones, cloud = (what_is_shown(view_pixels(folder, name)).fingers for name in ("bones", "cloud"))
    assert min(bones.values()) > 5 * max(1, *cloud.values())


def test_a_key_goes_through_the_colours_and_says_where_there_is_no_model(sights):
    folder, report = sights
    # Fingers' bones are warm, too, but the skeleton is drawn with the colours by depth.
    warm = {name: (view_pixels(folder, name).astype(int) @ (1, 0, -1) > 60).sum() for name in ("cloud", "depth")}
    assert warm["cloud"] > 2 * warm["depth"]
    assert "No model" in report["without_model"]
    assert "No colour" in report["without_colors"]


def test_what_the_network_sees_is_shown_joint_by_joint(sights):
    folder, report = sights
    assert "index tip" in report["network"]
    assert "middle mcp" in report["next"]
    assert report["hint"].startswith("Drag")
    # Voxels instead of the warm hand and the wall behind it.
    assert (
        what_is_shown(view_pixels(folder, "network")).background
        > what_is_shown(view_pixels(folder, "bones")).background
    )


def test_the_view_from_the_front_looks_straight_at_the_hand(sights):
    np.testing.assert_allclose(sights[1]["front"], np.eye(3), atol=1e-6)
