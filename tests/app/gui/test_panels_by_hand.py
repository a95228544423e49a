"""Panels opened, copied from, closed, floated and moved, and commands searched, in the real window."""

import numpy as np
import pytest

from tests.app.gui.fakes import PERIOD, joints_at
from tests.app.gui.play import drive, report_of


@pytest.fixture(scope="module")
def visits(desk_display, tmp_path_factory):
    """The reports of two visits, the second with what the first has left."""
    config = tmp_path_factory.mktemp("config")
    reports = []
    for _ in range(2):
        folder = tmp_path_factory.mktemp("panels")
        done = drive("panels", folder, desk_display, XDG_CONFIG_HOME=str(config))
        assert (folder / "report.json").exists(), done.stderr
        assert done.returncode == 0, done.stderr
        reports.append(report_of(folder))
    return reports


def test_at_first_there_are_the_depth_image_and_the_hand(visits):
    assert [name for name, shown in visits[0]["opened"].items() if shown] == ["depth", "hand"]


def test_a_panel_opened_behind_another_comes_to_the_front(visits):
    assert visits[0]["angles_behind_joints"]


def test_the_plots_show_where_the_joint_is(visits):
    places_mm = [1000 * joints_at(step)[visits[0]["joint"]] for step in range(PERIOD)]
    assert min(np.abs(place - visits[0]["plotted_mm"]).max() for place in places_mm) < 0.01


def test_the_table_is_copied_whole_or_what_is_selected(visits):
    lines = visits[0]["copied"].splitlines()
    assert lines[0].split("\t") == ["Joint", "x", "y", "z", "±"]
    assert len(lines) == 22
    name, *place_mm = lines[1].split("\t")[:4]
    assert name == "R wrist"
    assert abs(float(place_mm[2]) - 500) < 1  # where the stand-in for a hand has its wrist
    heading, value = visits[0]["copied_cell"].split()
    assert heading == "x"
    float(value)


def test_a_panel_that_was_closed_moved_or_taken_out_is_so_at_the_next_start(visits):
    assert visits[0]["menu_knows"] is False
    assert not visits[0]["left_of_view"] and not visits[0]["floats"]
    second = visits[1]
    assert second["left_of_view"] and second["floats"]
    assert second["opened"]["log"] and second["opened"]["joints"] and not second["opened"]["plots"]


def test_commands_are_found_by_words_and_done(desk_display, tmp_path):
    done = drive("commands", tmp_path, desk_display)
    assert (tmp_path / "report.json").exists(), done.stderr
    assert done.returncode == 0, done.stderr
    report = report_of(tmp_path)
    assert report["angles"] == ["View, Panels, Joint angles"]
    assert report["angles_shown"]
    *found, lightness = report["light"]
    assert found == ["View, Appearance, Light"]
    assert report["at_first"] < 60 and lightness > 220
    assert report["remembered"] == "light"
    assert report["nothing"] == []
