"""What the mouse does on the embedded 3D view: drops, the wheel, dragging, and menus that lay over it."""

import numpy as np
import pytest

from tests.app.gui.play import drive, pixels_of, report_of, view_pixels


@pytest.fixture(scope="module")
def visit(desk_display, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pointer")
    done = drive("pointer", folder, desk_display)
    assert (folder / "report.json").exists(), done.stderr
    assert report_of(folder)["mode"] == "embed"
    return folder


def test_a_file_dropped_on_any_pane_plays(visit):
    assert report_of(visit)["dropped"] == ["view", "depth", "toolbar"]


def test_the_window_shows_that_it_takes_what_hangs_over_it(visit):
    assert report_of(visit)["highlighted"] == ["view", "depth", "toolbar"]
    edges = [pixels_of(visit / f"{name}.png")[300:400, :2] for name in ("hanging", "bare")]
    assert np.abs(edges[0].astype(int) - edges[1]).max() > 60


def test_what_was_opened_is_offered_again_newest_first_and_plays(visit):
    assert report_of(visit)["recent"] == ["toolbar.bag", "depth.bag", "view.bag"]


def test_the_wheel_turned_up_comes_nearer(visit):
    assert report_of(visit)["nearer_by_m"] > 0.01


def test_dragging_turns_the_view(visit):
    assert report_of(visit)["turned_by"] > 0.05


def test_nothing_of_a_closed_menu_stays_in_the_paused_view(visit):
    bare, covered, uncovered = (view_pixels(visit, name).astype(int) for name in ("bare", "covered", "uncovered"))
    assert (np.abs(covered - bare).max(axis=2) > 30).sum() > 5000
    assert (np.abs(uncovered - bare).max(axis=2) > 30).sum() == 0
